"""Days from and to, as a request gives them."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

from core.admin.figures import Span
from core.admin.refusals import BadParameter
from core.clock import Clock, to_datetime

DEFAULT_DAYS = 30
MAX_DAYS = 366
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
DATE = {"format": "date", "example": "2026-11-01"}
From = Annotated[str | None, Query(alias="from", description="UTC day, included", json_schema_extra=DATE)]
To = Annotated[str | None, Query(alias="to", description="UTC day, included", json_schema_extra=DATE)]


def span_of(first: str | None, last: str | None, clock: Clock) -> Span:
    """The last 30 days unless told otherwise. Raises BadParameter."""
    end = _day("to", last) if last is not None else to_datetime(clock.now()).date()
    start = _day("from", first) if first is not None else end - timedelta(days=DEFAULT_DAYS - 1)
    if start > end:
        raise BadParameter(f"from ({start}) is after to ({end}).")
    if (end - start).days >= MAX_DAYS:
        raise BadParameter(f"from and to may be {MAX_DAYS} days apart at most.")
    return Span(start.isoformat(), end.isoformat())


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not FIRST <= day <= LAST:
        raise BadParameter(f"{name} must be a day such as 2026-11-01, from {FIRST} to {LAST}.")
    return day
