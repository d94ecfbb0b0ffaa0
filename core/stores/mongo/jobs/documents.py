"""One job as a document of MongoDB: written, read, changed, removed."""

from typing import Any

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.errors import StoreBusy
from core.jobs.model import OPEN_STATES, Job
from core.stores.changing import Changes, ChangingJobs, Guard
from core.stores.mongo.database import MAX_LOST_RACES, Document, MongoDatabase

OPEN = {"$in": [state.value for state in OPEN_STATES]}
Versioned = tuple[Job, int]


class JobDocuments(ChangingJobs):
    """The verbs of one document. Each replaces the version that it has read, or reads again."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._jobs = database.collection("jobs")

    async def create(self, job: Job) -> Job:
        try:
            await self._database.run(self._jobs.insert_one(document_of(job, 1)))
        except DuplicateKeyError:
            return await self.get(job.id) or job
        return job

    async def get(self, job: str) -> Job | None:
        found = await self._find(job)
        return found[0] if found else None

    async def change(self, job: str, guard: Guard, changes: Changes) -> Job | None:
        for _ in range(MAX_LOST_RACES):
            found = await self._find(job)
            if found is None or not guard(found[0]):
                return None
            if saved := await self._replace(found[0].model_copy(update=changes(found[0])), found[1]):
                return saved
        raise StoreBusy

    async def discard(self, job: str) -> None:
        await self._database.run(self._jobs.delete_one({"_id": job, "abandoned": True}))

    async def blank(self, job: str, now: Millis) -> bool:
        for _ in range(MAX_LOST_RACES):
            found = await self._find(job)
            if found is None or not found[0].is_blankable(now):
                return found is None
            if await self._replace(found[0].blank(), found[1]):
                return True
        raise StoreBusy

    async def _find(self, job: str) -> Versioned | None:
        found = await self._database.run(self._jobs.find_one({"_id": job}))
        return (job_of(found), found["version"]) if found else None

    async def _replace(self, job: Job, version: int) -> Job | None:
        """Save the job if it still is of this version."""
        query = {"_id": job.id, "version": version}
        saved = await self._database.run(self._jobs.replace_one(query, document_of(job, version + 1)))
        return job if saved.matched_count else None

    # --- helpers of the looks ----------------------------------------------------------------------------

    async def _count(self, query: Document) -> int:
        return await self._database.run(self._jobs.count_documents(query))

    async def _all(self, cursor: Any) -> list[Job]:
        return [job_of(found) for found in await self._database.all(cursor)]


def document_of(job: Job, version: int) -> Document:
    """A job as it is stored: the whole as JSON, and beside it what is searched for."""
    return {
        "_id": job.id, "version": version, "account": job.account, "kind": job.spec.kind, "model": job.spec.model,
        "state": job.state.value, "created_at": job.created_at, "turn_at": job.turn_at,
        "finished_at": job.finished_at, "lease_until": job.lease_until, "hold_expires_at": job.hold_expires_at,
        "settle_at": job.settle_at, "next_delivery_at": job.next_delivery_at, "blanked": job.blanked,
        "abandoned": job.is_abandoned, "conversation": job.conversation, "reply_key": job.reply_key,
        "reconcile_at": job.reconcile_at,
        "fallback": job.result is not None and job.result.fallback_used,
        "cached": job.result is not None and job.result.cached, "doc": job.model_dump_json(),
    }  # fmt: skip


def job_of(found: Document) -> Job:
    """The job of a document as it is stored."""
    return Job.model_validate_json(found["doc"])
