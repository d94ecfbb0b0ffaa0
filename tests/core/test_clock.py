"""Instants are whole milliseconds, days are UTC days."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import DAY, MINUTE, SECOND, Millis, SystemClock, iso, next_midnight, to_datetime, utc_date
from tests.support import NOON

LAST_MILLI_OF_9999 = 253_402_300_799_999
YEAR_2100 = 4_102_444_800_000
MOMENTS = st.integers(0, LAST_MILLI_OF_9999)


def test_the_system_clock_is_between_two_looks_at_the_machines_clock() -> None:
    before = time.time_ns() // 1_000_000
    now = SystemClock().now()
    assert before <= now <= time.time_ns() // 1_000_000


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (0, "1970-01-01"),
        (DAY - 1, "1970-01-01"),
        (DAY, "1970-01-02"),
        (NOON, "2026-11-23"),
        (1_709_164_800_000, "2024-02-29"),
    ],
)
def test_a_day_begins_at_midnight_utc(at: Millis, day: str) -> None:
    assert utc_date(at) == day


def test_an_instant_is_written_in_utc_with_whole_seconds() -> None:
    assert iso(NOON) == "2026-11-23T12:00:00Z"
    assert iso(NOON + SECOND - 1) == "2026-11-23T12:00:00Z"


def test_at_midnight_the_next_one_is_a_day_away() -> None:
    midnight = next_midnight(NOON)
    assert next_midnight(midnight) == midnight + DAY
    assert next_midnight(midnight - 1) == midnight


@given(MOMENTS)
def test_the_next_midnight_is_the_first_instant_of_the_next_day(at: Millis) -> None:
    midnight = next_midnight(at)
    assert at < midnight <= at + DAY
    assert utc_date(midnight - 1) == utc_date(at)


@given(st.integers(0, YEAR_2100))
def test_an_instant_survives_the_way_to_a_datetime_and_back(at: Millis) -> None:
    since = to_datetime(at) - datetime(1970, 1, 1, tzinfo=UTC)
    assert since // timedelta(milliseconds=1) == at


def test_the_units_are_multiples_of_each_other() -> None:
    assert DAY == 24 * 60 * MINUTE == 24 * 60 * 60 * SECOND == 86_400_000
