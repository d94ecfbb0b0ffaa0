"""What a provider announces reaches those who wait for it, and nothing is kept for others."""

import asyncio

from core.providers.announcements import Announcements


async def test_whoever_waits_is_woken_and_others_are_not() -> None:
    announcements = Announcements()
    with announcements.expected("a") as mine, announcements.expected("b") as other:
        announcements.announced("a")
        assert mine.is_set()
        assert not other.is_set()


async def test_two_who_wait_for_the_same_are_both_woken() -> None:
    announcements = Announcements()
    with announcements.expected("a") as one, announcements.expected("a") as two:
        announcements.announced("a")
        await asyncio.gather(one.wait(), two.wait())


async def test_an_announcement_for_nobody_is_forgotten() -> None:
    announcements = Announcements()
    for number in range(1_000):
        announcements.announced(f"p{number}")
    with announcements.expected("p1") as bell:
        assert not bell.is_set()
    announcements.announced("p1")
    assert announcements.waiting == 0


async def test_one_who_waits_longer_is_still_woken() -> None:
    announcements = Announcements()
    with announcements.expected("a") as bell:
        with announcements.expected("a"):
            pass
        announcements.announced("a")
        assert bell.is_set()
