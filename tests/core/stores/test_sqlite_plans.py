"""However many jobs and accounts there have been: SQLite finds what is asked for by an index, in its order."""

import sqlite3
from pathlib import Path

from core.jobs.model import JobState
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from tests.core.jobs.test_settlement import a_job


async def planned(database: Database, query: str) -> str:
    """How SQLite means to answer this."""

    def explained(connection: sqlite3.Connection) -> str:
        return "; ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))

    return await database.read(explained)


async def test_no_look_for_open_jobs_reads_all_jobs_there_ever_were(tmp_path: Path) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    jobs, job = stores.jobs, await stores.jobs.create(a_job(state=JobState.QUEUED))
    asked: list[str] = []
    for run in (database.read, database.write):
        await run(lambda connection: connection.set_trace_callback(asked.append))
    await jobs.claim("w", 1, 2, ["busy"])
    await jobs.claim("w", 1, 2)
    await jobs.expire_leases(2, 3)
    await jobs.accepting_since(1)
    await jobs.overdue(1)
    await jobs.ahead(job)
    await jobs.open_before(job)
    await jobs.open_jobs([job.account])
    await jobs.asking(job.account, "key")
    for run in (database.read, database.write):
        await run(lambda connection: connection.set_trace_callback(None))
    looks = [query for query in asked if query.startswith("SELECT") and "WHERE id" not in query]
    plans = {query: await planned(database, query) for query in looks}
    assert len(plans) >= 10
    assert [query for query, plan in plans.items() if "INDEX jobs_open (state=?" not in plan] == []
    await database.close()


async def test_who_costs_most_in_a_month_is_found_without_sorting_everybody(tmp_path: Path) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    asked: list[str] = []
    await database.read(lambda connection: connection.set_trace_callback(asked.append))
    await stores.usage.dearest("2026-11", 20)
    await database.read(lambda connection: connection.set_trace_callback(None))
    (query,) = [query for query in asked if query.startswith("SELECT")]
    assert await planned(database, query) == "SEARCH rollups USING INDEX rollups_dearest (day=?)"
    await database.close()
