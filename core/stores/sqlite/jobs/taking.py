"""What one of many takes from SQLite: a job to work on, a lease that has run out, a result to post.

Who looks for any asks a reader first, and so keeps no writer waiting while there is nothing.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from pydantic import ValidationError

from core.clock import Millis
from core.jobs.changes import after_lost_lease, claimed, posting
from core.jobs.model import Job
from core.log import logger
from core.stores.sqlite.jobs.documents import OPEN, JobDocuments, jobs_of, marks, save

CANDIDATES = 10


class TakingJobs(JobDocuments):
    """The verbs that find a document by themselves, and change it in the same transaction."""

    async def claim(
        self, worker: str, now: Millis, lease_until: Millis, busy_models: Collection[str] = ()
    ) -> Job | None:
        queued = f"{OPEN} AND state = 'queued' AND json_extract(doc, '$.spec.model') NOT IN ({marks(busy_models)})"
        query = f"SELECT doc FROM jobs WHERE {queued} ORDER BY turn_at, id LIMIT {CANDIDATES}"

        def transaction(connection: sqlite3.Connection) -> Job | None:
            job = next(_readable(connection, query, tuple(busy_models)), None)
            if job is None:
                return None
            return save(connection, job.model_copy(update=claimed(job, worker, now, lease_until)))

        if not await self._count(f"SELECT count(*) FROM (SELECT 1 FROM jobs WHERE {queued} LIMIT 1)", *busy_models):
            return None
        return await self._database.write(transaction)

    async def expire_leases(self, now: Millis, max_attempts: int) -> int:
        query = f"SELECT doc FROM jobs WHERE {OPEN} AND state = 'running' AND lease_until <= ?"

        def transaction(connection: sqlite3.Connection) -> int:
            jobs = jobs_of(connection, query, (now,))
            for job in jobs:
                save(connection, job.model_copy(update=after_lost_lease(job, now, max_attempts)))
            return len(jobs)

        if not await self._read(f"{query} LIMIT 1", now):
            return 0
        return await self._database.write(transaction)

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        due = "next_delivery_at <= ? AND settle_at IS NULL"
        query = f"SELECT doc FROM jobs WHERE {due} AND (? IS NULL OR id = ?) ORDER BY next_delivery_at LIMIT 1"
        values = (now, job, job)

        def transaction(connection: sqlite3.Connection) -> Job | None:
            found = next(iter(jobs_of(connection, query, values)), None)
            return save(connection, found.model_copy(update=posting(found, until))) if found else None

        if job is None and not await self._read(query, *values):  # one that is named is mostly there
            return None
        return await self._database.write(transaction)


def _readable(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> Iterator[Job]:
    for (doc,) in connection.execute(query, tuple(values)):
        try:
            yield Job.model_validate_json(doc)
        except ValidationError as error:
            logger().error("job cannot be read", detail=str(error), doc=doc[:200])
