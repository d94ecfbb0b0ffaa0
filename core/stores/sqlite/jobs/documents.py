"""One job as a row of SQLite: written, read, changed, removed."""

import sqlite3
from collections.abc import Collection, Sequence

from core.clock import Millis
from core.jobs.model import Job
from core.stores.changing import Changes, ChangingJobs, Guard
from core.stores.sqlite.database import Database

OPEN = "state IN ('accepting', 'queued', 'running')"
"""SQLite uses an index of some rows only where a query repeats, word for word, which rows these are, and then looks
those of one state up (https://www.sqlite.org/partialindex.html). Without it, every look for work reads all jobs there
ever were."""


class JobDocuments(ChangingJobs):
    """The verbs of one document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, job: Job) -> Job:
        def transaction(connection: sqlite3.Connection) -> Job:
            if stored := _get(connection, job.id):
                return stored
            return save(connection, job)

        return await self._database.write(transaction)

    async def get(self, job: str) -> Job | None:
        return await self._database.read(lambda connection: _get(connection, job))

    async def change(self, job: str, guard: Guard, changes: Changes) -> Job | None:
        def transaction(connection: sqlite3.Connection) -> Job | None:
            stored = _get(connection, job)
            if stored is None or not guard(stored):
                return None
            return save(connection, stored.model_copy(update=changes(stored)))

        return await self._database.write(transaction)

    async def discard(self, job: str) -> None:
        def transaction(connection: sqlite3.Connection) -> None:
            stored = _get(connection, job)
            if stored is not None and stored.is_abandoned:
                connection.execute("DELETE FROM jobs WHERE id = ?", (job,))

        await self._database.write(transaction)

    async def blank(self, job: str, now: Millis) -> bool:
        def transaction(connection: sqlite3.Connection) -> bool:
            stored = _get(connection, job)
            if stored is None or not stored.is_blankable(now):
                return stored is None
            save(connection, stored.blank())
            return True

        return await self._database.write(transaction)

    # --- helpers of the looks ----------------------------------------------------------------------------

    async def _count(self, query: str, *values: object) -> int:
        return await self._database.read(lambda connection: int(connection.execute(query, values).fetchone()[0]))

    async def _read(self, query: str, *values: object) -> list[Job]:
        return await self._database.read(lambda connection: jobs_of(connection, query, values))


def save(connection: sqlite3.Connection, job: Job) -> Job:
    """Write the whole row, new or not."""
    connection.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id, job.account, job.spec.kind, job.state.value, job.created_at, job.turn_at, job.finished_at,
            job.lease_until, job.hold_expires_at, job.settle_at, job.next_delivery_at, job.blanked,
            job.model_dump_json(), job.conversation, job.reply_key, job.reconcile_at,
        ),
    )  # fmt: skip
    return job


def jobs_of(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> list[Job]:
    """The jobs whose documents a query finds."""
    return [Job.model_validate_json(doc) for (doc,) in connection.execute(query, tuple(values))]


def marks(values: Collection[object]) -> str:
    """As many question marks as there are values."""
    return ", ".join("?" * len(values))


def _get(connection: sqlite3.Connection, job: str) -> Job | None:
    return next(iter(jobs_of(connection, "SELECT doc FROM jobs WHERE id = ?", (job,))), None)
