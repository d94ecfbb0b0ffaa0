"""What the reports say, as values: the same ones are shown in a chat, by the API and on the dashboard.

Money of the operator is in nano-USD (10^-9 USD), money of buyers in minor units by currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.observe.model import BUCKETS_MS

Dimension = Literal["day", "account", "provider", "operation", "model"]
DIMENSIONS: tuple[Dimension, ...] = ("day", "account", "provider", "operation", "model")


@dataclass(frozen=True, slots=True)
class Span:
    """UTC days, both included, as `YYYY-MM-DD`."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Only what is of these; None: all."""

    account: str | None = None
    provider: str | None = None
    operation: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds, as far as a histogram tells: the upper bound of the bucket, None when nothing was measured."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of a day, or of whatever else they are by. Rates are of all requests, from 0 to 1.

    `cost_unknown` and `earned_unknown`: how many calls and requests are missing in `cost_nano` and `earned_nano`.
    """

    counters: Mapping[str, int] = field(default_factory=dict)
    histograms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        return self.counters.get(name, 0)

    def rate(self, name: str) -> float:
        return self.count(name) / self.count("requests") if self.count("requests") else 0.0

    @property
    def cost_nano(self) -> int:
        return self.count("cost_nano")

    @property
    def earned_nano(self) -> int:
        return self.count("earned_nano")

    @property
    def margin_nano(self) -> int:
        return self.earned_nano - self.cost_nano

    def latency(self, name: str) -> Percentiles:
        """Of one of the six latencies, by its name on the wire, such as `totalMs`."""
        row = self.histograms.get(name, ())
        count = sum(row)
        if not count:
            return Percentiles()
        return Percentiles(count, _bound(row, count * 0.5), _bound(row, count * 0.95), _bound(row, count * 0.99))


def _bound(row: tuple[int, ...], rank: float) -> float:
    seen = 0
    for number, count in enumerate(row):
        seen += count
        if seen >= rank:
            return float(BUCKETS_MS[min(number, len(BUCKETS_MS) - 1)])
    return float(BUCKETS_MS[-1])


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of costs: what it is by, dimension by dimension, and its figures."""

    by: Mapping[Dimension, str]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Books:
    """What happened to credits, accounts and money in a day or a span.

    `outstanding` and `users` are as of its end; `granted` is by origin (free, subscription, promo, paid), `taken_back`
    are credits that refunds, disputes and admins took. `revenue` is by currency, refunds subtracted; `active` is how
    many accounts asked for something.
    """

    granted: Mapping[str, int] = field(default_factory=dict)
    spent: int = 0
    taken_back: int = 0
    lapsed: int = 0
    outstanding: int = 0
    revenue: Mapping[str, int] = field(default_factory=dict)
    users: int = 0
    newcomers: int = 0
    active: int = 0

    @property
    def sold(self) -> int:
        return self.granted.get("paid", 0) + self.granted.get("subscription", 0)


@dataclass(frozen=True, slots=True)
class Stats:
    """A span at a glance: its sums, the same day by day (days without anything are there, too), and by operation."""

    span: Span
    total: Figures
    books: Books
    days: tuple[tuple[str, Figures, Books], ...]
    operations: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What is in the works right now. `oldest_queued_at`: Millis."""

    queued: int = 0
    running: int = 0
    undelivered: int = 0
    unsettled: int = 0
    oldest_queued_at: int | None = None
