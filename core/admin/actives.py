"""How many accounts were active: the one number of a report that has to look at accounts, so it is kept for a while."""

from calendar import monthrange
from datetime import date

from core.clock import MINUTE, Clock, Millis, utc_date
from core.stores.ports import UsageStore

DAY_KEPT: Millis = MINUTE
LONGER_KEPT: Millis = 10 * MINUTE
"""What grows with days times accounts is counted seldom; in so short a time it changes by little."""


class Actives:
    """Counts of this process, by span."""

    def __init__(self, usage: UsageStore, clock: Clock) -> None:
        self._usage = usage
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[Millis, int]] = {}

    async def count(self, first: str, last: str) -> int:
        """Accounts with a record on these days, as of at most a minute ago, or ten if it is about several days.

        Raises StoreError.
        """
        now = self._clock.now()
        self._kept = {span: kept for span, kept in self._kept.items() if kept[0] + _life(span) > now}
        if (first, last) not in self._kept:
            until = _month_end(last) if first < last and last >= utc_date(now) else last
            self._kept[first, last] = now, await self._usage.active(first, until)
        return self._kept[first, last][1]


def _month_end(day: str) -> str:
    """Nothing is recorded of days to come: with them, the month is a whole one, whose accounts are counted at once."""
    begun = date.fromisoformat(day)
    return begun.replace(day=monthrange(begun.year, begun.month)[1]).isoformat()


def _life(span: tuple[str, str]) -> Millis:
    return DAY_KEPT if span[0] == span[1] else LONGER_KEPT
