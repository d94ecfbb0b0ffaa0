"""How far the events have been sent, and which of the latest: pure, as one saved document.

Events come in the order of their instants, but one may be noted late, such as by whoever drives on what a crash left.
So the last minutes are remembered event by event, and looked at again.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from core.admin.model import Event, Place
from core.clock import MINUTE, SECOND, Millis
from core.ids import digest

SCOPE = "events-push"
SETTLED: Millis = 2 * SECOND
"""An event is sent at this age: those of other processes, whose clocks and writes are not ours, are there by then."""
LATE: Millis = 15 * MINUTE
"""How late an event may be noted and still be found."""
MOST_KNOWN = 4_000
MARK_LETTERS = 10
FIRST_PAUSE: Millis = 2 * SECOND
LONGEST_PAUSE: Millis = 15 * MINUTE
MOST_DOUBLINGS = 10


class Cursor(BaseModel):
    """`known`: (instant, mark) of what was sent since `since`. After `failures` in a row, not before `next_at`."""

    model_config = ConfigDict(frozen=True)

    at: Millis
    id: str = ""
    since: Millis
    known: tuple[tuple[Millis, str], ...] = ()
    failures: int = 0
    next_at: Millis = 0

    @classmethod
    def starting(cls, now: Millis) -> "Cursor":
        """Whoever begins to listen hears of what happens from now on."""
        return cls(at=now, since=now)

    @property
    def place(self) -> Place:
        return self.at, self.id

    def sent(self, events: Sequence[Event]) -> "Cursor":
        """After these were taken."""
        last = max([self.place, *((event.at, event.id) for event in events)])
        known = sorted({*self.known, *((event.at, mark(event)) for event in events)})[-MOST_KNOWN:]
        since = max(self.since, last[0] - LATE, known[0][0] + 1 if len(known) == MOST_KNOWN else 0)
        kept = tuple(each for each in known if each[0] >= since)
        return Cursor(at=last[0], id=last[1], since=since, known=kept)

    def failed(self, now: Millis, pause: Millis | None) -> "Cursor":
        """Wait twice as long each time, and as long as was asked for."""
        usual = min(FIRST_PAUSE * 2 ** min(self.failures, MOST_DOUBLINGS), LONGEST_PAUSE)
        wait = min(max(usual, pause or 0), LONGEST_PAUSE)
        return self.model_copy(update={"failures": self.failures + 1, "next_at": now + wait})

    def missed(self, events: Sequence[Event]) -> list[Event]:
        """Those before the place that were not sent."""
        known = {each for _, each in self.known}
        return [event for event in events if (event.at, event.id) <= self.place and mark(event) not in known]


def mark(event: Event) -> str:
    return digest(event.id)[:MARK_LETTERS]
