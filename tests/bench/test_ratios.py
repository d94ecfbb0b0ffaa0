"""Figures as ratios within one run, each against the least that could do the job. They print; they do not judge."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from core.providers.demo_art import draw
from tests.support import ALICE, imagine, opened, settings_in

REQUESTS = 40


async def each(call: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        await call(number)
        taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def report(what: str, ours: list[float], bare: list[float]) -> None:
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"\n{what}: p50 {mine:.3f} ms against {theirs:.3f} ms, ratio {mine / theirs:.2f}")


async def test_a_whole_request_against_drawing_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, signup_credits=1_000_000, rate_limit_per_day="100000")
    async with opened(settings) as app:
        working = [asyncio.create_task(app.runner.run())]

        async def request(number: int) -> None:
            async with app.signals.listening(str(ALICE)) as bell:
                outcome = await app.requests.submit(imagine(f"r{number}", seed=number))
                while not ((job := await app.stores.jobs.get(outcome.job.id)) and job.delivered_at):  # type: ignore[union-attr]  # the request was accepted
                    await bell.wait(1)

        async def alone(number: int) -> None:
            await asyncio.to_thread(draw, "a red fox", width=64, height=64, seed=number)

        report("request to delivery against drawing alone", await each(request, REQUESTS), await each(alone, REQUESTS))
        for part in working:
            part.cancel()
        await asyncio.gather(*working, return_exceptions=True)
