"""The first page: money, use, credits and speed of a span, and what is in the works now."""

import asyncio
from collections.abc import Mapping

from fastapi import Request

from core.admin.figures import Figures, Queue, Stats
from core.admin.model import Actor
from core.app import App
from core.clock import Millis
from core.observe.model import LATENCIES
from webhooks.dashboard import charts, formats
from webhooks.dashboard.charts import Chart, Series
from webhooks.dashboard.periods import Period, period_of
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import Shown

SPEEDS = {
    "totalMs": "Whole request", "dbMs": "Database", "cacheReadMs": "Cache, read", "creditMs": "Credits",
    "aiMs": "Provider", "cacheWriteMs": "Cache, written",
}  # fmt: skip
ENDS = (("Done", "accent", "done"), ("Refused", "warm", "refused"), ("Failed", "bad", "failed"),
        ("Cancelled", "quiet", "cancelled"))  # fmt: skip
RATES = (("From the cache", "cached"), ("By a fallback", "fallback"), ("Refused", "refused"), ("Failed", "failed"))


class Overview:
    """The page at the dashboard's door."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def show(self, request: Request, actor: Actor) -> Shown:
        period = period_of(request.query_params, self._app.clock)
        reports = self._app.reports
        stats, queue = await asyncio.gather(reports.stats(period.span), reports.queue())
        return Shown("overview", "Overview", overview(stats, queue, period, self._app.clock.now()))


def overview(stats: Stats, queue: Queue, period: Period, now: Millis) -> dict[str, object]:
    """What the template shows."""
    asked = {line.by["operation"]: line.figures for line in stats.operations}
    labels = [formats.day_label(day, period.today) for day, _, _ in stats.days]
    waits = now - queue.oldest_queued_at if queue.oldest_queued_at is not None else None
    return {
        "period": period,
        "figures": stats.total,
        "books": stats.books,
        "kinds": kinds(stats.total.count("requests"), asked),
        "queue": queue,
        "waits": formats.duration(waits) if waits is not None else None,
        "charts": [
            money_chart(stats, labels),
            requests_chart(stats, labels),
            credits_chart(stats, labels),
            people_chart(stats, labels),
        ],
        "speeds": speeds(stats.total),
        "rates": [(label, stats.total.rate(name), stats.total.count(name)) for label, name in RATES],
    }


def kinds(requests: int, asked: Mapping[str, Figures]) -> str:
    """What people asked for, all of it: commands such as /balance are requests, too."""
    images, chats = (asked.get(name, Figures()).count("requests") for name in ("image", "chat"))
    others = max(0, requests - images - chats)
    return f"{images:,} images, {chats:,} chats{f', {others:,} others' if others else ''}"


def money_chart(stats: Stats, labels: list[str]) -> Chart:
    days = stats.days
    series = [
        Series("Earned", "accent", tuple(figures.earned_nano for _, figures, _ in days)),
        Series("Cost", "warm", tuple(figures.cost_nano for _, figures, _ in days)),
    ]
    return charts.lines("money", "Earned and cost", labels, series, formats.usd)


def requests_chart(stats: Stats, labels: list[str]) -> Chart:
    series = [
        Series(name, tone, tuple(figures.count(counter) for _, figures, _ in stats.days))
        for name, tone, counter in ENDS
    ]
    return charts.stacked("requests", "Requests", labels, series, formats.number)


def credits_chart(stats: Stats, labels: list[str]) -> Chart:
    series = [
        Series("Sold", "accent", tuple(books.sold for _, _, books in stats.days)),
        Series("Spent", "good", tuple(books.spent for _, _, books in stats.days)),
    ]
    return charts.grouped("credits", "Credits sold and spent", labels, series, formats.number)


def people_chart(stats: Stats, labels: list[str]) -> Chart:
    series = [Series("Active", "accent", tuple(books.active for _, _, books in stats.days))]
    return charts.stacked("people", "Active accounts", labels, series, formats.number)


def speeds(total: Figures) -> Table:
    """The six latencies; a request that did not need a part is fast in it."""
    rows = []
    for name in LATENCIES:
        row = total.latency(name)
        rows.append([Cell(SPEEDS[name]), *map(Cell, formats.latencies(row))])
    columns = [Column("Part"), Column("Half are", True), Column("95 % are", True), Column("99 % are", True)]
    measured = rows if total.count("requests") else []
    return Table("How long requests take", columns, measured, "Nothing was measured.", is_narrow=True)
