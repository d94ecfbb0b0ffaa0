"""Write down how each request went: its usage record, and one log line with the 12 indicators."""

from core.accounts.model import Identity
from core.clock import Clock
from core.errors import StoreError
from core.jobs.model import ImageSpec, Job, JobState
from core.log import logger
from core.observe.model import Indicators, Status, Usage
from core.stores.ports import UsageStore

STATUS_BY_STATE: dict[JobState, Status] = {
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class Recorder:
    """Records usage once per request id."""

    def __init__(self, store: UsageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def request(
        self,
        request_id: str,
        account: str,
        identity: Identity,
        operation: str,
        indicators: Indicators,
        *,
        model: str | None = None,
    ) -> None:
        """Record a request that ended without a job. A record that cannot be saved is no reason to fail it."""
        usage = Usage(
            request_id=request_id,
            account=account,
            platform=identity.platform,
            operation=operation,
            model=model,
            at=self._clock.now(),
            indicators=indicators,
        )
        try:
            await self._record(usage)
        except StoreError as error:
            logger().error("usage not recorded", requestId=request_id, errorName=error.code)

    async def job(self, job: Job, charged: int, parts: dict[str, float]) -> None:
        """Record an ended job. Its total runs from the request to its end, waiting in the queue included.

        Raises StoreError: the job then stays unsettled, and is recorded when the sweeper comes again.
        """
        finished = job.finished_at or self._clock.now()
        total = max(float(finished - job.created_at), sum(parts.values()))
        result = job.result
        indicators = Indicators(
            total_ms=round(total, 3),
            status=STATUS_BY_STATE[job.state],
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
            at=self._clock.now(),
            credits=charged,
            pictures=len(result.pictures) if result else 0,
            indicators=indicators,
        )
        await self._record(usage)

    async def _record(self, usage: Usage) -> None:
        if await self._store.record(usage):
            said = usage.indicators.model_dump(by_alias=True)
            logger().info(
                "request",
                requestId=usage.request_id,
                account=usage.account,
                operation=usage.operation,
                model=usage.model,
                credits=usage.credits,
                pictures=usage.pictures,
                **said,
            )
