"""What people can ask for, before anybody has checked whether it can be done. None means: the default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that somebody attached, as it came."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Imagine:
    """Draw pictures; with an upload, edit it as the prompt says.

    `usual_model` and `usual_style` are taken where nothing else is said and they can do what is asked for.
    """

    prompt: str
    aspect: str | None = None
    count: int = 1
    model: str | None = None
    seed: int | None = None
    style: str | None = None
    negative: str | None = None
    uploads: tuple[Upload, ...] = ()
    usual_model: str | None = None
    usual_style: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Draw a former request anew (`index` None), or vary its picture number `index`, counted from 1."""

    job: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Change picture number `index` of a former request as the prompt says."""

    job: str
    index: int
    prompt: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Upscale:
    """Enlarge picture number `index` of a former request."""

    job: str
    index: int


@dataclass(frozen=True, slots=True)
class Enlarge:
    """Enlarge the one picture in `uploads`. `title` is what it is called where others are by the words they were asked
    for with; no model is told it."""

    uploads: tuple[Upload, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Chat:
    """Answer a message. `conversation` is where it belongs: what was said there before is sent along.

    `persona` is the name of one in easel.toml.
    """

    message: str
    model: str | None = None
    conversation: str | None = None
    persona: str | None = None
    uploads: tuple[Upload, ...] = ()


Wish = Imagine | Again | Edit | Upscale | Enlarge | Chat


def words_of(wish: Wish) -> str:
    """What the person wrote."""
    match wish:
        case Imagine(prompt=words) | Edit(prompt=words) | Chat(message=words):
            return words
    return ""
