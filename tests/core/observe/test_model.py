"""Rollups add up, and every latency falls into one bucket."""

import pytest

from core.observe.model import BUCKETS_MS, LATENCIES, Indicators, Rollup, Status, Usage, bucket_of
from tests.support import NOON


def usage(request_id: str = "r", status: Status = "done", **said: object) -> Usage:
    counted = {name: said.pop(name) for name in ("credits", "pictures") if name in said}
    indicators = Indicators.model_validate({"total_ms": 1.0, "status": status} | said)
    return Usage.model_validate(
        {"request_id": request_id, "account": "a", "platform": "discord", "operation": "image", "at": NOON,
         "indicators": indicators} | counted
    )  # fmt: skip


EMPTY = Rollup(day="2026-11-23", account="a", provider="demo", operation="image")


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [(0, 0), (1, 0), (1.001, 1), (2, 1), (120_000, len(BUCKETS_MS) - 1), (120_000.1, len(BUCKETS_MS))],
)
def test_a_bucket_takes_what_is_not_above_its_bound(milliseconds: float, bucket: int) -> None:
    assert bucket_of(milliseconds) == bucket


def test_the_bounds_rise() -> None:
    assert sorted(set(BUCKETS_MS)) == list(BUCKETS_MS)


def test_counters_add_up() -> None:
    rollup = EMPTY
    for one in (
        usage(credits=20, pictures=2, fallback_used=True),
        usage(credits=1, cached=True),
        usage(status="failed"),
        usage(status="refused"),
        usage(status="refused"),
        usage(status="cancelled"),
    ):
        rollup = rollup.add(one)
    assert rollup.counters == {
        "requests": 6, "done": 2, "failed": 1, "refused": 2, "cancelled": 1, "cached": 1, "fallback": 1, "credits": 21,
        "pictures": 2,
    }  # fmt: skip


def test_each_request_is_in_one_bucket_of_each_histogram() -> None:
    rollup = EMPTY.add(usage(total_ms=3.0, db_ms=2.5)).add(usage(total_ms=1e9))
    assert set(rollup.histograms) == set(LATENCIES)
    assert all((len(row), sum(row)) == (len(BUCKETS_MS) + 1, 2) for row in rollup.histograms.values())
    assert rollup.histograms["totalMs"][bucket_of(3.0)] == 1
    assert rollup.histograms["totalMs"][-1] == 1
    assert rollup.histograms["dbMs"][bucket_of(2.5)] == 1


def test_adding_does_not_change_the_rollup_added_to() -> None:
    first = EMPTY.add(usage())
    before = first.model_copy(deep=True)
    first.add(usage())
    assert first == before


def test_the_names_on_the_wire_are_the_twelve_indicators() -> None:
    assert list(usage().indicators.model_dump(by_alias=True)) == [
        "totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs", "status", "providerUsed", "fallbackUsed",
        "cached", "messageLength", "errorName",
    ]  # fmt: skip
