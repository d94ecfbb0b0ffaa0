"""Costs and margins are sums or unknown, rollups add up, and every latency falls into one bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.attempts import Attempt, Tokens
from core.observe.model import BUCKETS_MS, CallCost, Indicators, Rollup, Usage, bucket_of
from tests.support import NOON


def usage(*costs: int | None, **more: object) -> Usage:
    calls = tuple(CallCost(provider="p", model="m", outcome="done", cost=cost) for cost in costs)
    indicators = Indicators(total_ms=1.0, status="done")
    return Usage.model_validate(
        {"request_id": "r", "account": "a", "platform": "discord", "operation": "image", "at": NOON, "calls": calls,
         "indicators": indicators} | more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [(0, 0), (1, 0), (1.001, 1), (2, 1), (120_000, len(BUCKETS_MS) - 1), (120_000.1, len(BUCKETS_MS))],
)
def test_a_bucket_takes_what_is_not_above_its_bound(milliseconds: float, bucket: int) -> None:
    assert bucket_of(milliseconds) == bucket


def test_the_bounds_rise() -> None:
    assert sorted(set(BUCKETS_MS)) == list(BUCKETS_MS)


@pytest.mark.parametrize(
    ("costs", "earned", "cost", "margin"),
    [
        ((), 10, 0, 10),
        ((3, 4), 10, 7, 3),
        ((30,), 10, 30, -20),
        ((0, 0), 0, 0, 0),
        ((3, None), 10, None, None),
        ((None,), 10, None, None),
        ((3,), None, 3, None),
    ],
)
def test_a_margin_is_known_when_everything_it_is_made_of_is(
    costs: tuple[int | None, ...], earned: int | None, cost: int | None, margin: int | None
) -> None:
    record = usage(*costs, earned=earned)
    assert (record.cost, record.margin) == (cost, margin)


def test_a_call_whose_end_nobody_noted_has_an_unknown_end_and_cost() -> None:
    attempt = Attempt(provider="p", model="m", started_at=NOON, cost=0)
    assert CallCost.of(attempt) == CallCost(provider="p", model="m", outcome="unknown", cost=None)


def test_a_call_costs_what_its_attempt_says() -> None:
    tokens = Tokens(input=7, output=5, thought=2)
    attempt = Attempt(
        provider="p", model="m", started_at=NOON, outcome="refused", served="m-001", tokens=tokens, pictures=2, cost=9
    )
    assert CallCost.of(attempt) == CallCost(
        provider="p", model="m", served="m-001", outcome="refused", tokens=tokens, pictures=2, cost=9
    )


def test_a_record_of_an_older_easel_can_be_read() -> None:
    old = usage().model_dump(mode="json", exclude={"requests", "calls", "earned", "model_used"})
    record = Usage.model_validate(old)
    assert (record.requests, record.calls, record.model_used) == (1, (), "")
    assert (record.cost, record.earned, record.margin) == (0, None, None)


def test_a_record_is_read_back_as_it_was() -> None:
    record = usage(1, None, earned=7, model_used="m")
    assert Usage.model_validate_json(record.model_dump_json()) == record


# --- rollups ---------------------------------------------------------------------------------------------------

names = st.sampled_from(["requests", "calls", "cost_nano"])
histograms = st.lists(st.integers(0, 9), min_size=3, max_size=3)
rollups = st.builds(
    Rollup, day=st.just("2026-11-23"), account=st.just("a"), provider=st.just("p"), operation=st.just("image"),
    counters=st.dictionaries(names, st.integers(-9, 9)),
    histograms=st.dictionaries(st.sampled_from(["totalMs", "dbMs"]), histograms),
)  # fmt: skip


@given(rollups, rollups, rollups)
def test_rollups_add_up_in_any_order(one: Rollup, two: Rollup, three: Rollup) -> None:
    assert one.plus(two) == two.plus(one)
    assert one.plus(two).plus(three) == one.plus(two.plus(three))
    for name in one.counters | two.counters:
        assert one.plus(two).counters[name] == one.counters.get(name, 0) + two.counters.get(name, 0)


@given(rollups, rollups)
def test_adding_changes_neither_of_the_two(one: Rollup, two: Rollup) -> None:
    before = one.model_copy(deep=True), two.model_copy(deep=True)
    one.plus(two)
    assert (one, two) == before


def test_a_rollup_of_an_older_easel_can_be_read() -> None:
    old = '{"day": "2026-11-23", "account": "a", "provider": "demo", "operation": "image", "counters": {"requests": 2}}'
    assert Rollup.model_validate_json(old).key == ("2026-11-23", "a", "demo", "", "image")


def test_the_names_on_the_wire_are_the_twelve_indicators() -> None:
    assert list(usage().indicators.model_dump(by_alias=True)) == [
        "totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs", "status", "providerUsed", "fallbackUsed",
        "cached", "messageLength", "errorName",
    ]  # fmt: skip
