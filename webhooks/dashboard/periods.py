"""The days that a page is about, as its address says: `days=30`, or `from` and `to`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.admin.figures import Span
from core.clock import Clock, to_datetime
from core.errors import BadRequest

DEFAULT_DAYS = 30
MAX_DAYS = 366
CHOICES = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days"}
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """`days`: the last so many, today included; None when the days were chosen one by one. `today` is not over yet."""

    span: Span
    days: int | None
    today: str = field(default="", compare=False)

    @property
    def query(self) -> dict[str, str]:
        """What says so in an address."""
        if self.days is None:
            return {"from": self.span.first, "to": self.span.last}
        return {} if self.days == DEFAULT_DAYS else {"days": str(self.days)}


def latest(days: int, clock: Clock) -> Period:
    today = to_datetime(clock.now()).date()
    return Period(Span((today - timedelta(days=days - 1)).isoformat(), today.isoformat()), days, today.isoformat())


def period_of(query: Mapping[str, str], clock: Clock) -> Period:
    """Raises BadRequest with a sentence about what is wrong."""
    today = to_datetime(clock.now()).date()
    if query.get("from") or query.get("to"):
        last = _day("To", query["to"]) if query.get("to") else today
        first = _day("From", query["from"]) if query.get("from") else last - timedelta(days=DEFAULT_DAYS - 1)
        return Period(_checked(first, last), None, today.isoformat())
    days = query.get("days") or str(DEFAULT_DAYS)
    if not re.fullmatch(r"[1-9][0-9]{0,2}", days) or int(days) > MAX_DAYS:
        raise BadRequest(f"The number of days must be from 1 to {MAX_DAYS}.")
    return latest(int(days), clock)


def _checked(first: date, last: date) -> Span:
    if first > last:
        raise BadRequest(f"From ({first}) is after to ({last}).")
    if (last - first).days >= MAX_DAYS:
        raise BadRequest(f"At most {MAX_DAYS} days can be shown at once.")
    return Span(first.isoformat(), last.isoformat())


def _day(name: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest(f"{name} must be a day such as 2026-11-01.")
