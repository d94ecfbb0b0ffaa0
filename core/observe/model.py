"""One request's usage record with its 12 indicators, and the daily rollups that reports read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from core.clock import Millis

Status = Literal["done", "refused", "failed", "cancelled"]

LATENCIES = ("totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs")

BUCKETS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000)
"""Upper bounds of the latency histograms; one more bucket takes what is slower."""


class Indicators(BaseModel):
    """The 12 indicators of a request. Times in milliseconds; the parts never add up to more than `totalMs`."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    total_ms: float
    db_ms: float = 0.0
    cache_read_ms: float = 0.0
    credit_ms: float = 0.0
    ai_ms: float = 0.0
    cache_write_ms: float = 0.0
    status: Status
    provider_used: str | None = None
    fallback_used: bool = False
    cached: bool = False
    message_length: int = 0
    error_name: str | None = None


class Usage(BaseModel):
    """One request's record. Tokens and cost arrive with the providers that have them."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    account: str
    platform: str
    operation: str
    model: str | None = None
    at: Millis
    credits: int = 0
    pictures: int = 0
    indicators: Indicators


class Rollup(BaseModel):
    """A UTC day's counters and latency histograms of one account, provider and operation."""

    day: str
    account: str
    provider: str
    operation: str
    counters: dict[str, int] = {}
    histograms: dict[str, list[int]] = {}

    def add(self, usage: Usage) -> "Rollup":
        """This rollup with one more request in it."""
        said = usage.indicators
        counted = {
            "requests": 1,
            said.status: 1,
            "cached": int(said.cached),
            "fallback": int(said.fallback_used),
            "credits": usage.credits,
            "pictures": usage.pictures,
        }
        counters = {name: self.counters.get(name, 0) + counted.get(name, 0) for name in counted | self.counters}
        histograms = {name: list(row) for name, row in self.histograms.items()}
        values = said.model_dump(by_alias=True)
        for name in LATENCIES:
            row = histograms.setdefault(name, [0] * (len(BUCKETS_MS) + 1))
            row[bucket_of(values[name])] += 1
        return self.model_copy(update={"counters": counters, "histograms": histograms})


def bucket_of(milliseconds: float) -> int:
    """The index of the histogram bucket that a latency falls into."""
    return next((i for i, bound in enumerate(BUCKETS_MS) if milliseconds <= bound), len(BUCKETS_MS))
