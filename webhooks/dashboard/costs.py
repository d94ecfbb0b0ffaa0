"""What was asked for, what it cost and what it earned: by whom, by what, and day by day."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from fastapi import Request

from core.accounts.model import Identity
from core.admin.figures import Dimension, Filter, Line, Span
from core.admin.model import Actor
from core.admin.sums import Sums
from core.app import App
from core.errors import NotFound
from core.observe.model import NOBODY
from webhooks.dashboard import charts, formats
from webhooks.dashboard.charts import Chart, Series
from webhooks.dashboard.names import account_cell, names_of
from webhooks.dashboard.periods import Period, period_of
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, Choice, Shown, chosen

PATH = f"{ADMIN}/costs"
BY = (
    ("model", "Model"), ("provider", "Provider"), ("operation", "Operation"), ("account", "Account"), ("day", "Day"),
    ("provider,model", "Provider and model"), ("account,model", "Account and model"), ("day,model", "Day and model"),
    ("day,provider,operation", "Day, provider and operation"),
)  # fmt: skip
NAMES: dict[Dimension, str] = {
    "day": "Day", "account": "Account", "provider": "Provider", "operation": "Operation", "model": "Model",
}  # fmt: skip
TONES = ("accent", "warm", "good", "bad")
OTHERS = "Others"
LINES, ACCOUNTS = 200, 20
"""How many lines are shown: of accounts only the dearest, as each of them is read day by day."""
ALL = ("", "All")


class Costs:
    """The page of costs. Its numbers are those of `app.reports.costs`, with the same filters."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def show(self, request: Request, actor: Actor) -> Shown:
        query = dict(request.query_params)
        period, by = period_of(query, self._app.clock), chosen(query, "by", "By", BY)
        only = await self._filter(query)
        dimensions = dimensions_of(by.chosen)
        everybody, meant, of_lines = await self._read(period.span, dimensions, only)
        lines = of_lines.lines(dimensions, only, ACCOUNTS if of_lines is not meant else LINES)
        days = meant.lines(("day", _split(dimensions)), only, limit=100_000)
        every = everybody.lines(("provider", "model", "operation"))
        data = {
            "period": period,
            "figures": meant.total(only),
            "choices_of": [by, *(_choice(query, every, name) for name in ("provider", "model", "operation"))],
            "account": query.get("account", ""),
            "chart_of": daily(days, _split(dimensions), period),
            "lines": table(lines, dimensions, await self._names(lines)),
        }
        return Shown("costs", "Costs", data)

    async def _read(self, span: Span, by: Sequence[Dimension], only: Filter) -> tuple[Sums, Sums, Sums]:
        """The sums of everybody, of whom the page is about, and of whom its lines are; each is read once."""
        reports = self._app.reports
        if only.account is not None:
            everybody, theirs = await asyncio.gather(reports.sums(span), reports.sums(span, only.account))
            return everybody, theirs, theirs
        if "account" in by:
            everybody, dearest = await asyncio.gather(reports.sums(span), reports.dearest(span, ACCOUNTS))
            return everybody, everybody, dearest
        everybody = await reports.sums(span)
        return everybody, everybody, everybody

    async def _filter(self, query: Mapping[str, str]) -> Filter:
        """Raises NotFound for an account that there is not."""
        account = query.get("account") or None
        if account and ":" in account:
            account = await self._account_of(account)
        return Filter(
            account, query.get("provider") or None, query.get("operation") or None, query.get("model") or None
        )

    async def _names(self, lines: list[Line]) -> dict[str, str]:
        return await names_of(self._app.stores.accounts, (line.by["account"] for line in lines if "account" in line.by))

    async def _account_of(self, text: str) -> str:
        try:
            found = await self._app.stores.accounts.find(Identity.parse(text))
        except ValueError:
            found = None
        if found is None:
            raise NotFound("There is no such account. It is an id, or a name such as discord:123.")
        return (await self._app.accounts.root(found)).id


def dimensions_of(text: str) -> tuple[Dimension, ...]:
    return tuple(name for part in text.split(",") for name in NAMES if name == part)


def daily(days: list[Line], by: Dimension, period: Period) -> Chart:
    """Cost of each day, by what costs most."""
    names = charts.days_of(period.span)
    sums: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for line in days:
        sums[line.by[by]] += line.figures.cost_nano
        cells[line.by[by], line.by["day"]] += line.figures.cost_nano
    dearest = [name for name, nano in sums.most_common(len(TONES)) if nano]
    series = [
        Series(name, tone, tuple(cells[name, day] for day in names)) for name, tone in zip(dearest, TONES, strict=False)
    ]
    rest = tuple(sum(cells[name, day] for name in sums if name not in dearest) for day in names)
    if any(rest):
        series.append(Series(OTHERS, "quiet", rest))
    labels = [formats.day_label(day, period.today) for day in names]
    return charts.stacked("daily", "Cost by day", labels, series, formats.usd)


def table(lines: list[Line], by: tuple[Dimension, ...], names: Mapping[str, str]) -> Table:
    """A line each, the dearest first. `names` of accounts by their ids."""
    columns = [Column(NAMES[name]) for name in by]
    columns += [
        Column(name, True) for name in ("Requests", "Tokens in", "Tokens out", "Pictures", "Cost", "Earned", "Margin")
    ]
    return Table(
        "Costs",
        columns,
        [_row(line, by, names) for line in lines],
        "Nothing was asked for in this time. Choose a longer one, or other filters.",
    )


def _row(line: Line, by: tuple[Dimension, ...], names: Mapping[str, str]) -> list[Cell]:
    figures = line.figures
    counts = [figures.count(name) for name in ("requests", "tokens_input", "tokens_output", "pictures")]
    unknown = figures.count("cost_unknown")
    loss = "bad" if figures.margin_nano < 0 else None
    return [
        *(_name(line, name, names) for name in by),
        *(Cell(formats.number(count), value=count) for count in counts),
        Cell(
            formats.usd(figures.cost_nano), value=figures.cost_nano,
            hint=f"and {unknown:,} {'call' if unknown == 1 else 'calls'} of unknown cost" if unknown else "",
        ),
        Cell(formats.usd(figures.earned_nano), value=figures.earned_nano),
        Cell(formats.usd(figures.margin_nano), value=figures.margin_nano, tone=loss),
    ]  # fmt: skip


def _name(line: Line, by: Dimension, names: Mapping[str, str]) -> Cell:
    name = line.by[by] or "not noted"
    if by == "account":
        return account_cell(name, names)
    return Cell("nobody", hint="served it") if name == NOBODY else Cell(name)


def _split(by: tuple[Dimension, ...]) -> Dimension:
    """What the columns of a day are made of. Accounts are too many for that."""
    return next((name for name in by if name not in ("day", "account")), "model")


def _choice(query: Mapping[str, str], every: list[Line], name: Dimension) -> Choice:
    """What was used in this time, and whatever the address asks for."""
    used = sorted({line.by[name] for line in every} | ({query[name]} if query.get(name) else set()))
    return Choice(name, NAMES[name], (ALL, *((value, value) for value in used if value)), query.get(name, ""))
