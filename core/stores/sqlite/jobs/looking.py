"""What is looked for among the jobs in SQLite: by the sweeper, for a wait or an answer, and for lists and reports."""

import sqlite3
from collections.abc import Collection

from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.jobs.model import ABANDONED, OPEN_STATES, Job, JobState
from core.stores.sqlite.database import older
from core.stores.sqlite.jobs.documents import OPEN, JobDocuments, marks

ACCEPTED = "state <> 'accepting' AND json_extract(doc, '$.failure.code') IS NOT ?"
ENDED = "state IN ('done', 'failed', 'cancelled')"
OPEN_OF = f"{OPEN} AND +account"
"""Of one account: found among the open jobs, which are few, and not in the account's history, which only grows."""


class LookingJobs(JobDocuments):
    """The verbs that change nothing."""

    # --- what is to be driven on -------------------------------------------------------------------------

    async def accepting_since(self, before: Millis) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE {OPEN} AND state = 'accepting' AND created_at <= ?"
        return await self._read(query, before)

    async def overdue(self, now: Millis) -> list[Job]:
        return await self._read(f"SELECT doc FROM jobs WHERE {OPEN} AND hold_expires_at <= ?", now)

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE settle_at <= ? ORDER BY settle_at LIMIT ?"
        return await self._read(query, now, limit)

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE reconcile_at <= ? ORDER BY reconcile_at LIMIT ?"
        return await self._read(query, now, limit)

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE finished_at < ? AND settle_at IS NULL AND NOT blanked"
        return await self._read(f"{query} ORDER BY finished_at LIMIT ?", before, limit)

    async def accounts(self) -> list[str]:
        query = "SELECT DISTINCT account FROM jobs"
        return await self._database.read(lambda connection: [row[0] for row in connection.execute(query)])

    # --- a wait, an answer, a conversation ---------------------------------------------------------------

    async def open_before(self, job: Job) -> int:
        query = f"SELECT count(*) FROM jobs WHERE {OPEN_OF} = ? AND (created_at, id) < (?, ?)"
        return await self._count(query, job.account, job.created_at, job.id)

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

    async def asking(self, account: str, reply_key: str) -> Job | None:
        query = f"SELECT doc FROM jobs WHERE {OPEN_OF} = ? AND reply_key = ?"
        jobs = await self._read(f"{query} ORDER BY created_at, id LIMIT 1", account, reply_key)
        return next(iter(jobs), None)

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        query = "SELECT doc FROM jobs WHERE account = ? AND reply_key = ? AND finished_at >= ? AND state = 'done'"
        own = "AND NOT json_extract(doc, '$.result.fallback_used') AND NOT json_extract(doc, '$.result.cached')"
        latest = "ORDER BY finished_at DESC LIMIT 1"
        return next(iter(await self._read(f"{query} {own} {latest}", account, reply_key, since)), None)

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        query = "SELECT doc FROM jobs WHERE conversation = ? AND created_at >= ? AND state = 'done'"
        jobs = await self._read(f"{query} ORDER BY created_at DESC LIMIT ?", name, since, limit)
        return jobs[::-1]

    # --- lists and reports -------------------------------------------------------------------------------

    async def open_jobs(self, accounts: Collection[str]) -> list[Job]:
        query = f"{OPEN_OF} IN ({marks(accounts)})"
        return await self._read(f"SELECT doc FROM jobs WHERE {query} ORDER BY created_at", *accounts)

    async def history(self, accounts: Collection[str], limit: int) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE {ACCEPTED} AND account IN ({marks(accounts)})"
        return await self._read(f"{query} ORDER BY created_at DESC LIMIT ?", ABANDONED, *accounts, limit)

    async def all_jobs(self, accounts: Collection[str]) -> list[Job]:
        query = f"SELECT doc FROM jobs WHERE account IN ({marks(accounts)}) ORDER BY created_at"
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
