"""Stopping tasks, also those whose driver swallows a cancellation."""

import asyncio

import pytest

from core.tasks import stopped, together


class Deaf:
    """A loop that swallows its first cancellations, as `asyncio.wait_for` can until Python 3.12."""

    def __init__(self, times: int = 1) -> None:
        self.swallowed = 0
        self._times = times

    async def run(self) -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if self.swallowed == self._times:
                    raise
                self.swallowed += 1


async def fail() -> None:
    raise ZeroDivisionError


async def test_a_task_that_swallows_a_cancellation_is_stopped_all_the_same() -> None:
    deaf = Deaf()
    task = asyncio.create_task(deaf.run())
    await asyncio.sleep(0)
    assert await stopped({task}) == []
    assert (task.cancelled(), deaf.swallowed) == (True, 1)


async def test_who_runs_parts_together_can_be_stopped_when_one_of_them_is_deaf() -> None:
    deaf = Deaf()
    running = asyncio.create_task(together(deaf.run(), asyncio.sleep(60)))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        assert await stopped({running}) == []
    assert deaf.swallowed == 1


async def test_a_part_that_fails_stops_the_others_and_says_why() -> None:
    other = asyncio.create_task(asyncio.sleep(60))

    async def lasting() -> None:
        await other

    with pytest.raises(ZeroDivisionError):
        await together(fail(), lasting())
    assert other.cancelled()
