"""Requests a day and tries an hour, on the real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.clock import DAY, HOUR, MINUTE, next_midnight
from core.errors import AttemptsThrottled, RateLimited
from core.limits import Allowance, DailyLimit, Throttle
from core.stores.ports import LimitStore
from core.stores.sqlite import open_sqlite
from tests.support import NOON, ManualClock

MIDNIGHT = next_midnight(NOON)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LimitStore]:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    yield stores.limits
    await database.close()


@pytest.fixture
def daily(store: LimitStore, clock: ManualClock) -> DailyLimit:
    return DailyLimit(store, clock)


@pytest.fixture
def throttle(store: LimitStore, clock: ManualClock) -> Throttle:
    return Throttle(store, clock, "link", 2)


async def test_each_request_leaves_one_less_until_midnight(daily: DailyLimit) -> None:
    assert await daily.take("a", "r1", 2) == Allowance(2, 1, MIDNIGHT)
    assert await daily.take("a", "r2", 2) == Allowance(2, 0, MIDNIGHT)
    with pytest.raises(RateLimited) as caught:
        await daily.take("a", "r3", 2)
    assert (caught.value.limit, caught.value.resets_at) == (2, MIDNIGHT)


async def test_a_request_delivered_twice_counts_once(daily: DailyLimit) -> None:
    await daily.take("a", "r1", 1)
    assert await daily.take("a", "r1", 1) == Allowance(1, 0, MIDNIGHT)


async def test_a_refused_request_is_not_counted(daily: DailyLimit) -> None:
    await daily.take("a", "r1", 1)
    with pytest.raises(RateLimited):
        await daily.take("a", "r2", 1)
    assert await daily.take("a", "r3", 2) == Allowance(2, 0, MIDNIGHT)


async def test_accounts_do_not_share_their_requests(daily: DailyLimit) -> None:
    await daily.take("a", "r1", 1)
    assert (await daily.take("b", "r1", 1)).remaining == 0


async def test_a_new_day_starts_anew(daily: DailyLimit, clock: ManualClock) -> None:
    clock.at = MIDNIGHT - 1
    await daily.take("a", "r1", 1)
    clock.at = MIDNIGHT
    assert await daily.take("a", "r2", 1) == Allowance(1, 0, MIDNIGHT + DAY)


async def test_what_is_given_back_can_be_taken_again(daily: DailyLimit) -> None:
    await daily.take("a", "r1", 1)
    await daily.give_back("a", "r1", NOON)
    assert await daily.take("a", "r2", 1) == Allowance(1, 0, MIDNIGHT)


async def test_a_request_is_given_back_to_the_day_it_was_taken(daily: DailyLimit, clock: ManualClock) -> None:
    await daily.take("a", "r1", 2)
    clock.at = MIDNIGHT
    await daily.take("a", "r1", 2)
    await daily.give_back("a", "r1", NOON)
    assert (await daily.left("a", 2)).remaining == 1


async def test_giving_back_what_was_never_taken_changes_nothing(daily: DailyLimit) -> None:
    await daily.take("a", "r1", 2)
    await daily.give_back("a", "r2", NOON)
    assert (await daily.left("a", 2)).remaining == 1


async def test_looking_does_not_count(daily: DailyLimit) -> None:
    assert await daily.left("a", 3) == Allowance(3, 3, MIDNIGHT)
    assert await daily.left("a", 3) == Allowance(3, 3, MIDNIGHT)


async def test_under_a_lowered_limit_nothing_is_left_and_never_less(daily: DailyLimit) -> None:
    for request in ("r1", "r2", "r3"):
        await daily.take("a", request, 3)
    assert (await daily.left("a", 1)).remaining == 0
    assert (await daily.take("a", "r1", 1)).remaining == 0


async def test_a_rush_of_requests_is_counted_exactly(daily: DailyLimit) -> None:
    takes = (daily.take("a", f"r{number}", 5) for number in range(20))
    outcomes = await asyncio.gather(*takes, return_exceptions=True)
    assert sorted(o.remaining for o in outcomes if isinstance(o, Allowance)) == [0, 1, 2, 3, 4]
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 15


async def test_so_many_tries_an_hour_and_no_more(throttle: Throttle) -> None:
    await throttle.take("a", "r1")
    await throttle.take("a", "r2")
    with pytest.raises(AttemptsThrottled):
        await throttle.take("a", "r3")
    await throttle.take("b", "r1")


async def test_a_try_delivered_twice_counts_once(throttle: Throttle) -> None:
    for request in ("r1", "r1", "r2", "r2"):
        await throttle.take("a", request)


async def test_the_next_hour_allows_tries_again(throttle: Throttle, clock: ManualClock) -> None:
    clock.at = NOON + HOUR - 1
    await throttle.take("a", "r1")
    await throttle.take("a", "r2")
    clock.at = NOON + HOUR
    await throttle.take("a", "r3")


async def test_throttles_of_different_names_do_not_share(
    throttle: Throttle, store: LimitStore, clock: ManualClock
) -> None:
    await throttle.take("a", "r1")
    await throttle.take("a", "r2")
    await Throttle(store, clock, "other", 1).take("a", "r3")


@pytest.mark.parametrize(
    ("into_the_hour", "said"),
    [
        (0, "in 60 minutes."),
        (1, "in 60 minutes."),
        (30 * MINUTE, "in 30 minutes."),
        (30 * MINUTE + 1, "in 30 minutes."),
        (HOUR - 2 * MINUTE, "in 2 minutes."),
        (HOUR - 1, "in 1 minute."),
    ],
)
async def test_the_wait_said_is_the_wait_rounded_up_to_minutes(
    store: LimitStore, clock: ManualClock, into_the_hour: int, said: str
) -> None:
    clock.move(into_the_hour)
    with pytest.raises(AttemptsThrottled) as caught:
        await Throttle(store, clock, "shut", 0).take("a", "r1")
    assert caught.value.message.endswith(said)
