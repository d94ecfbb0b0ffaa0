"""What an operator wants to know, from sums that are kept: a report costs days, not requests or accounts.

Who is among the dearest accounts of a span is decided by the months that it touches; what they cost in it is exact.
What does not need another's answer is read side by side.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.admin.books import Bookkeeper, days_of
from core.admin.figures import Books, Dimension, Figures, Filter, Line, Queue, Span, Stats
from core.admin.sums import ALL, LINES, Sums
from core.observe.model import Rollup
from core.stores.ports import Stores

ACCOUNTS_SHOWN = 50
FEW = 20
"""So many are looked at at least, as a month's dearest accounts may not be those of a part of it."""


class Reports:
    """Reads; every method may raise StoreError."""

    def __init__(self, stores: Stores, books: Bookkeeper) -> None:
        self._stores = stores
        self._books = books

    async def stats(self, span: Span) -> Stats:
        """A span at a glance. How many were active in it may be some minutes old (`core.admin.actives`)."""
        sums, books, active = await asyncio.gather(
            self.sums(span),
            self._books.days(span.first, span.last),
            self._books.actives.count(span.first, span.last),
        )
        names = days_of(span.first, span.last)
        by_day = {line.by["day"]: line.figures for line in sums.lines(("day",), limit=len(names))}
        days = tuple((day, by_day.get(day, Figures()), books.get(day, Books())) for day in names)
        together = _together([books[day] for day in sorted(books)], active)
        return Stats(span, sums.total(), together, days, tuple(sums.lines(("operation",))))

    async def sums(self, span: Span, account: str | None = None) -> Sums:
        """Of all accounts together, or of one with all that were merged into it."""
        if account is None:
            return Sums(await self._stores.usage.totals(span.first, span.last))
        family = await self._stores.accounts.family(account)
        return Sums(_as_one(await self._stores.usage.of_days(family, span.first, span.last), account))

    async def dearest(self, span: Span, limit: int) -> Sums:
        """Of the accounts that cost most, at least FEW and at most ACCOUNTS_SHOWN of them."""
        limit, costs = min(max(limit, FEW), ACCOUNTS_SHOWN), Counter[str]()
        months = sorted({day[:7] for day in days_of(span.first, span.last)})
        for rows in await asyncio.gather(*(self._stores.usage.dearest(month, limit) for month in months)):
            for row in rows:
                costs[row.account] += row.counters.get("cost_nano", 0)
        accounts = [account for account, _ in costs.most_common(limit)]
        return Sums(await self._stores.usage.of_days(accounts, span.first, span.last))

    async def total(self, span: Span, only: Filter = ALL) -> Figures:
        return (await self.sums(span, only.account)).total(only)

    async def costs(self, span: Span, by: Sequence[Dimension], only: Filter = ALL, limit: int = LINES) -> list[Line]:
        """Lines by these dimensions, as `Sums.lines` has them."""
        is_of_many = "account" in by and only.account is None
        sums = await (self.dearest(span, limit) if is_of_many else self.sums(span, only.account))
        return sums.lines(by, only, limit)

    async def queue(self) -> Queue:
        return await self._stores.jobs.queue()


def _as_one(rows: list[Rollup], account: str) -> list[Rollup]:
    """Accounts that were merged are one now."""
    return [row.model_copy(update={"account": account}) for row in rows]


def _together(days: Sequence[Books], active: int) -> Books:
    if not days:
        return Books(active=active)
    return Books(
        _sum(day.granted for day in days), sum(day.spent for day in days), sum(day.taken_back for day in days),
        sum(day.lapsed for day in days), days[-1].outstanding, _sum(day.revenue for day in days), days[-1].users,
        sum(day.newcomers for day in days), active,
    )  # fmt: skip


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
