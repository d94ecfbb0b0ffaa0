"""Small scripted providers: each does one thing that real ones do on a bad day."""

import asyncio
from collections.abc import Collection

from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.ports import Answer, Call, Drawing, Drawn, ProviderFailed, ProviderRefused
from tests.fakes.pixels import png


class Provider:
    """Answers at once, with tiny pictures: both protocols of core/providers/ports.py. `calls` is what was asked."""

    name = "demo"
    demo = True

    def __init__(self) -> None:
        self.calls: list[ImageSpec | ChatSpec] = []

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        await self.asked(spec, call)
        return Drawing(pictures(spec, self.given(spec)))

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        await self.asked(spec, call)
        return Answer(f"You said {spec.prompt}")

    async def lacking(self, models: Collection[str]) -> set[str]:
        return set()

    async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
        self.calls.append(spec)
        call.progress(0.5)

    def given(self, spec: ImageSpec) -> int:
        return spec.count


class Gives(Provider):
    """Draws this many pictures, whatever was ordered."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def given(self, spec: ImageSpec) -> int:
        return self._count


class Raises(Provider):
    """Fails every call with this error, or only the first ones."""

    def __init__(self, error: Exception, times: int | None = None) -> None:
        super().__init__()
        self._error = error
        self._times = times

    async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
        await super().asked(spec, call)
        if self._times is None or len(self.calls) <= self._times:
            raise self._error


class Hangs(Provider):
    """Does not answer until `released` is set. `started` says that it was asked, `stopped` that it was cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()
        self.released = asyncio.Event()
        self.stopped = asyncio.Event()

    async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
        await super().asked(spec, call)
        self.started.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise


class Tells(Hangs):
    """Says the beginning of an answer, and then fails with this error, or hangs without one."""

    def __init__(self, beginning: str, error: Exception | None = None) -> None:
        super().__init__()
        self._beginning = beginning
        self._error = error

    async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
        call.say(self._beginning)
        if self._error is not None:
            self.started.set()
            self.calls.append(spec)
            raise self._error
        await super().asked(spec, call)


def fails() -> Raises:
    return Raises(ProviderFailed("The model is down."))


def refuses() -> Raises:
    return Raises(ProviderRefused("Policy."))


def crashes() -> Raises:
    return Raises(ZeroDivisionError("a fault nobody thought of"))


def pictures(spec: ImageSpec, count: int) -> tuple[Drawn, ...]:
    return tuple(Drawn(png(spec.width, spec.height, number), spec.seed) for number in range(count))
