"""Job documents in SQLite. Each verb is one transaction: read the document, check its state, write it back."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from pydantic import ValidationError

from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.jobs.attempts import Attempt
from core.jobs.changes import after_look, after_lost_lease, cancelled, failed
from core.jobs.model import ABANDONED, END_STATES, OPEN_STATES, Beat, Job, JobState, has_ended
from core.jobs.results import Failure, Result
from core.log import logger
from core.stores.sqlite.database import Database, older

CANDIDATES = 10
ACCEPTED = "state <> 'accepting' AND json_extract(doc, '$.failure.code') IS NOT ?"
OPEN = "state IN ('accepting', 'queued', 'running')"
"""SQLite uses an index of some rows only where a query repeats, word for word, which rows these are, and then looks
those of one state up (https://www.sqlite.org/partialindex.html). Without it, every look for work reads all jobs there
ever were."""
ENDED = "state IN ('done', 'failed', 'cancelled')"
OPEN_OF = f"{OPEN} AND +account"
"""Of one account: found among the open jobs, which are few, and not in the account's history, which only grows."""


class SqliteJobs:
    """`JobStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- from request to queue -----------------------------------------------------------------------------

    async def create(self, job: Job) -> Job:
        def transaction(connection: sqlite3.Connection) -> Job:
            if stored := _get(connection, job.id):
                return stored
            return _save(connection, job)

        return await self._database.write(transaction)

    async def get(self, job: str) -> Job | None:
        return await self._database.read(lambda connection: _get(connection, job))

    async def readdress(self, job: Job, account: str) -> Job:
        changed = await self._change(
            job.id,
            lambda stored: (stored.state, stored.account) == (JobState.ACCEPTING, job.account),
            lambda _: {"account": account},
        )
        return changed or await self.get(job.id) or job

    async def abandon(self, job: str, why: str, now: Millis) -> bool:
        changed = await self._change(
            job,
            lambda stored: stored.state is JobState.ACCEPTING,
            lambda _: failed(Failure(code=ABANDONED, message=why), now),
        )
        return changed is not None

    async def discard(self, job: str) -> None:
        def transaction(connection: sqlite3.Connection) -> None:
            stored = _get(connection, job)
            if stored is not None and stored.is_abandoned:
                connection.execute("DELETE FROM jobs WHERE id = ?", (job,))

        await self._database.write(transaction)

    async def open_before(self, job: Job) -> int:
        query = f"SELECT count(*) FROM jobs WHERE {OPEN_OF} = ? AND (created_at, id) < (?, ?)"
        return await self._count(query, job.account, job.created_at, job.id)

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
        queued = f"{OPEN} AND state = 'queued' AND json_extract(doc, '$.spec.model') NOT IN ({_marks(busy_models)})"
        query = f"SELECT doc FROM jobs WHERE {queued} ORDER BY turn_at, id LIMIT {CANDIDATES}"

        def transaction(connection: sqlite3.Connection) -> Job | None:
            job = next(_readable(connection, query, tuple(busy_models)), None)
            if job is None:
                return None
            claimed = {
                "state": JobState.RUNNING,
                "attempt": job.attempt + 1,
                "worker": worker,
                "lease_until": lease_until,
                "started_at": now,
                "progress": 0.0,
            }
            return _save(connection, job.model_copy(update=claimed))

        if not await self._count(f"SELECT count(*) FROM (SELECT 1 FROM jobs WHERE {queued} LIMIT 1)", *busy_models):
            return None
        return await self._database.write(transaction)

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
        query = f"SELECT doc FROM jobs WHERE {OPEN} AND state = 'running' AND lease_until <= ?"

        def transaction(connection: sqlite3.Connection) -> int:
            jobs = _jobs(connection, query, (now,))
            for job in jobs:
                _save(connection, job.model_copy(update=after_lost_lease(job, now, max_attempts)))
            return len(jobs)

        if not await self._read(f"{query} LIMIT 1", now):
            return 0
        return await self._database.write(transaction)

    async def fail_open(self, job: str, failure: Failure, now: Millis) -> bool:
        changed = await self._change(job, lambda stored: stored.is_open, lambda _: failed(failure, now))
        return changed is not None

    # --- what the sweeper looks for ------------------------------------------------------------------------

    async def accepting_since(self, before: Millis) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE {OPEN} AND state = 'accepting' AND created_at <= ?"
        return await self._read(query, before)

    async def overdue(self, now: Millis) -> list[Job]:
        return await self._read(f"SELECT doc FROM jobs WHERE {OPEN} AND hold_expires_at <= ?", now)

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE settle_at <= ? ORDER BY settle_at LIMIT ?"
        return await self._read(query, now, limit)

    async def settled(self, job: str, charged: int, now: Millis) -> bool:
        changed = await self._change(
            job,
            lambda stored: stored.state in END_STATES and stored.settled_at is None,
            lambda _: {"charged": charged, "settled_at": now},
        )
        return changed is not None

    # --- delivery ------------------------------------------------------------------------------------------

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        due = "next_delivery_at <= ? AND settle_at IS NULL"
        query = f"SELECT doc FROM jobs WHERE {due} AND (? IS NULL OR id = ?) ORDER BY next_delivery_at LIMIT 1"
        values = (now, job, job)

        def transaction(connection: sqlite3.Connection) -> Job | None:
            for found in _jobs(connection, query, values):
                claimed = {
                    "next_delivery_at": until,
                    "posting_until": until,
                    "deliveries": found.deliveries + 1,
                }
                return _save(connection, found.model_copy(update=claimed))
            return None

        # Who looks for any asks a reader first, and keeps no writer waiting; one that is named is mostly there.
        if job is None and not await self._read(query, *values):
            return None
        return await self._database.write(transaction)

    async def post_failed(self, job: str) -> None:
        await self._change(job, lambda _: True, lambda _: {"posting_until": None})

    async def delivered(self, job: str, message_id: str, now: Millis) -> None:
        changes = {"delivered_at": now, "message_id": message_id, "next_delivery_at": None, "posting_until": None}
        await self._change(job, lambda stored: stored.delivered_at is None and not stored.blanked, lambda _: changes)

    # --- reports -------------------------------------------------------------------------------------------

    async def ahead(self, job: Job) -> int:
        query = f"SELECT count(*) FROM jobs WHERE {OPEN} AND state = 'queued' AND (turn_at, id) < (?, ?)"
        return await self._count(query, job.turn_at, job.id)

    async def recent_durations(self, kind: str, limit: int) -> list[Millis]:
        took = "finished_at - json_extract(doc, '$.started_at')"  # quicker than to read whole documents
        made = "kind = ? AND state = 'done' AND json_extract(doc, '$.result.cached') IS NOT 1"
        query = f"SELECT {took} FROM jobs WHERE {made} ORDER BY finished_at DESC LIMIT ?"
        return await self._database.read(
            lambda connection: [row[0] for row in connection.execute(query, (kind, limit)) if row[0] is not None]
        )

    async def open_jobs(self, accounts: Collection[str]) -> list[Job]:
        query = f"{OPEN_OF} IN ({_marks(accounts)})"
        return await self._read(f"SELECT doc FROM jobs WHERE {query} ORDER BY created_at", *accounts)

    async def history(self, accounts: Collection[str], limit: int) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE {ACCEPTED} AND account IN ({_marks(accounts)})"
        return await self._read(f"{query} ORDER BY created_at DESC LIMIT ?", ABANDONED, *accounts, limit)

    async def all_jobs(self, accounts: Collection[str]) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE account IN ({_marks(accounts)}) ORDER BY created_at"
        return await self._read(query, *accounts)

    async def page(
        self, before: Place | None, limit: int, *, state: JobState | None = None, account: str | None = None
    ) -> list[Job]:
        where, values = older("created_at", before, state=state, account=account)
        among = f"{OPEN if state in OPEN_STATES else ENDED} AND " if state else ""
        query = f"SELECT doc FROM jobs WHERE {among}{ACCEPTED} AND {where} LIMIT ?"
        return await self._read(query, ABANDONED, *values, limit)

    async def queue(self) -> Queue:
        states = f"SELECT state, count(*), min(created_at) FROM jobs WHERE {OPEN} GROUP BY state"
        waiting = [f"SELECT count(*) FROM jobs WHERE {due} IS NOT NULL" for due in ("settle_at", "next_delivery_at")]

        def read(connection: sqlite3.Connection) -> Queue:
            found = {state: (count, oldest) for state, count, oldest in connection.execute(states)}
            unsettled, undelivered = (connection.execute(query).fetchone()[0] for query in waiting)
            queued, oldest = found.get(JobState.QUEUED, (0, None))
            return Queue(queued, found.get(JobState.RUNNING, (0, None))[0], undelivered, unsettled, oldest)

        return await self._database.read(read)

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE conversation = ? AND created_at >= ? AND state = 'done'"
        jobs = await self._read(f"{query} ORDER BY created_at DESC LIMIT ?", name, since, limit)
        return jobs[::-1]

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        query = "SELECT doc FROM jobs WHERE account = ? AND reply_key = ? AND finished_at >= ? AND state = 'done'"
        own = "AND NOT json_extract(doc, '$.result.fallback_used') AND NOT json_extract(doc, '$.result.cached')"
        latest = "ORDER BY finished_at DESC LIMIT 1"
        return next(iter(await self._read(f"{query} {own} {latest}", account, reply_key, since)), None)

    async def asking(self, account: str, reply_key: str) -> Job | None:
        query = f"SELECT doc FROM jobs WHERE {OPEN_OF} = ? AND reply_key = ?"
        jobs = await self._read(f"{query} ORDER BY created_at, id LIMIT 1", account, reply_key)
        return next(iter(jobs), None)

    async def accounts(self) -> list[str]:
        query = "SELECT DISTINCT account FROM jobs"
        return await self._database.read(lambda connection: [row[0] for row in connection.execute(query)])

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE reconcile_at <= ? ORDER BY reconcile_at LIMIT ?"
        return await self._read(query, now, limit)

    async def looked(self, job: str, attempts: Sequence[Attempt], now: Millis) -> None:
        await self._change(job, has_ended, partial(after_look, attempts, now))

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE finished_at < ? AND settle_at IS NULL AND NOT blanked"
        return await self._read(f"{query} ORDER BY finished_at LIMIT ?", before, limit)

    async def blank(self, job: str, now: Millis) -> bool:
        def transaction(connection: sqlite3.Connection) -> bool:
            stored = _get(connection, job)
            if stored is None or not stored.is_blankable(now):
                return stored is None
            _save(connection, stored.blank())
            return True

        return await self._database.write(transaction)

    # --- helpers -------------------------------------------------------------------------------------------

    async def _count(self, query: str, *values: object) -> int:
        return await self._database.read(lambda connection: int(connection.execute(query, values).fetchone()[0]))

    async def _read(self, query: str, *values: object) -> list[Job]:
        return await self._database.read(lambda connection: _jobs(connection, query, values))

    async def _change(
        self, job: str, guard: Callable[[Job], bool], changes: Callable[[Job], Mapping[str, object]]
    ) -> Job | None:
        """The compare-and-set: the changed job, or None when the guard says no."""

        def transaction(connection: sqlite3.Connection) -> Job | None:
            stored = _get(connection, job)
            if stored is None or not guard(stored):
                return None
            return _save(connection, stored.model_copy(update=changes(stored)))

        return await self._database.write(transaction)


def _is_run_by(mine: Job, stored: Job) -> bool:
    """Whether the stored job is still this very claim of it."""
    return (stored.state, stored.worker, stored.attempt) == (JobState.RUNNING, mine.worker, mine.attempt)


def _get(connection: sqlite3.Connection, job: str) -> Job | None:
    row = connection.execute("SELECT doc FROM jobs WHERE id = ?", (job,)).fetchone()
    return Job.model_validate_json(row[0]) if row else None


def _jobs(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> list[Job]:
    return [Job.model_validate_json(doc) for (doc,) in connection.execute(query, tuple(values))]


def _readable(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> Iterator[Job]:
    for (doc,) in connection.execute(query, tuple(values)):
        try:
            yield Job.model_validate_json(doc)
        except ValidationError as error:
            logger().error("job cannot be read", detail=str(error), doc=doc[:200])


def _save(connection: sqlite3.Connection, job: Job) -> Job:
    connection.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id, job.account, job.spec.kind, job.state.value, job.created_at, job.turn_at, job.finished_at,
            job.lease_until, job.hold_expires_at, job.settle_at, job.next_delivery_at, job.blanked,
            job.model_dump_json(), job.conversation, job.reply_key, job.reconcile_at,
        ),
    )  # fmt: skip
    return job


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
