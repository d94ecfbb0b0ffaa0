"""The demo provider: pictures and answers made by a program, marked as such, for running without any key."""

import asyncio
import threading
from functools import partial

from core.jobs.model import ChatSpec, ImageSpec
from core.providers.ports import Drawn, Progress

MIME = "image/png"
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

    async def draw(self, spec: ImageSpec, progress: Progress) -> list[Drawn]:
        drawn = []
        for index in range(spec.count):
            share = partial(_share, progress, index, spec.count)
            await self._play_busy(share, until=0.5)
            seed = (spec.seed + index * SEED_STEP) % SEEDS
            drawn.append(await self._one(spec, seed, share))
        return drawn

    async def answer(self, spec: ChatSpec, progress: Progress) -> str:
        await self._play_busy(progress, until=1.0)
        return (
            f"(demo) You wrote {len(spec.prompt)} characters and {len(spec.prompt.split())} words: "
            f"\u201c{_shortened(spec.prompt)}\u201d. I am Easel's built-in demo, a program and not an AI. "
            "Your operator can connect a real chat model."
        )

    async def _one(self, spec: ImageSpec, seed: int, progress: Progress) -> Drawn:
        """Draw in a thread; a cancelled request stops the thread at its next progress call."""
        from core.providers.demo_art import draw  # noqa: PLC0415  # Pillow is loaded only when the demo draws

        stopped = threading.Event()

        def report(done: float) -> None:
            if stopped.is_set():
                raise _Stopped
            progress(0.5 + done / 2)

        drawing = partial(
            draw, spec.prompt, width=spec.width, height=spec.height, seed=seed, style=spec.style,
            variation=spec.variation, on_progress=report,
        )  # fmt: skip
        try:
            data = await asyncio.to_thread(drawing)
        finally:
            stopped.set()
        return Drawn(data, MIME, spec.width, spec.height, seed)

    async def _play_busy(self, progress: Progress, until: float) -> None:
        if not self._seconds:
            return
        for tick in range(TICKS):
            await asyncio.sleep(self._seconds / TICKS)
            progress((tick + 1) / TICKS * until)


def _share(progress: Progress, index: int, count: int, done: float) -> None:
    progress((index + done) / count)


def _shortened(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
