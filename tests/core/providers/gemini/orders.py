"""Orders for Gemini as the generator would give them, and what became of them."""

from collections.abc import Callable
from typing import Any

import pytest

from core.catalogue import Model
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.gemini import Gemini
from core.providers.ports import Answer, Call, Drawing, Image, ProviderError
from tests.fakes.gemini import KEY

FLASH = Model(name="flash", provider="gemini", kind="chat", price=1, upstream="gemini-3.8-flash", vision=True)
PAINTER = Model(
    name="painter", provider="gemini", kind="image", price=10, upstream="gemini-3.1-flash-image",
    aspects=("1:1", "16:9"), max_count=4, edit=True,
)  # fmt: skip


def nothing(done: float) -> None:
    """Nobody watches."""


def call(
    model: Model,
    *,
    seconds: float = 30,
    sources: tuple[Image, ...] = (),
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[[float], None] = nothing,
    **inputs: str | float | bool,
) -> Call:
    asked = model.model_copy(update={"inputs": inputs}) if inputs else model
    return Call(asked, seconds, progress, say, sources=sources)


async def chat(gemini: Gemini, prompt: str = "Why is the sky blue?", **how: Any) -> Answer:
    return await gemini.answer(ChatSpec(prompt=prompt, model="flash"), call(FLASH, **how))


def order(count: int = 1, **changes: Any) -> ImageSpec:
    spec = ImageSpec(prompt="a red fox", model="painter", aspect="16:9", width=1024, height=576, count=count, seed=7)
    return spec.model_copy(update=changes)


async def draw(gemini: Gemini, spec: ImageSpec | None = None, **how: Any) -> Drawing:
    return await gemini.draw(spec or order(), call(PAINTER, **how))


async def trouble(attempt: Any) -> ProviderError:
    """The error of this attempt, which must be fit to be shown to anybody."""
    with pytest.raises(ProviderError) as caught:
        await attempt
    message = caught.value.message
    assert message.endswith(".")
    assert message.count(". ") == 0
    assert KEY not in message
    assert "http" not in message
    assert len(message) < 100
    return caught.value
