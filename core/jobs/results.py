"""What a job brought, or why it brought nothing."""

from core.jobs.document import Document


class Picture(Document):
    """A stored picture: its name in the media store, size in pixels and bytes, and the seed that drew it.

    `seed` is None when the model has none. `url` is where it is on the web, when that is not this Easel.
    """

    name: str
    mime: str
    width: int
    height: int
    size: int
    seed: int | None = None
    url: str | None = None


class Result(Document):
    """What a job brought: pictures or text, and who made it. `each` is the price of one at the model that served.

    A cancelled job has one if its answer had begun to show: the text so far.
    """

    provider: str
    model: str
    each: int | None = None
    fallback_used: bool = False
    cached: bool = False
    demo: bool = False
    pictures: tuple[Picture, ...] = ()
    text: str = ""


class Failure(Document):
    """Why a job brought nothing: a code, and a sentence that is safe to show."""

    code: str
    message: str
