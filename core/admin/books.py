"""The books of a day: credits given, spent and outstanding, money that came in, accounts that are new or active.

A day that is over is added up once, kept, and never read again. Crash table of closing a day:
  before its document is saved   nothing is kept; whoever asks next adds it up
  after                          it is there; of two processes at once one saves it, and both have the same sums
A day is closed some minutes after its end, so that what a slow process wrote in its last moments is in it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.admin.actives import Actives
from core.admin.figures import Books
from core.admin.journal import PURCHASE, REFUND
from core.clock import DAY, MINUTE, Clock, Millis, utc_date
from core.credits.model import Kind
from core.stores.ports import Stores, Sum

LATE: Millis = 10 * MINUTE
RECENT: Millis = 2 * MINUTE
"""What is older than this has been written by everybody who is going to."""
STEP: Millis = MINUTE
"""So much at least is remembered at a time: it is a second read beside that of what is newer."""
SPENDING = frozenset({Kind.SETTLE})
LAPSING = frozenset({Kind.LAPSE, Kind.RELEASE, Kind.EXPIRE})
TAKING = frozenset({Kind.REVERSE, Kind.RESTORE, Kind.ADJUST})


class Day(BaseModel):
    """Sums of a day or of a part of it. `change`: of all entries together. `outstanding` and `users`: at its end."""

    model_config = ConfigDict(frozen=True)

    granted: dict[str, int] = {}
    spent: int = 0
    lapsed: int = 0
    taken_back: int = 0
    change: int = 0
    revenue: dict[str, int] = {}
    newcomers: int = 0
    active: int = 0
    outstanding: int = 0
    users: int = 0

    def plus(self, later: "Day") -> "Day":
        return Day(
            granted=_added(self.granted, later.granted), spent=self.spent + later.spent,
            lapsed=self.lapsed + later.lapsed, taken_back=self.taken_back + later.taken_back,
            change=self.change + later.change, revenue=_added(self.revenue, later.revenue),
            newcomers=self.newcomers + later.newcomers,
        )  # fmt: skip

    def after(self, before: "Day", active: int) -> "Day":
        """The whole day, which follows on that one."""
        ends = {
            "outstanding": before.outstanding + self.change, "users": before.users + self.newcomers, "active": active
        }  # fmt: skip
        return self.model_copy(update=ends)

    def books(self) -> Books:
        return Books(
            self.granted, self.spent, self.taken_back, self.lapsed, self.outstanding, self.revenue, self.users,
            self.newcomers, self.active,
        )  # fmt: skip


class Bookkeeper:
    """Adds up days. Numbers of today are of this moment."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self.actives = Actives(stores.usage, clock)
        self._closed: dict[str, Day] = {}
        self._begun: dict[str, tuple[Millis, Day]] = {}
        self._lock = asyncio.Lock()

    async def days(self, first: str, last: str) -> dict[str, Books]:
        """The books of these UTC days, as far as there have been any. Raises StoreError."""
        async with self._lock:
            open_days = await self._close()
            today, found = utc_date(self._clock.now()), dict[str, Books]()
            for day in days_of(first, min(last, today)):
                if day in self._closed:
                    found[day] = self._closed[day].books()
            before = self._closed[max(self._closed)] if self._closed else None
            for day in open_days:
                # as in `_close`, the first day of all has whatever was before it, and only that one
                whole = await self._live(day, _start(day) if before else 0)
                before = whole.after(before or Day(), await self.actives.count(day, day))
                if first <= day <= last:
                    found[day] = before.books()
            return found

    async def close(self) -> None:
        """Add up and keep the days that are over. Raises StoreError."""
        async with self._lock:
            await self._close()

    async def _close(self) -> list[str]:
        """The days that are still open: today, and for some minutes yesterday."""
        now = self._clock.now()
        last = utc_date(now - LATE - DAY)
        known = max(self._closed, default="")
        if known >= last:
            return days_of(_next(known), utc_date(now))
        for day, (_, doc) in (await self._stores.books.days(known, last)).items():
            self._closed[day] = Day.model_validate_json(doc)
        start = _next(max(self._closed)) if self._closed else await self._first_day()
        for day in days_of(start, last):
            previous = self._closed.get(_previous(day))
            since = _start(day) if previous else 0  # the first day has whatever was before it, too
            whole = await self._sums(since, _start(day) + DAY)
            self._closed[day] = whole.after(previous or Day(), await self._stores.usage.active(day, day))
            await self._stores.books.put(day, self._closed[day].model_dump_json(), 0)
            self._begun.pop(day, None)
        return days_of(_next(max(self._closed)) if self._closed else start, utc_date(now))

    async def _first_day(self) -> str:
        """When the first account came."""
        oldest = await self._stores.accounts.independent("", 1)
        account = await self._stores.accounts.get(oldest[0]) if oldest else None
        return utc_date(account.created_at if account else self._clock.now())

    async def _live(self, day: str, begins: Millis) -> Day:
        """What is older than some minutes is added up once, and what is newer each time."""
        now, end = self._clock.now(), _start(day) + DAY
        since, sums = self._begun.get(day) or (begins, Day())
        settled = min(end, now - RECENT)
        if settled < since + STEP:
            return sums.plus(await self._sums(since, min(end, now + 1)))
        older, newer = await asyncio.gather(self._sums(since, settled), self._sums(settled, min(end, now + 1)))
        self._begun[day] = settled, sums.plus(older)
        return sums.plus(older).plus(newer)

    async def _sums(self, first: Millis, until: Millis) -> Day:
        if until <= first:
            return Day()
        sums, revenue, newcomers = await asyncio.gather(
            self._stores.ledger.sums(first, until),
            self._revenue(first, until),
            self._stores.accounts.created(first, until),
        )
        return Day(
            granted={
                each.origin.name.lower(): each.amount for each in sums if each.kind is Kind.GRANT and each.origin
            },
            spent=-_of(sums, SPENDING), lapsed=-_of(sums, LAPSING), taken_back=-_of(sums, TAKING),
            change=sum(each.amount for each in sums), revenue=revenue, newcomers=newcomers,
        )  # fmt: skip

    async def _revenue(self, first: Millis, until: Millis) -> dict[str, int]:
        money: Counter[str] = Counter()
        for event in await self._stores.events.of_kinds([PURCHASE, REFUND], first, until):
            amount, currency = event.data.get("amount"), event.data.get("currency")
            if isinstance(amount, int) and isinstance(currency, str):
                money[currency] += amount if event.kind == PURCHASE else -amount
        return dict(money)


def days_of(first: str, last: str) -> list[str]:
    """UTC days from one to another, both included."""
    return list(_days(first, last))


def _days(first: str, last: str) -> Iterator[str]:
    day = first
    while day <= last:
        yield day
        day = _next(day)


def _next(day: str) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()


def _previous(day: str) -> str:
    return (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()


def _start(day: str) -> Millis:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000


def _of(sums: list[Sum], kinds: frozenset[Kind]) -> int:
    return sum(each.amount for each in sums if each.kind in kinds)


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
