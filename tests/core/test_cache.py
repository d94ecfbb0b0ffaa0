"""Answers given before."""

import pytest

from core import cache as module
from core.cache import MemoryReplyCache
from core.clock import DAY
from core.jobs.results import Result
from core.timing import stopwatch
from tests.support import ManualClock

ANSWER = Result(provider="demo", model="demo-chat", text="hi")
OTHER = Result(provider="demo", model="demo-chat", text="ho")


def of(key: str) -> tuple[str, str]:
    return "a", key


@pytest.fixture
def cache(clock: ManualClock) -> MemoryReplyCache:
    return MemoryReplyCache(clock)


async def test_what_was_put_is_found(cache: MemoryReplyCache) -> None:
    await cache.put(*of("k"), ANSWER)
    assert await cache.get(*of("k")) == ANSWER


async def test_what_was_never_put_is_not_found(cache: MemoryReplyCache) -> None:
    assert await cache.get(*of("k")) is None


async def test_a_later_answer_replaces_the_former(cache: MemoryReplyCache) -> None:
    await cache.put(*of("k"), ANSWER)
    await cache.put(*of("k"), OTHER)
    assert await cache.get(*of("k")) == OTHER


async def test_an_answer_lives_for_a_day(cache: MemoryReplyCache, clock: ManualClock) -> None:
    await cache.put(*of("k"), ANSWER)
    clock.move(DAY - 1)
    assert await cache.get(*of("k")) == ANSWER
    clock.move(1)
    assert await cache.get(*of("k")) is None


async def test_reading_an_answer_does_not_prolong_its_life(cache: MemoryReplyCache, clock: ManualClock) -> None:
    await cache.put(*of("k"), ANSWER)
    clock.move(DAY // 2)
    await cache.get(*of("k"))
    clock.move(DAY // 2)
    assert await cache.get(*of("k")) is None


async def test_putting_an_answer_again_does(cache: MemoryReplyCache, clock: ManualClock) -> None:
    await cache.put(*of("k"), ANSWER)
    clock.move(DAY - 1)
    await cache.put(*of("k"), ANSWER)
    clock.move(DAY - 1)
    assert await cache.get(*of("k")) == ANSWER


async def test_a_full_cache_forgets_what_was_unused_for_longest(
    cache: MemoryReplyCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CAPACITY", 2)
    await cache.put(*of("old"), ANSWER)
    await cache.put(*of("used"), ANSWER)
    await cache.put(*of("old"), OTHER)
    await cache.get(*of("used"))
    await cache.put(*of("new"), ANSWER)
    assert [await cache.get(*of(key)) for key in ("old", "used", "new")] == [None, ANSWER, ANSWER]


async def test_the_answers_of_one_account_can_be_forgotten(cache: MemoryReplyCache) -> None:
    await cache.put("a", "k", ANSWER)
    await cache.put("b", "k", OTHER)
    await cache.forget("a")
    assert [await cache.get(account, "k") for account in ("a", "b")] == [None, OTHER]


async def test_reading_and_writing_are_measured(cache: MemoryReplyCache) -> None:
    with stopwatch() as watch:
        await cache.put(*of("k"), ANSWER)
        await cache.get(*of("k"))
    assert set(watch.parts) == {"cache_write_ms", "cache_read_ms"}
