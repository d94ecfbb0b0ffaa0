"""Write down how each request went: its usage record, and one log line with the 12 indicators."""

from core.accounts.model import Identity
from core.clock import Clock
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
        credits: int = 0,
        pictures: int = 0,
    ) -> Usage:
        """Record a request that has ended."""
        usage = Usage(
            request_id=request_id, account=account, platform=identity.platform, operation=operation,
            model=model, at=self._clock.now(), credits=credits, pictures=pictures, indicators=indicators,
        )  # fmt: skip
        if await self._store.record(usage):
            said = indicators.model_dump(by_alias=True)
            logger().info(
                "request", requestId=request_id, account=account, operation=operation, model=model,
                credits=credits, pictures=pictures, **said,
            )  # fmt: skip
        return usage

    async def job(self, job: Job, charged: int, parts: dict[str, float]) -> Usage:
        """Record an ended job. Its total runs from the request to its end, waiting in the queue included."""
        finished = job.finished_at or self._clock.now()
        total = max(float(finished - job.created_at), sum(parts.values()))
        result = job.result
        indicators = Indicators(
            total_ms=round(total, 3),
            status=STATUS_BY_STATE[job.state],
            provider_used=result.provider if result else None,
            fallback_used=result.fallback_used if result else False,
            message_length=len(job.spec.prompt),
            error_name=job.failure.code if job.failure else None,
            **parts,
        )
        return await self.request(
            job.request_id, job.account, job.identity,
            "image" if isinstance(job.spec, ImageSpec) else "chat", indicators,
            model=job.spec.model, credits=charged, pictures=len(result.pictures) if result else 0,
        )  # fmt: skip
