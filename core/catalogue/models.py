"""Models: who serves them, what they can do, what they cost."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from core.catalogue.fields import Aspect, Credits, Name, Size, Table, Usd

MOST_SOURCES = 4
"""Pictures that one request may start from."""
DEMO = "demo"

Kind = Literal["image", "chat"]
KINDS: tuple[Kind, ...] = ("image", "chat")


class Cost(Table):
    """What the operator pays the provider, in USD: by million tokens, by picture, or both. Texts, such as "0.003".

    `cached`, `cache_written` and `image_input` cost what `input` does unless they are given, `image_output` what
    `output` does.
    """

    input: Usd | None = None
    cached: Usd | None = None
    cache_written: Usd | None = None
    image_input: Usd | None = None
    output: Usd | None = None
    image_output: Usd | None = None
    picture: Usd | None = None


class Model(Table):
    """One model: who serves it, what it can do, what it costs.

    `upstream` is what its provider calls it, if that is not `name`. `sizes` are exact pixels by aspect, for models
    that know only a few. `sources`: how many pictures one edit may start from. `inputs` go to the provider as they
    are. `retires` is the day it is switched off.
    """

    name: Name
    provider: Name
    kind: Kind
    summary: str = ""
    upstream: str = ""
    price: Credits
    aspects: tuple[Aspect, ...] = ()
    sizes: dict[Aspect, Size] = Field(default_factory=dict)
    long_side: int = Field(default=1024, strict=True, ge=64, le=4096)
    max_count: int = Field(default=1, strict=True, ge=1, le=4)
    seed: bool = False
    styles: bool = False
    draw: bool = True
    edit: bool = False
    upscale: bool = False
    sources: int = Field(default=MOST_SOURCES, strict=True, ge=1, le=MOST_SOURCES)
    negative: bool = False
    vision: bool = False
    retires: date | None = None
    inputs: dict[str, str | int | float | bool] = Field(default_factory=dict)
    cost: Cost | None = None
    default: bool = False

    @model_validator(mode="after")
    def _pictures_have_aspects(self) -> "Model":
        if self.kind == "image" and self.draw and not self.shapes:
            raise ValueError("an image model needs aspects")
        return self

    @property
    def id(self) -> str:
        """What its provider calls it."""
        return self.upstream or self.name

    @property
    def shapes(self) -> tuple[str, ...]:
        """Every aspect it can draw."""
        return self.aspects or tuple(self.sizes)

    def is_retired(self, today: date) -> bool:
        return self.retires is not None and self.retires <= today

    def size(self, aspect: str) -> tuple[int, int]:
        """Width and height in pixels, even numbers unless `sizes` says otherwise."""
        if exact := self.sizes.get(aspect):
            across, down = exact.split("x")
            return int(across), int(down)
        wide, high = (int(side) for side in aspect.split(":"))
        scale = self.long_side / max(wide, high)
        return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)
