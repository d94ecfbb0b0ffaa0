"""What is looked for among the jobs in MongoDB: by the sweeper, for a wait or an answer, and for lists and reports."""

import asyncio
from collections.abc import Collection

from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.jobs.model import Job, JobState
from core.stores.mongo.database import Document, newest
from core.stores.mongo.jobs.documents import OPEN, JobDocuments


class LookingJobs(JobDocuments):
    """The verbs that change nothing."""

    # --- what is to be driven on -------------------------------------------------------------------------

    async def accepting_since(self, before: Millis) -> list[Job]:
        query = {"state": JobState.ACCEPTING.value, "created_at": {"$lte": before}}
        return await self._all(self._jobs.find(query))

    async def overdue(self, now: Millis) -> list[Job]:
        return await self._all(self._jobs.find({"state": OPEN, "hold_expires_at": {"$lte": now}}))

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        return await self._all(self._jobs.find({"settle_at": {"$lte": now}}).sort("settle_at", 1).limit(limit))

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        return await self._all(self._jobs.find({"reconcile_at": {"$lte": now}}).sort("reconcile_at", 1).limit(limit))

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        query = {"finished_at": {"$lt": before}, "settle_at": None, "blanked": False}
        return await self._all(self._jobs.find(query).sort("finished_at", 1).limit(limit))

    async def accounts(self) -> list[str]:
        return await self._database.values(self._jobs, "account")

    # --- a wait, an answer, a conversation ---------------------------------------------------------------

    async def open_before(self, job: Job) -> int:
        query = {"account": job.account, "state": OPEN} | _before("created_at", job.created_at, job.id)
        return await self._count(query)

    async def ahead(self, job: Job) -> int:
        query = {"state": JobState.QUEUED.value} | _before("turn_at", job.turn_at, job.id)
        return await self._count(query)

    async def recent_durations(self, kind: str, limit: int) -> list[Millis]:
        query = {"kind": kind, "state": JobState.DONE.value, "cached": {"$ne": True}}
        jobs = await self._all(self._jobs.find(query).sort("finished_at", -1).limit(limit))
        return [job.finished_at - job.started_at for job in jobs if job.finished_at and job.started_at]

    async def asking(self, account: str, reply_key: str) -> Job | None:
        query = {"account": account, "reply_key": reply_key, "state": OPEN}
        return next(iter(await self._all(self._jobs.find(query).sort([("created_at", 1), ("_id", 1)]).limit(1))), None)

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        query = {
            "account": account, "reply_key": reply_key, "finished_at": {"$gte": since},
            "state": JobState.DONE.value, "fallback": False, "cached": {"$ne": True},
        }  # fmt: skip
        return next(iter(await self._all(self._jobs.find(query).sort("finished_at", -1).limit(1))), None)

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        query = {"conversation": name, "created_at": {"$gte": since}, "state": JobState.DONE.value}
        return (await self._all(self._jobs.find(query).sort("created_at", -1).limit(limit)))[::-1]

    # --- lists and reports -------------------------------------------------------------------------------

    async def open_jobs(self, accounts: Collection[str]) -> list[Job]:
        return await self._all(self._jobs.find({"account": _one_of(accounts), "state": OPEN}).sort("created_at", 1))

    async def history(self, accounts: Collection[str], limit: int) -> list[Job]:
        accepted = {"state": {"$ne": JobState.ACCEPTING.value}, "abandoned": False}
        cursor = self._jobs.find({"account": _one_of(accounts)} | accepted)
        return await self._all(cursor.sort("created_at", -1).limit(limit))

    async def all_jobs(self, accounts: Collection[str]) -> list[Job]:
        return await self._all(self._jobs.find({"account": _one_of(accounts)}).sort("created_at", 1))

    async def page(
        self, before: Place | None, limit: int, *, state: JobState | None = None, account: str | None = None
    ) -> list[Job]:
        query: Document = {"state": state.value if state else {"$ne": JobState.ACCEPTING.value}, "abandoned": False}
        query |= {} if account is None else {"account": account}
        return await self._all(newest(self._jobs, query, "created_at", before, limit))

    async def queue(self) -> Queue:
        """Counted at several moments, so a job that moves on meanwhile may be in two places or in none."""
        queued, running = JobState.QUEUED.value, JobState.RUNNING.value
        by_state: list[Document] = [
            {"$match": {"state": {"$in": [queued, running]}}}, {"$group": {"_id": "$state", "jobs": {"$sum": 1}}}
        ]  # fmt: skip
        waiting = self._jobs.find({"state": queued}, {"created_at": 1}).sort("created_at", 1).limit(1)
        counted, oldest, undelivered, unsettled = await asyncio.gather(
            self._database.aggregated(self._jobs, by_state),
            self._database.all(waiting),
            self._count({"next_delivery_at": {"$gt": 0}}),
            self._count({"settle_at": {"$gt": 0}}),
        )
        jobs: dict[str, int] = {each["_id"]: each["jobs"] for each in counted}
        return Queue(
            queued=jobs.get(queued, 0),
            running=jobs.get(running, 0),
            undelivered=undelivered,
            unsettled=unsettled,
            oldest_queued_at=oldest[0]["created_at"] if oldest else None,
        )


def _before(field: str, value: Millis, job: str) -> Document:
    return {"$or": [{field: {"$lt": value}}, {field: value, "_id": {"$lt": job}}]}


def _one_of(values: Collection[str]) -> Document:
    return {"$in": list(values)}
