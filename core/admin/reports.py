"""What an operator wants to know, from sums that are kept: a report costs days, not requests or accounts.

Who is among the dearest accounts of a span is decided by the months that it touches; what they cost in it is exact.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.admin.books import Bookkeeper, days_of
from core.admin.figures import Books, Dimension, Figures, Filter, Line, Queue, Span, Stats
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
        by_day: dict[str, list[Rollup]] = {}
        for row in await self._stores.usage.totals(span.first, span.last):
            by_day.setdefault(row.day, []).append(row)
        books = await self._books.days(span.first, span.last)
        active = await self._books.actives.count(span.first, span.last)
        days = tuple(
            (day, _figures(by_day.get(day, [])), books.get(day, Books())) for day in days_of(span.first, span.last)
        )
        total = _figures(row for rows in by_day.values() for row in rows)
        return Stats(span, total, _together([books[day] for day in sorted(books)], active), days)

    async def total(self, span: Span, only: Filter = Filter()) -> Figures:  # noqa: B008  # frozen
        return _figures(row for row in await self._rows(span, only) if _is_meant(row, only))

    async def costs(
        self,
        span: Span,
        by: Sequence[Dimension],
        only: Filter = Filter(),  # noqa: B008  # frozen
        limit: int = 200,
    ) -> list[Line]:
        """Lines by these dimensions, the dearest first; in order of the days if "day" is the first of them."""
        if "account" in by and only.account is None:
            rows = await self._dearest(span, min(max(limit, FEW), ACCOUNTS_SHOWN))
        else:
            rows = await self._rows(span, only)
        groups: dict[tuple[str, ...], list[Rollup]] = {}
        for row in rows:
            if _is_meant(row, only):
                groups.setdefault(tuple(getattr(row, name) for name in by), []).append(row)
        lines = [Line(dict(zip(by, key, strict=True)), _figures(rows)) for key, rows in groups.items()]
        if by and by[0] == "day":
            lines.sort(key=lambda line: [line.by[name] for name in by])
        else:
            lines.sort(key=lambda line: (-line.figures.cost_nano, -line.figures.count("requests"), *line.by.values()))
        return lines[:limit]

    async def queue(self) -> Queue:
        return await self._stores.jobs.queue()

    async def _rows(self, span: Span, only: Filter) -> list[Rollup]:
        if only.account is None:
            return await self._stores.usage.totals(span.first, span.last)
        family = await self._stores.accounts.family(only.account)
        return _as_one(await self._stores.usage.of_days(family, span.first, span.last), only.account)

    async def _dearest(self, span: Span, limit: int) -> list[Rollup]:
        costs: Counter[str] = Counter()
        for month in sorted({day[:7] for day in days_of(span.first, span.last)}):
            for row in await self._stores.usage.dearest(month, limit):
                costs[row.account] += row.counters.get("cost_nano", 0)
        accounts = [account for account, _ in costs.most_common(limit)]
        return await self._stores.usage.of_days(accounts, span.first, span.last)


def _as_one(rows: list[Rollup], account: str) -> list[Rollup]:
    """Accounts that were merged are one now."""
    return [row.model_copy(update={"account": account}) for row in rows]


def _is_meant(row: Rollup, only: Filter) -> bool:
    wanted = ((only.provider, row.provider), (only.operation, row.operation), (only.model, row.model))
    return all(value is None or value == has for value, has in wanted)


def _figures(rows: Iterable[Rollup]) -> Figures:
    counters: dict[str, int] = {}
    histograms: dict[str, list[list[int]]] = {}
    for row in rows:
        for name, value in row.counters.items():
            counters[name] = counters.get(name, 0) + value
        for name, counts in row.histograms.items():
            histograms.setdefault(name, []).append(counts)
    sums = {name: tuple(map(sum, zip(*each, strict=True))) for name, each in histograms.items()}
    return Figures(counters, sums)


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
