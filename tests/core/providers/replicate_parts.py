"""What the tests of Replicate share: models, orders, and a caller that keeps what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from core.catalogue import Model
from core.jobs.specs import ImageSpec
from core.providers.ports import Call
from core.providers.replicate import Replicate
from core.providers.replicate.errand import Pace
from tests.fakes.replicate import ReplicateFake
from tests.fakes.replicate.models import VERSION

QUICK = Pace(first=0.005, most=0.02, margin=10.0, stop=5.0, last=0.1)
SECONDS = 60.0


def model(upstream: str, **abilities: Any) -> Model:
    known = {"provider": "replicate", "kind": "image", "price": 5, "aspects": ("1:1", "16:9"), "max_count": 4}
    return Model.model_validate({"name": upstream.rpartition("/")[2][:20], "upstream": upstream, **known, **abilities})


SCHNELL = model("black-forest-labs/flux-schnell", seed=True)
DEV = model("black-forest-labs/flux-dev", seed=True, edit=True)
PRO = model("black-forest-labs/flux-1.1-pro", seed=True, edit=True)
UPSCALER = model("recraft-ai/recraft-crisp-upscale", draw=False, upscale=True)
DREAMS = model(
    f"someone/dreams:{VERSION}", name="dreams", seed=True, edit=True, negative=True, sizes={"1:1": "512x640"}
)


def order(**changes: Any) -> ImageSpec:
    known: dict[str, Any] = {
        "prompt": "a red fox", "model": "flux-schnell", "aspect": "16:9", "width": 1024, "height": 576, "count": 1,
        "seed": 7,
    }  # fmt: skip
    return ImageSpec(**(known | changes))


class Caller:
    """Makes calls, and keeps what it hears: `ids` in the order of remembering, `progress` as it was told."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.progress: list[float] = []

    async def remember(self, provider_job: str) -> None:
        self.ids.append(provider_job)

    def call(self, model: Model = SCHNELL, seconds: float = SECONDS, **more: Any) -> Call:
        plain = Call(model=model, seconds=seconds, progress=self.progress.append, remember=self.remember)
        return replace(plain, **more)


async def so(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # what a server has seen cannot be waited for
            await asyncio.sleep(0.005)


async def looked_at(fake: ReplicateFake, count: int) -> None:
    """Wait until there are so many predictions, and each was looked at."""
    await so(lambda: len([made for made in fake.created if made.looks]) == count)


@asynccontextmanager
async def replicate(fake: ReplicateFake, pace: Pace = QUICK, **changes: Any) -> AsyncIterator[Replicate]:
    known: dict[str, Any] = {"token": fake.token, "base_url": fake.url, "pace": pace}
    provider = Replicate(**(known | changes))
    try:
        yield provider
    finally:
        await provider.close()


def hasty(after: float = 0.2, **changes: float) -> Pace:
    """Lets time run out so soon after the beginning, and leaves plenty for what is done then."""
    return replace(QUICK, margin=SECONDS - after, **changes)
