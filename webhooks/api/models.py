"""What the reports look like on the wire. Money of the operator is in nano-USD (10^-9 USD), revenue in minor units."""

from core.admin.figures import Books, Dimension, Figures, Line, Stats
from core.observe.model import LATENCIES
from webhooks.api.envelope import Body


class PercentilesBody(Body):
    """Milliseconds: upper bounds of histogram buckets; null when nothing was measured."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


class RatesBody(Body):
    """Of all requests, from 0 to 1."""

    cache_hit: float
    fallback: float
    refusal: float
    error: float


class FiguresBody(Body):
    """Sums. `costUnknown` and `earnedUnknown`: how many calls and requests `costNano` and `earnedNano` lack."""

    requests: int
    done: int
    refused: int
    failed: int
    cancelled: int
    cached: int
    fallback: int
    credits: int
    pictures: int
    calls: int
    tokens_input: int
    tokens_cached: int
    tokens_output: int
    cost_nano: int
    cost_unknown: int
    earned_nano: int
    earned_unknown: int
    margin_nano: int
    rates: RatesBody

    @classmethod
    def of(cls, figures: Figures) -> "FiguresBody":
        counted = {name: figures.count(name) for name in cls.model_fields if name not in ("margin_nano", "rates")}
        rates = RatesBody(
            cache_hit=figures.rate("cached"), fallback=figures.rate("fallback"), refusal=figures.rate("refused"),
            error=figures.rate("failed"),
        )  # fmt: skip
        return cls(**counted, margin_nano=figures.margin_nano, rates=rates)


class BooksBody(Body):
    """Credits, accounts and money. `outstanding` and `users` are as of the end; `revenue` is by currency."""

    granted: dict[str, int]
    sold: int
    spent: int
    taken_back: int
    lapsed: int
    outstanding: int
    revenue: dict[str, int]
    users: int
    newcomers: int
    active: int

    @classmethod
    def of(cls, books: Books) -> "BooksBody":
        return cls(**{name: getattr(books, name) for name in cls.model_fields})


class DayBody(Body):
    day: str
    figures: FiguresBody
    books: BooksBody


class LineBody(Body):
    """One line of a table of costs: what it is by, and its figures."""

    by: dict[Dimension, str]
    figures: FiguresBody


class CostRow(Body):
    """The same line in a table; what it is not by is empty."""

    day: str = ""
    account: str = ""
    provider: str = ""
    operation: str = ""
    model: str = ""
    figures: FiguresBody


class StatsBody(Body):
    """`first` and `last`: UTC days, both included. `operations`: the same figures by what was asked for."""

    first: str
    last: str
    total: FiguresBody
    books: BooksBody
    days: list[DayBody]
    operations: list[LineBody]


class LatenciesBody(Body):
    """The six latencies, by their name."""

    first: str
    last: str
    latencies: dict[str, PercentilesBody]


def line_body(line: Line) -> LineBody:
    return LineBody(by=dict(line.by), figures=FiguresBody.of(line.figures))


def cost_row(line: Line) -> CostRow:
    by: dict[str, str] = {str(name): value for name, value in line.by.items()}
    return CostRow(**by, figures=FiguresBody.of(line.figures))


def stats_body(stats: Stats) -> StatsBody:
    days = [
        DayBody(day=day, figures=FiguresBody.of(figures), books=BooksBody.of(books))
        for day, figures, books in stats.days
    ]
    return StatsBody(
        first=stats.span.first, last=stats.span.last, total=FiguresBody.of(stats.total),
        books=BooksBody.of(stats.books), days=days, operations=[line_body(line) for line in stats.operations],
    )  # fmt: skip


def percentiles(figures: Figures) -> dict[str, PercentilesBody]:
    rows = {name: figures.latency(name) for name in LATENCIES}
    return {name: PercentilesBody(count=row.count, p50=row.p50, p95=row.p95, p99=row.p99) for name, row in rows.items()}
