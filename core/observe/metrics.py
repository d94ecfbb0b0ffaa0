"""What Prometheus is told of this process: what it counted itself, in a registry of its own.

https://prometheus.io/docs/practices/naming/. No label has a person in it, and each has a bounded number of values.
"""

import platform
from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core import __version__
from core.admin.figures import Queue
from core.clock import SECOND, Millis
from core.credits.model import HOLD_ENDS, Bucket, Entry, Kind, Part
from core.observe.ledger_check import Checked
from core.observe.model import BUCKETS_MS, LATENCIES, CallCost, Usage
from core.observe.watching import Noticed

NANO = 1e-9
BUCKETS = tuple(bound / SECOND for bound in BUCKETS_MS)
PARTS = {name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name.removesuffix("Ms")) for name in LATENCIES}
"""`cacheReadMs` is the label `cache_read`."""
MOST_VALUES = 200
OTHER = "other"
BREAKER = ("closed", "opened", "half-opened", "resting")
CHANGES = {Kind.LAPSE: "expired", Kind.REVERSE: "reversed", Kind.RESTORE: "restored", Kind.GIVE: "given"}
"""What becomes of credits; holds, grants and adjustments have their own words."""


class Bounded:
    """A label's values, as they come; what comes after the first `most` of them is `other`."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str | None) -> str:
        name = value or "none"
        if name not in self._known and len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


class Metrics:
    """`Watcher` that counts. Whatever is not counted here but asked for is set by `core.observe.scrape`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operation, self._model, self._error = Bounded(), Bounded(), Bounded()
        self._requests_and_calls()
        self._credits_and_notices()
        self._standing()

    def _requests_and_calls(self) -> None:
        counter = partial(Counter, registry=self.registry)
        self._requests = counter(
            "easel_requests_total", "Requests that ended.", ("operation", "status", "platform")
        )  # fmt: skip
        self._errors = counter(
            "easel_request_errors_total", "Requests that ended with an error, by its code.", ("error",)
        )
        self._cached = counter("easel_requests_cached_total", "Requests answered from the cache.", ("operation",))
        self._fallback = counter("easel_requests_fallback_total", "Requests that a stand-in served.", ("operation",))
        self._latency = Histogram(
            "easel_request_latency_seconds", "Where the time of requests went; the part total is all of it.",
            ("part", "operation"), buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._pictures = counter("easel_pictures_total", "Pictures that were made.", ("model",))
        self._calls = counter("easel_provider_calls_total", "Calls of providers.", ("provider", "model", "outcome"))
        self._found = counter(
            "easel_provider_calls_reconciled_total", "Calls whose end was unknown and became known.",
            ("provider", "outcome"),
        )  # fmt: skip
        self._cost = counter("easel_cost_usd_total", "What calls of providers cost.", ("provider", "model"))
        self._cost_unknown = counter(
            "easel_cost_unknown_total", "Calls of providers whose cost is not known.", ("provider", "model")
        )
        self._earned = counter("easel_earned_usd_total", "What the charged credits are worth.", ("operation", "model"))

    def _credits_and_notices(self) -> None:
        counter = partial(Counter, registry=self.registry)
        self._credits = counter("easel_credits_total", "Credits by what became of them.", ("change",))
        self._granted = counter("easel_credits_granted_total", "Credits that were given, by origin.", ("origin",))
        self._notices = counter("easel_webhooks_total", "Notices of payment gateways.", ("gateway", "outcome"))

    def _standing(self) -> None:
        gauge = partial(Gauge, registry=self.registry)
        self._database = gauge("easel_database_up", "Whether the database answered when this was asked.")
        self._jobs = gauge("easel_jobs", "Jobs in the works, of all processes.", ("state",))
        self._oldest = gauge("easel_jobs_oldest_queued_age_seconds", "For how long the oldest queued job has waited.")
        self._undelivered = gauge("easel_jobs_undelivered", "Results that were not delivered yet.")
        self._unsettled = gauge("easel_jobs_unsettled", "Ended jobs whose credits were not settled yet.")
        self._breaker = gauge("easel_provider_breaker", "1 for the state of a provider.", ("provider", "state"))
        self._problems = gauge("easel_ledger_problems", "Broken invariants that the last check of the books found.")
        self._checked = gauge("easel_ledger_checked_timestamp_seconds", "When the books were last checked; 0: never.")
        self._entries = gauge("easel_ledger_entries", "Entries that the last check of the books read.")
        self._push = gauge("easel_events_push_failures", "How often in a row events for your program were not taken.")
        build = gauge("easel_build_info", "Always 1.", ("version", "python"))
        build.labels(__version__, platform.python_version()).set(1)

    def recorded(self, usage: Usage) -> None:
        for call in usage.calls:
            self._called(call, is_news=bool(usage.requests))
        if not usage.requests:
            return
        said, operation = usage.indicators, self._operation(usage.operation)
        self._requests.labels(operation, said.status, usage.platform).inc()
        if said.error_name:
            self._errors.labels(self._error(said.error_name)).inc()
        self._cached.labels(operation).inc(int(said.cached))
        self._fallback.labels(operation).inc(int(said.fallback_used))
        values = said.model_dump(by_alias=True)
        for name, part in PARTS.items():
            self._latency.labels(part, operation).observe(values[name] / SECOND)
        model = self._model(usage.model_used)
        self._pictures.labels(model).inc(usage.pictures)
        self._earned.labels(operation, model).inc((usage.earned or 0) * NANO)

    def _called(self, call: CallCost, *, is_news: bool) -> None:
        """A call that is no news was counted when its end was unknown."""
        provider, model = call.provider, self._model(call.model)
        if is_news:
            self._calls.labels(provider, model, call.outcome).inc()
        else:
            self._found.labels(provider, call.outcome).inc()
        self._cost.labels(provider, model).inc((call.cost or 0) * NANO)
        self._cost_unknown.labels(provider, model).inc(int(is_news and call.cost is None))

    def entered(self, entry: Entry) -> None:
        if entry.kind is Kind.GRANT:
            for lot in entry.lots:
                self._granted.labels(lot.origin.name.lower()).inc(lot.granted)
        elif entry.kind is Kind.ADJUST:
            self._credits.labels("added" if entry.amount > 0 else "revoked").inc(abs(entry.amount))
        elif entry.kind in CHANGES:
            self._credits.labels(CHANGES[entry.kind]).inc(abs(entry.amount))
        elif entry.kind is Kind.HOLD or entry.kind in HOLD_ENDS:
            for part in entry.parts:
                if change := _held(part):
                    self._credits.labels(change).inc(part.amount)

    def noticed(self, gateway: str, outcome: Noticed) -> None:
        self._notices.labels(gateway, outcome).inc()

    def standing(self, queue: Queue, checked: Checked | None, now: Millis) -> None:
        """What the database says of all processes."""
        self._database.set(1)
        self._jobs.labels("queued").set(queue.queued)
        self._jobs.labels("running").set(queue.running)
        self._undelivered.set(queue.undelivered)
        self._unsettled.set(queue.unsettled)
        waited = now - queue.oldest_queued_at if queue.oldest_queued_at is not None else 0
        self._oldest.set(max(waited, 0) / SECOND)
        self._problems.set(checked.problems if checked else 0)
        self._checked.set(checked.at / SECOND if checked else 0)
        self._entries.set(checked.entries if checked else 0)

    def pushed(self, refused: int) -> None:
        """How often in a row the operator's program has not taken the events."""
        self._push.set(refused)

    def without_database(self) -> None:
        self._database.set(0)

    def providers(self, states: Mapping[str, str]) -> None:
        """Each provider's state, as this process sees it."""
        for provider, now in states.items():
            for state in BREAKER:
                self._breaker.labels(provider, state).set(int(state == now))


def _held(part: Part) -> str:
    """What becomes of credits by a hold and its end; nothing where they repay a debt."""
    if part.target is Bucket.HELD:
        return "held"
    if part.source is Bucket.HELD:
        return "charged" if part.target is Bucket.SPENT else "released"
    return ""
