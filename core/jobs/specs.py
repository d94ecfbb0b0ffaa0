"""What is ordered, exactly, and the most that it can cost."""

from typing import Annotated, Literal

from pydantic import Field

from core.jobs.document import Document


class Source(Document):
    """A picture that an order starts from, in the media store. `hash` is the SHA-256 of its bytes, if known.

    `width` and `height` in pixels, if known: jobs of older versions do not say.
    """

    name: str
    mime: str
    url: str | None = None
    hash: str | None = None
    width: int | None = None
    height: int | None = None


class ImageSpec(Document):
    """A picture order, checked against its model's abilities. Sizes in pixels.

    `fallbacks` are the models that may serve instead, in order. `sources` are what is edited, varied or enlarged.
    """

    kind: Literal["image"] = "image"
    operation: Literal["draw", "edit", "vary", "upscale"] = "draw"
    prompt: str
    negative: str | None = None
    model: str
    fallbacks: tuple[str, ...] = ()
    aspect: str
    width: int
    height: int
    count: int
    seed: int
    style: str | None = None
    variation: int = 0
    parent: str | None = None
    sources: tuple[Source, ...] = ()

    def blank(self) -> "ImageSpec":
        return self.model_copy(update={"prompt": "", "negative": None, "sources": ()})


class Turn(Document):
    """One message of a conversation, and the answer to it."""

    question: str
    answer: str


class ChatSpec(Document):
    """A question. `history` is what was said before, the oldest first; `conversation` is where it belongs.

    `system` is the persona's text; `sources` are pictures to look at.
    """

    kind: Literal["chat"] = "chat"
    prompt: str
    model: str
    fallbacks: tuple[str, ...] = ()
    system: str = ""
    history: tuple[Turn, ...] = ()
    conversation: str | None = None
    sources: tuple[Source, ...] = ()

    def blank(self) -> "ChatSpec":
        return self.model_copy(update={"prompt": "", "history": (), "conversation": None, "sources": ()})


Spec = Annotated[ImageSpec | ChatSpec, Field(discriminator="kind")]


class Quote(Document):
    """The most a request can cost, in credits: `each` of `count` results."""

    each: int
    count: int

    @property
    def total(self) -> int:
        return self.each * self.count
