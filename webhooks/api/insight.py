"""Reports over the API: the same numbers as in the chats and on the dashboard."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.admin.figures import Dimension, Filter
from webhooks.api.envelope import Answer, answer
from webhooks.api.guard import core_of
from webhooks.api.listing import SHEET, Format
from webhooks.api.models import (
    CostRow,
    DayBody,
    LatenciesBody,
    LineBody,
    StatsBody,
    cost_row,
    line_body,
    percentiles,
    stats_body,
)
from webhooks.api.sheets import once, sheet
from webhooks.api.spans import From, To, span_of

MAX_LINES = 200
Only = Annotated[str | None, Query(max_length=100)]
By = Annotated[list[Dimension], Query(description="what the lines are by; several may be given", max_length=5)]


def add_to(routes: APIRouter) -> None:
    """What reads sums."""
    routes.add_api_route(
        "/stats", stats, name="stats", methods=["GET"], response_model=Answer[StatsBody], responses=SHEET
    )
    routes.add_api_route(
        "/costs", costs, name="costs", methods=["GET"], response_model=Answer[list[LineBody]], responses=SHEET
    )
    routes.add_api_route("/latencies", latencies, name="costs", methods=["GET"])


async def stats(
    request: Request, first: From = None, last: To = None, format: Format = "json"
) -> Answer[StatsBody] | Response:
    """Users, credits, requests, money and rates of a span, and day by day. As CSV: the days."""
    app = core_of(request)
    span = span_of(first, last, app.clock)
    body = stats_body(await app.reports.stats(span))
    return answer(body, request) if format == "json" else sheet("stats", DayBody, once(body.days))


async def costs(
    request: Request, first: From = None, last: To = None, by: By = ["provider", "model"],  # noqa: B006  # FastAPI copies the default, and nobody changes it
    account: Only = None, provider: Only = None, operation: Only = None, model: Only = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LINES)] = MAX_LINES, format: Format = "json",
) -> Answer[list[LineBody]] | Response:  # fmt: skip
    """What was asked for, what it cost and what it earned, the dearest first."""
    app = core_of(request)
    span, only = span_of(first, last, app.clock), Filter(account, provider, operation, model)
    lines = await app.reports.costs(span, tuple(dict.fromkeys(by)), only, limit)
    if format == "csv":
        return sheet("costs", CostRow, once([cost_row(line) for line in lines]))
    return answer([line_body(line) for line in lines], request)


async def latencies(
    request: Request, first: From = None, last: To = None, account: Only = None, provider: Only = None,
    operation: Only = None, model: Only = None,
) -> Answer[LatenciesBody]:  # fmt: skip
    """The percentiles of all six latencies."""
    app = core_of(request)
    span = span_of(first, last, app.clock)
    total = await app.reports.total(span, Filter(account, provider, operation, model))
    return answer(LatenciesBody(first=span.first, last=span.last, latencies=percentiles(total)), request)
