"""Time as one injected dependency, so that tests and replays decide what "now" is.

All instants in Easel are integers: milliseconds since 1970-01-01T00:00:00Z (`Millis`).
"""

import time
from datetime import UTC, datetime
from typing import Protocol

Millis = int

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> Millis: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Millis:
        return time.time_ns() // 1_000_000


def utc_date(at: Millis) -> str:
    """The UTC calendar date of an instant, as `YYYY-MM-DD`."""
    return to_datetime(at).date().isoformat()


def next_midnight(at: Millis) -> Millis:
    """The first 00:00 UTC after an instant."""
    return (at // DAY + 1) * DAY


def to_datetime(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / SECOND, tz=UTC)


def iso(at: Millis) -> str:
    """An instant as ISO 8601 with seconds and `Z`."""
    return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%SZ")
