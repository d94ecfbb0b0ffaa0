"""What one of many takes from MongoDB: a job to work on, a lease that has run out, a result to post."""

from collections.abc import AsyncIterator, Collection
from functools import partial

from pydantic import ValidationError

from core.clock import Millis
from core.jobs.changes import after_lost_lease, claimed, posting
from core.jobs.model import Job, JobState
from core.log import logger
from core.stores.mongo.database import MAX_LOST_RACES, Document
from core.stores.mongo.jobs.documents import JobDocuments, Versioned, job_of

CANDIDATES = 10


class TakingJobs(JobDocuments):
    """The verbs that find documents by themselves, and replace one if nobody else did."""

    async def claim(
        self, worker: str, now: Millis, lease_until: Millis, busy_models: Collection[str] = ()
    ) -> Job | None:
        queued: Document = {"state": JobState.QUEUED.value}
        if busy_models:
            queued["model"] = {"$nin": list(busy_models)}
        async for job, version in self._candidates(queued, [("turn_at", 1), ("_id", 1)]):
            mine = job.model_copy(update=claimed(job, worker, now, lease_until))
            if saved := await self._replace(mine, version):
                return saved
        return None

    async def expire_leases(self, now: Millis, max_attempts: int) -> int:
        query = {"state": JobState.RUNNING.value, "lease_until": {"$lte": now}}
        expired = 0
        for job in await self._all(self._jobs.find(query)):
            changed = await self.change(
                job.id, partial(_has_expired, now), lambda stored: after_lost_lease(stored, now, max_attempts)
            )
            expired += changed is not None
        return expired

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        due: Document = {"next_delivery_at": {"$lte": now}, "settle_at": None}
        if job is not None:
            due["_id"] = job
        async for found, version in self._candidates(due, [("next_delivery_at", 1)]):
            if saved := await self._replace(found.model_copy(update=posting(found, until)), version):
                return saved
        return None

    async def _candidates(self, query: Document, order: list[tuple[str, int]]) -> AsyncIterator[Versioned]:
        """The first documents in this order, again as long as all of them were taken by others."""
        for _ in range(MAX_LOST_RACES):
            found = await self._database.all(self._jobs.find(query).sort(order).limit(CANDIDATES))
            readable = [(job, each["version"]) for each in found if (job := _readable(each))]
            if not readable:
                return
            for candidate in readable:
                yield candidate


def _readable(found: Document) -> Job | None:
    try:
        return job_of(found)
    except ValidationError as error:
        logger().error("job cannot be read", job=found["_id"], detail=str(error)[:200])
        return None


def _has_expired(now: Millis, stored: Job) -> bool:
    return stored.state is JobState.RUNNING and stored.lease_until is not None and stored.lease_until <= now
