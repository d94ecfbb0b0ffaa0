"""Job documents in MongoDB. Each verb reads the document, checks its state, and replaces it if nobody else did."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.errors import StoreBusy
from core.jobs.model import (
    ABANDONED,
    END_STATES,
    OPEN_STATES,
    Attempt,
    Beat,
    Failure,
    Job,
    JobState,
    Result,
    after_look,
    cancelled,
    failed,
    has_ended,
)
from core.log import logger
from core.stores.mongo.database import MAX_LOST_RACES, Document, MongoDatabase, newest

CANDIDATES = 10
OPEN = {"$in": [state.value for state in OPEN_STATES]}
Versioned = tuple[Job, int]


class MongoJobs:
    """`JobStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._jobs = database.collection("jobs")

    # --- from request to queue -----------------------------------------------------------------------------

    async def create(self, job: Job) -> Job:
        try:
            await self._database.run(self._jobs.insert_one(document_of(job, 1)))
        except DuplicateKeyError:
            return await self.get(job.id) or job
        return job

    async def get(self, job: str) -> Job | None:
        found = await self._find(job)
        return found[0] if found else None

    async def readdress(self, job: Job, account: str) -> Job:
        changed = await self._change(
            job.id,
            lambda stored: (stored.state, stored.account) == (JobState.ACCEPTING, job.account),
            lambda _: {"account": account},
        )
        return changed or await self.get(job.id) or job

    async def abandon(self, job: str, why: str, now: Millis) -> bool:
        failure = Failure(code=ABANDONED, message=why)
        changed = await self._change(
            job, lambda stored: stored.state is JobState.ACCEPTING, lambda _: failed(failure, now)
        )
        return changed is not None

    async def discard(self, job: str) -> None:
        await self._database.run(self._jobs.delete_one({"_id": job, "abandoned": True}))

    async def open_before(self, job: Job) -> int:
        query = {"account": job.account, "state": OPEN} | _before("created_at", job.created_at, job.id)
        return await self._database.run(self._jobs.count_documents(query))

    async def enqueue(self, job: str, timings: dict[str, float], delay: Millis = 0) -> Job | None:
        return await self._change(
            job,
            lambda stored: stored.state is JobState.ACCEPTING,
            lambda stored: {"state": JobState.QUEUED, "timings": timings, "turn_at": stored.turn_at + delay},
        )

    # --- the worker's verbs --------------------------------------------------------------------------------

    async def claim(
        self, worker: str, now: Millis, lease_until: Millis, busy_models: Collection[str] = ()
    ) -> Job | None:
        queued: Document = {"state": JobState.QUEUED.value}
        if busy_models:
            queued["model"] = {"$nin": list(busy_models)}
        async for job, version in self._candidates(queued, [("turn_at", 1), ("_id", 1)]):
            claimed = {
                "state": JobState.RUNNING,
                "attempt": job.attempt + 1,
                "worker": worker,
                "lease_until": lease_until,
                "started_at": now,
                "progress": 0.0,
            }
            if saved := await self._replace(job.model_copy(update=claimed), version):
                return saved
        return None

    async def beat(self, job: Job, progress: float, lease_until: Millis) -> Beat:
        kept = await self._change(
            job.id, partial(_is_run_by, job), lambda _: {"progress": progress, "lease_until": lease_until}
        )
        return Beat(lost=kept is None, cancelled=kept is not None and kept.cancel_requested)

    async def record_attempts(self, job: Job, attempts: Sequence[Attempt]) -> bool:
        changes = {"attempts": tuple(attempts)}
        return await self._change(job.id, partial(_is_run_by, job), lambda _: changes) is not None

    async def finish(
        self,
        job: Job,
        state: JobState,
        *,
        result: Result | None,
        failure: Failure | None,
        attempts: Sequence[Attempt] | None,
        timings: dict[str, float],
        now: Millis,
        next_delivery_at: Millis,
    ) -> Job | None:
        def changes(stored: Job) -> Mapping[str, object]:
            return {
                "state": state,
                "result": result,
                "failure": failure,
                "attempts": stored.attempts if attempts is None else tuple(attempts),
                "timings": timings,
                "finished_at": now,
                "lease_until": None,
                "next_delivery_at": next_delivery_at,
            }

        return await self._change(job.id, partial(_is_run_by, job), changes)

    async def hand_back(self, job: Job) -> None:
        changes = {
            "state": JobState.QUEUED,
            "attempt": job.attempt - 1,
            "worker": None,
            "lease_until": None,
            "progress": 0.0,
        }
        await self._change(job.id, partial(_is_run_by, job), lambda _: changes)

    # --- ends that no worker brings ------------------------------------------------------------------------

    async def request_cancel(self, job: str, now: Millis) -> Job | None:
        changed = await self._change(
            job,
            lambda stored: stored.state in (JobState.QUEUED, JobState.RUNNING),
            lambda stored: cancelled(now) if stored.state is JobState.QUEUED else {"cancel_requested": True},
        )
        return changed or await self.get(job)

    async def expire_leases(self, now: Millis, max_attempts: int) -> int:
        query = {"state": JobState.RUNNING.value, "lease_until": {"$lte": now}}
        expired = 0
        for job in await self._all(self._jobs.find(query)):
            changed = await self._change(
                job.id, partial(_has_expired, now), lambda stored: stored.after_lost_lease(now, max_attempts)
            )
            expired += changed is not None
        return expired

    async def fail_open(self, job: str, failure: Failure, now: Millis) -> bool:
        changed = await self._change(job, lambda stored: stored.is_open, lambda _: failed(failure, now))
        return changed is not None

    # --- what the sweeper looks for ------------------------------------------------------------------------

    async def accepting_since(self, before: Millis) -> list[Job]:
        query = {"state": JobState.ACCEPTING.value, "created_at": {"$lte": before}}
        return await self._all(self._jobs.find(query))

    async def overdue(self, now: Millis) -> list[Job]:
        return await self._all(self._jobs.find({"state": OPEN, "hold_expires_at": {"$lte": now}}))

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        return await self._all(self._jobs.find({"settle_at": {"$lte": now}}).sort("settle_at", 1).limit(limit))

    async def settled(self, job: str, charged: int, now: Millis) -> bool:
        changed = await self._change(
            job,
            lambda stored: stored.state in END_STATES and stored.settled_at is None,
            lambda _: {"charged": charged, "settled_at": now},
        )
        return changed is not None

    # --- delivery ------------------------------------------------------------------------------------------

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        due: Document = {"next_delivery_at": {"$lte": now}, "settle_at": None}
        if job is not None:
            due["_id"] = job
        async for found, version in self._candidates(due, [("next_delivery_at", 1)]):
            claimed = {"next_delivery_at": until, "posting_until": until, "deliveries": found.deliveries + 1}
            if saved := await self._replace(found.model_copy(update=claimed), version):
                return saved
        return None

    async def post_failed(self, job: str) -> None:
        await self._change(job, lambda _: True, lambda _: {"posting_until": None})

    async def delivered(self, job: str, message_id: str, now: Millis) -> None:
        changes = {"delivered_at": now, "message_id": message_id, "next_delivery_at": None, "posting_until": None}
        await self._change(job, lambda stored: stored.delivered_at is None and not stored.blanked, lambda _: changes)

    # --- reports -------------------------------------------------------------------------------------------

    async def ahead(self, job: Job) -> int:
        query = {"state": JobState.QUEUED.value} | _before("turn_at", job.turn_at, job.id)
        return await self._database.run(self._jobs.count_documents(query))

    async def recent_durations(self, kind: str, limit: int) -> list[Millis]:
        query = {"kind": kind, "state": JobState.DONE.value, "cached": {"$ne": True}}
        jobs = await self._all(self._jobs.find(query).sort("finished_at", -1).limit(limit))
        return [job.finished_at - job.started_at for job in jobs if job.finished_at and job.started_at]

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

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        query = {"conversation": name, "created_at": {"$gte": since}, "state": JobState.DONE.value}
        return (await self._all(self._jobs.find(query).sort("created_at", -1).limit(limit)))[::-1]

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        query = {
            "account": account, "reply_key": reply_key, "finished_at": {"$gte": since},
            "state": JobState.DONE.value, "fallback": False, "cached": {"$ne": True},
        }  # fmt: skip
        return next(iter(await self._all(self._jobs.find(query).sort("finished_at", -1).limit(1))), None)

    async def asking(self, account: str, reply_key: str) -> Job | None:
        query = {"account": account, "reply_key": reply_key, "state": OPEN}
        return next(iter(await self._all(self._jobs.find(query).sort([("created_at", 1), ("_id", 1)]).limit(1))), None)

    async def accounts(self) -> list[str]:
        return list(await self._database.run(self._jobs.distinct("account")))

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        return await self._all(self._jobs.find({"reconcile_at": {"$lte": now}}).sort("reconcile_at", 1).limit(limit))

    async def looked(self, job: str, attempts: Sequence[Attempt], now: Millis) -> None:
        await self._change(job, has_ended, partial(after_look, attempts, now))

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        query = {"finished_at": {"$lt": before}, "settle_at": None, "blanked": False}
        return await self._all(self._jobs.find(query).sort("finished_at", 1).limit(limit))

    async def blank(self, job: str, now: Millis) -> bool:
        for _ in range(MAX_LOST_RACES):
            found = await self._find(job)
            if found is None or not found[0].is_blankable(now):
                return found is None
            if await self._replace(found[0].blank(), found[1]):
                return True
        raise StoreBusy

    # --- helpers -------------------------------------------------------------------------------------------

    async def _find(self, job: str) -> Versioned | None:
        found = await self._database.run(self._jobs.find_one({"_id": job}))
        return (_job(found), found["version"]) if found else None

    async def _count(self, query: Document) -> int:
        return await self._database.run(self._jobs.count_documents(query))

    async def _all(self, cursor: Any) -> list[Job]:
        return [_job(found) for found in await self._database.all(cursor)]

    async def _candidates(self, query: Document, order: list[tuple[str, int]]) -> AsyncIterator[Versioned]:
        """The first documents in this order, again as long as all of them were taken by others."""
        for _ in range(MAX_LOST_RACES):
            found = await self._database.all(self._jobs.find(query).sort(order).limit(CANDIDATES))
            readable = [(job, each["version"]) for each in found if (job := _readable(each))]
            if not readable:
                return
            for candidate in readable:
                yield candidate

    async def _replace(self, job: Job, version: int) -> Job | None:
        """Save the job if it still is of this version."""
        query = {"_id": job.id, "version": version}
        saved = await self._database.run(self._jobs.replace_one(query, document_of(job, version + 1)))
        return job if saved.matched_count else None

    async def _change(
        self, job: str, guard: Callable[[Job], bool], changes: Callable[[Job], Mapping[str, object]]
    ) -> Job | None:
        """The compare-and-set: the changed job, or None when the guard says no."""
        for _ in range(MAX_LOST_RACES):
            found = await self._find(job)
            if found is None or not guard(found[0]):
                return None
            if saved := await self._replace(found[0].model_copy(update=changes(found[0])), found[1]):
                return saved
        raise StoreBusy


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


def _job(found: Document) -> Job:
    return Job.model_validate_json(found["doc"])


def _readable(found: Document) -> Job | None:
    try:
        return _job(found)
    except ValidationError as error:
        logger().error("job cannot be read", job=found["_id"], detail=str(error)[:200])
        return None


def _is_run_by(mine: Job, stored: Job) -> bool:
    """Whether the stored job is still this very claim of it."""
    return (stored.state, stored.worker, stored.attempt) == (JobState.RUNNING, mine.worker, mine.attempt)


def _has_expired(now: Millis, stored: Job) -> bool:
    return stored.state is JobState.RUNNING and stored.lease_until is not None and stored.lease_until <= now


def _before(field: str, value: Millis, job: str) -> Document:
    return {"$or": [{field: {"$lt": value}}, {field: value, "_id": {"$lt": job}}]}


def _one_of(values: Collection[str]) -> Document:
    return {"$in": list(values)}
