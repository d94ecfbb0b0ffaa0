"""One request's usage record with its 12 indicators and what its provider calls cost, and the daily rollups."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from core.clock import Millis
from core.jobs.attempts import Attempt, Outcome, Tokens

Status = Literal["done", "refused", "failed", "cancelled"]
Key = tuple[str, str, str, str, str]

NOBODY = "none"
"""The provider, and the model, of a request that nobody served."""

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


class CallCost(BaseModel):
    """One provider call and what it cost the operator, in nano-USD: 0 when nothing was billed, None: not known.

    `served` is the model as the provider names it.
    """

    model_config = ConfigDict(frozen=True)

    provider: str
    model: str
    served: str | None = None
    outcome: Outcome
    tokens: Tokens | None = None
    pictures: int = 0
    cost: int | None = None

    @classmethod
    def of(cls, attempt: Attempt) -> "CallCost":
        """As it is known now. Whatever became of a call whose end nobody noted, it may have been billed.

        One that was cancelled counts as unknown as long as its provider can be asked.
        """
        ended = attempt.outcome is not None
        return cls(
            provider=attempt.provider, model=attempt.model, served=attempt.served,
            outcome="unknown" if attempt.is_lost else attempt.outcome or "unknown", tokens=attempt.tokens,
            pictures=attempt.pictures, cost=attempt.cost if ended else None,
        )  # fmt: skip


class Usage(BaseModel):
    """One request's record; or, with `requests` 0, what became known of a call later (see `addition`).

    `model` is the one that was asked for, `model_used` the one that served: NOBODY if none did, and "" in records from
    before that was noted. `earned`: what the charged credits are worth, in nano-USD; None: not known.
    """

    model_config = ConfigDict(frozen=True)

    request_id: str
    account: str
    platform: str
    operation: str
    model: str | None = None
    model_used: str = ""
    at: Millis
    requests: int = 1
    credits: int = 0
    pictures: int = 0
    calls: tuple[CallCost, ...] = ()
    earned: int | None = None
    indicators: Indicators

    @property
    def cost(self) -> int | None:
        """Nano-USD of all calls; None when one of them is not known."""
        costs = [call.cost for call in self.calls]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def margin(self) -> int | None:
        """What is left of what was earned, in nano-USD; None when either is not known."""
        return None if self.earned is None or self.cost is None else self.earned - self.cost

    def addition(self, number: int, call: CallCost) -> "Usage":
        """What became of this record's call of that number (from 0), whose end was unknown.

        It belongs to the same moment, so that in the sums it takes the place of what was unknown.
        """
        return self.model_copy(
            update={
                "request_id": f"{self.request_id}:call:{number}", "requests": 0, "credits": 0, "pictures": 0,
                "calls": (call,), "earned": 0,
                "indicators": Indicators(total_ms=0, status=self.indicators.status),
            }
        )  # fmt: skip


class Rollup(BaseModel):
    """A UTC day's sums of one account, provider, model and operation. `model` is "" in older ones.

    A request is counted where it was served: `requests`, one of `done`, `refused`, `failed` and `cancelled`, `cached`,
    `fallback`, `credits`, `pictures`, `earned_nano`, `earned_unknown`, and its latencies.
    A call is counted at whom it was made to: `calls`, one of `calls_done`, `calls_refused`, ..., `tokens_input`,
    `tokens_cached`, ..., `cost_nano`, and `cost_unknown`, the number of those whose cost is not known.
    """

    day: str
    account: str
    provider: str
    model: str = ""
    operation: str
    counters: dict[str, int] = {}
    histograms: dict[str, list[int]] = {}

    @property
    def key(self) -> Key:
        return self.day, self.account, self.provider, self.model, self.operation

    def plus(self, other: "Rollup") -> "Rollup":
        """Both together."""
        names = self.counters | other.counters
        counters = {name: self.counters.get(name, 0) + other.counters.get(name, 0) for name in names}
        histograms = dict(self.histograms)
        for name, row in other.histograms.items():
            mine = histograms.get(name, [0] * len(row))
            histograms[name] = [one + more for one, more in zip(mine, row, strict=True)]
        return self.model_copy(update={"counters": counters, "histograms": histograms})


def bucket_of(milliseconds: float) -> int:
    """The index of the histogram bucket that a latency falls into."""
    return next((i for i, bound in enumerate(BUCKETS_MS) if milliseconds <= bound), len(BUCKETS_MS))
