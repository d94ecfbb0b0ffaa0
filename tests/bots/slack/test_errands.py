"""What was acknowledged and is not done yet: in turns, seen through at the end, and never broken off without a word."""

import asyncio
import gc

from bots.slack.errands import AT_ONCE, Errands
from tests.fakes import until


class Works:
    """Pieces of work that stand still until they are let go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.excused: list[str] = []
        self.go_on = asyncio.Event()

    async def stand(self, name: str = "") -> None:
        self.begun.append(name)
        await self.go_on.wait()

    async def excuse(self, name: str = "") -> None:
        self.excused.append(name)

    async def have_begun(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.begun) >= count

        await until(enough)


def full(works: Works, errands: Errands) -> None:
    for _ in range(AT_ONCE + 3):
        errands.in_turn("T1", works.stand(), works.excuse)


async def test_each_workspace_has_turns_of_its_own() -> None:
    works, errands = Works(), Errands()
    full(works, errands)
    errands.in_turn("T2", works.stand("other"), works.excuse)
    await works.have_begun(AT_ONCE + 1)
    assert works.begun.count("") == AT_ONCE
    assert "other" in works.begun
    works.go_on.set()
    await errands.finished()
    assert works.begun.count("") == AT_ONCE + 3
    assert not works.excused


async def test_what_is_over_in_a_moment_waits_for_no_turn() -> None:
    works, errands = Works(), Errands()
    full(works, errands)
    errands.soon(works.stand("modal"))
    await works.have_begun(AT_ONCE + 1)
    assert "modal" in works.begun
    works.go_on.set()
    await errands.finished()


async def test_what_takes_too_long_is_broken_off_with_an_excuse_begun_or_not() -> None:
    works, errands = Works(), Errands(finish_seconds=0)
    full(works, errands)
    await works.have_begun(AT_ONCE)
    await errands.finished()
    gc.collect()
    assert len(works.begun) == AT_ONCE
    assert len(works.excused) == AT_ONCE + 3


async def test_an_excuse_that_hangs_holds_nothing_up() -> None:
    works, errands = Works(), Errands(finish_seconds=0)
    errands.in_turn("T1", works.stand(), works.stand)
    await works.have_begun(1)
    await errands.finished()
    assert len(works.begun) == 2


async def test_what_is_only_shown_is_broken_off_at_once_and_needs_no_excuse() -> None:
    works, errands = Works(), Errands()
    errands.beside(works.stand())
    await works.have_begun(1)
    await errands.finished()


async def test_work_that_crashes_stops_nothing() -> None:
    works, errands = Works(), Errands()

    async def crashes() -> None:
        raise ZeroDivisionError

    errands.in_turn("T1", crashes(), works.excuse)
    errands.in_turn("T1", works.stand(), works.excuse)
    works.go_on.set()
    await errands.finished()
    assert (works.begun, works.excused) == ([""], [])
