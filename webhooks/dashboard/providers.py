"""Providers: how well they serve, how fast, for how much, and whether they are asked now."""

import asyncio
from collections.abc import Mapping

from fastapi import Request

from core.admin.figures import Figures
from core.admin.model import Actor
from core.app import App
from core.observe.model import NOBODY
from webhooks.dashboard import formats
from webhooks.dashboard.periods import period_of
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import Shown

COLUMNS = (
    Column("Provider"), Column("Now"), Column("Calls", True), Column("Failed", True), Column("Refused", True),
    Column("Half within", True), Column("95 % within", True), Column("Requests served", True), Column("Cost", True),
)  # fmt: skip
STATES = {
    "closed": ("available", "good"), "half-opened": ("being tried again", "warm"),
    "opened": ("left alone: too many failures", "bad"), "resting": ("left alone for now", "warm"),
}  # fmt: skip
TROUBLES = ("calls_retryable", "calls_fatal", "calls_unknown")
MUCH = 0.1
"""Of the calls, from which on failures are shown as trouble."""


class ProvidersPage:
    """What `app.reports` knows of each, and what any process has learnt about their health within an hour."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def show(self, request: Request, actor: Actor) -> Shown:
        period = period_of(request.query_params, self._app.clock)
        sums, states = await asyncio.gather(self._app.reports.sums(period.span), self._app.bulletin.now())
        lines, models = sums.lines(("provider",)), sums.lines(("provider", "model"))
        figures = {line.by["provider"]: line.figures for line in lines}
        served = {model.provider for model in self._app.catalogue.models}
        names = [*figures, *sorted(served - set(figures))]
        rows = [row(name, figures.get(name, Figures()), states) for name in names if name != NOBODY]
        by_model = [
            [Cell(line.by["model"] or "not noted", hint=line.by["provider"]), *_figures(line.figures)]
            for line in models
            if line.by["provider"] != NOBODY
        ]
        data = {
            "period": period,
            "providers": Table("Providers", COLUMNS, rows, "No provider is set up."),
            "models": Table("Models", (Column("Model"), *COLUMNS[2:]), by_model, "No model was asked in this time."),
            "unserved": figures.get(NOBODY, Figures()).count("requests"),
        }
        return Shown("providers", "Providers", data)


def failure_rate(figures: Figures) -> float:
    """Of its calls, those that failed: not those that it refused by its rules."""
    calls = figures.count("calls")
    return sum(max(0, figures.count(name)) for name in TROUBLES) / calls if calls else 0.0


def row(name: str, figures: Figures, states: Mapping[str, str]) -> list[Cell]:
    """`states`: what is known of the health of those that were in trouble."""
    said, tone = STATES.get(states.get(name, "closed"), (states.get(name, ""), "calm"))
    return [Cell(name), Cell(said, tone=tone), *_figures(figures)]


def _figures(figures: Figures) -> list[Cell]:
    calls, rate = figures.count("calls"), failure_rate(figures)
    speed = figures.latency("aiMs")
    refused = figures.count("calls_refused") / calls if calls else 0.0
    return [
        Cell(f"{calls:,}", value=calls), Cell(formats.percent(rate), tone="bad" if rate >= MUCH else None),
        Cell(formats.percent(refused)), Cell(formats.latency(speed.p50)), Cell(formats.latency(speed.p95)),
        Cell(f"{figures.count('requests'):,}", value=figures.count("requests")),
        Cell(formats.usd(figures.cost_nano), value=figures.cost_nano),
    ]  # fmt: skip
