"""The demo provider: pictures and answers made by a program, marked as such, for running without any key."""

import asyncio
import threading
from collections.abc import Callable, Collection
from functools import partial, reduce

from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.ports import Answer, Call, Drawing, Drawn, Image, Progress

SEED_STEP = 1_000_003  # the pictures of one request use well separated seeds
SEEDS = 2**31  # so that every picture's seed can be asked for again
TICKS = 20


class _Stopped(Exception):
    """Unwinds a drawing thread whose request was cancelled."""


class DemoProvider:
    """Deterministic: the same prompt and seed give the same bytes. `seconds` is how long it plays busy."""

    name = "demo"
    demo = True

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        drawn = []
        for index in range(spec.count):
            share = partial(_share, call.progress, index, spec.count)
            await self._play_busy(lambda done, share=share: share(done / 2))  # type: ignore[misc]  # a lambda's default
            seed = (spec.seed + index * SEED_STEP) % SEEDS
            drawn.append(Drawn(await _in_thread(_deed(spec, seed, call.sources), share), seed))
        return Drawing(tuple(drawn))

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        words = _answer_to(spec).split(" ")

        def say(done: float) -> None:
            call.progress(done)
            call.say(" ".join(words[: max(1, round(done * len(words)))]))

        await self._play_busy(say)
        return Answer(" ".join(words))

    async def lacking(self, models: Collection[str]) -> set[str]:
        return set()

    async def _play_busy(self, tell: Progress) -> None:
        if not self._seconds:
            return
        for tick in range(TICKS):
            await asyncio.sleep(self._seconds / TICKS)
            tell((tick + 1) / TICKS)


Deed = Callable[[Progress], bytes]


def _deed(spec: ImageSpec, seed: int, sources: tuple[Image, ...]) -> Deed:
    """What to do in a thread. Pillow is loaded only when the demo draws."""
    from core.providers.demo_art import draw  # noqa: PLC0415  # loaded only where it is used

    def drawing(report: Progress) -> bytes:
        return draw(
            spec.prompt, width=spec.width, height=spec.height, seed=seed, style=spec.style,
            variation=spec.variation, on_progress=report,
        )  # fmt: skip

    if not sources or spec.operation == "vary":
        return drawing
    from core.providers.demo_art.retouch import blended, enlarged  # noqa: PLC0415  # loaded only where it is used

    if spec.operation == "upscale":
        return lambda _: enlarged(sources[0].data, spec.width, spec.height)
    return lambda report: reduce(lambda over, under: blended(under.data, over), sources, drawing(report))


async def _in_thread(deed: Deed, progress: Progress) -> bytes:
    """A cancelled request stops the thread at its next progress call."""
    stopped = threading.Event()

    def report(done: float) -> None:
        if stopped.is_set():
            raise _Stopped
        progress(0.5 + done / 2)

    try:
        return await asyncio.to_thread(deed, report)
    finally:
        stopped.set()


def _answer_to(spec: ChatSpec) -> str:
    said = f"You wrote {len(spec.prompt)} characters and {len(spec.prompt.split())} words"
    before = f" after {len(spec.history)} earlier messages" if spec.history else ""
    seen = f" with {len(spec.sources)} pictures" if spec.sources else ""
    return (
        f"(demo) {said}{seen}{before}: \u201c{_shortened(spec.prompt)}\u201d. I am Easel's built-in demo, a program "
        "and not an AI. Your operator can connect a real chat model."
    )


def _share(progress: Progress, index: int, count: int, done: float) -> None:
    progress((index + done) / count)


def _shortened(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
