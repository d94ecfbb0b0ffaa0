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


class ServerClock:
    """The clock of a server, as of the last time it was asked, and how long ago that was by this machine."""

    def __init__(self) -> None:
        self._server: Millis = 0
        self._at: Millis = 0
        self._last: Millis = 0

    @staticmethod
    def ticks() -> Millis:
        """A count that nobody sets."""
        return time.monotonic_ns() // 1_000_000

    def set(self, server: Millis, asked: Millis, answered: Millis) -> None:
        """The server said this time, somewhere between these two ticks."""
        self._server, self._at = server, (asked + answered) // 2

    def now(self) -> Millis:
        """Never earlier than before, also when the server's clock was corrected."""
        self._last = max(self._last, self._server + self.ticks() - self._at)
        return self._last


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
