"""Write down how each request went and what it cost: its usage record, and one log line with the 12 indicators."""

from core.accounts.model import Identity
from core.clock import Clock
from core.credits.worth import Worth
from core.errors import GenerationRefused, StoreError
from core.jobs.model import Job, JobState
from core.jobs.specs import ImageSpec
from core.log import logger
from core.observe.model import LATENCIES, NOBODY, CallCost, Indicators, Status, Usage
from core.observe.watching import Unwatched, Watcher
from core.stores.ports import UsageStore

STATUS_BY_STATE: dict[JobState, Status] = {
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class Recorder:
    """Records usage once per request id."""

    def __init__(self, store: UsageStore, clock: Clock, worth: Worth, watcher: Watcher | None = None) -> None:
        self._store = store
        self._clock = clock
        self._worth = worth
        self._watcher = watcher or Unwatched()

    async def request(
        self,
        request_id: str,
        account: str,
        identity: Identity,
        operation: str,
        indicators: Indicators,
        *,
        model: str | None = None,
        served: str | None = None,
    ) -> None:
        """Record a request that ended without a job. A record that cannot be saved is no reason to fail it.

        `served` is the model that gave the answer, if that is not the one that was asked for.
        """
        usage = Usage(
            request_id=request_id,
            account=account,
            platform=identity.platform,
            operation=operation,
            model=model,
            model_used=(served or model or NOBODY) if indicators.provider_used else NOBODY,
            at=self._clock.now(),
            earned=0,
            indicators=_summing(indicators),
        )
        try:
            await self._record(usage)
        except StoreError as error:
            logger().error("usage not recorded", requestId=request_id, errorName=error.code)

    async def job(self, job: Job, charged: int, parts: dict[str, float]) -> None:
        """Record an ended job. Its total runs from the request to its end, waiting in the queue included.

        Raises StoreError: the job then stays unsettled, and is recorded when the sweeper comes again.
        """
        result = job.result if job.state in (JobState.DONE, JobState.CANCELLED) else None
        indicators = Indicators(
            total_ms=float((job.finished_at or self._clock.now()) - job.created_at),
            status=_status_of(job),
            provider_used=result.provider if result else None,
            fallback_used=result.fallback_used if result else False,
            cached=result.cached if result else False,
            message_length=len(job.spec.prompt),
            error_name=job.failure.code if job.failure else None,
            **parts,
        )
        usage = Usage(
            request_id=job.request_id,
            account=job.account,
            platform=job.identity.platform,
            operation="image" if isinstance(job.spec, ImageSpec) else "chat",
            model=job.spec.model,
            model_used=result.model if result else NOBODY,
            at=self._clock.now(),
            credits=charged,
            pictures=len(result.pictures) if result else 0,
            calls=tuple(CallCost.of(attempt) for attempt in job.attempts),
            earned=self._worth.of(charged),
            indicators=_summing(indicators),
        )
        await self._record(usage)

    async def reconciled(self, job: Job, number: int) -> None:
        """Add what became known of a call, `job.attempts[number]`, after its job was recorded: once.

        Nothing is added while nothing is known. Nor when the record is not there: not yet, and then it will tell; or
        not any more, and then the sums keep what was unknown. Raises StoreError.
        """
        earlier, call = await self._store.get(job.request_id), CallCost.of(job.attempts[number])
        if earlier is None or number >= len(earlier.calls) or earlier.calls[number].outcome != "unknown":
            return
        if call.outcome == "unknown" and call.cost is None:
            return
        await self._record(earlier.addition(number, call))

    async def _record(self, usage: Usage) -> None:
        if await self._store.record(usage):
            self._watcher.recorded(usage)
            said = usage.indicators.model_dump(by_alias=True)
            logger().info(
                "request" if usage.requests else "call reconciled",
                requestId=usage.request_id,
                account=usage.account,
                operation=usage.operation,
                model=usage.model,
                credits=usage.credits,
                pictures=usage.pictures,
                cost=usage.cost,
                margin=usage.margin,
                **said,
            )


def _status_of(job: Job) -> Status:
    """A provider's rules turned it down: that is a refusal, even though it came after work had begun."""
    if job.failure is not None and job.failure.code == GenerationRefused.code:
        return "refused"
    return STATUS_BY_STATE[job.state]


def _summing(said: Indicators) -> Indicators:
    """Two clocks measured, one of instants and one of spans, and both were rounded: the whole is never less."""
    values = said.model_dump(by_alias=True)
    parts = sum(values[name] for name in LATENCIES if name != "totalMs")
    return said.model_copy(update={"total_ms": max(round(said.total_ms, 3), parts)})
