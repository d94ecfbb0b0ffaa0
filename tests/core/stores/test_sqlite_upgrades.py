"""SQLite only: a file of an older Easel becomes one of this Easel, with everything in it, or stays as it was."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreError
from core.jobs.model import Job
from core.observe.model import Rollup
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from core.stores.sqlite.schema import SCHEMA_VERSION
from tests.core.stores.contract_jobs import new_job
from tests.core.stores.contract_reports import usage
from tests.support import NOON

DAY = "2026-11-23"
JOB_COLUMNS = {1: 11, 2: 13}
OLD_JOB = new_job(1).model_dump(mode="json", exclude={"reply_key"})
OLD_USAGE = usage(credits=10).model_dump(mode="json", exclude={"requests", "calls", "earned", "model_used"})
OLD_ROLLUP = {
    "day": DAY, "account": "a", "provider": "demo", "operation": "image", "counters": {"requests": 1, "credits": 10},
    "histograms": {"totalMs": [1] + [0] * 16},
}  # fmt: skip
VERSION_5 = """DROP INDEX rollups_dearest;
CREATE INDEX rollups_cost ON rollups (day, cost) WHERE provider = '*';
PRAGMA user_version = 5;"""
"""Makes a file of version 6 one of version 5."""

every_version = pytest.mark.parametrize("version", sorted(JOB_COLUMNS))


def old_file(folder: Path, version: int) -> Path:
    """A file as that version left it, with a request that was accepted and one that was recorded."""
    path = folder / "easel.db"
    job = new_job(1)
    columns: dict[int, list[object]] = {
        1: [job.id, job.account, "image", "accepting", job.created_at, None, None, job.hold_expires_at, None, None],
        2: [job.id, job.account, "image", "accepting", job.created_at, job.turn_at, None, None, job.hold_expires_at,
            None, None, 0],
    }  # fmt: skip
    values = [*columns[version], json.dumps(OLD_JOB)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((Path(__file__).parent / "older" / f"version_{version}.sql").read_text())
        connection.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * JOB_COLUMNS[version])})", values)  # noqa: S608  # only question marks are put in
        connection.execute("INSERT INTO usage VALUES ('r1', 'a', ?, ?)", (NOON, json.dumps(OLD_USAGE)))
        row = (DAY, "a", "demo", "image", json.dumps(OLD_ROLLUP))
        connection.execute("INSERT INTO rollups VALUES (?, ?, ?, ?, ?)", row)
    return path


async def opened(path: Path) -> tuple[Database, Stores]:
    return await open_sqlite(path)


def shape(path: Path) -> dict[str, tuple[set[object], set[object]]]:
    """Each table's columns, and its indexes with what they cover."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        indexes = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
        return {
            table: (
                {row[1:] for row in connection.execute(f"PRAGMA table_info({table})")},
                set(connection.execute(indexes, (table,))),
            )
            for (table,) in tables
        }


@every_version
async def test_an_older_file_gets_the_tables_of_a_new_one(tmp_path: Path, version: int) -> None:
    path, new = old_file(tmp_path, version), tmp_path / "new.db"
    for each in (path, new):
        database, _ = await opened(each)
        await database.close()
    assert shape(path) == shape(new)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_file_whose_dearest_accounts_had_to_be_sorted_has_them_in_order(tmp_path: Path) -> None:
    path, new = tmp_path / "easel.db", tmp_path / "new.db"
    for each in (path, new):
        database, stores = await opened(each)
        await stores.usage.record(usage("r1"))
        await database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_5)
    database, stores = await opened(path)
    assert [row.account for row in await stores.usage.dearest(DAY[:7], 9)] == ["a"]
    await database.close()
    assert shape(path) == shape(new)


@every_version
async def test_everything_in_an_older_file_is_there_afterwards(tmp_path: Path, version: int) -> None:
    database, stores = await opened(old_file(tmp_path, version))
    assert await stores.jobs.get("j1") == Job.model_validate(OLD_JOB)
    assert await stores.jobs.accepting_since(NOON + 1) == [new_job(1)]
    assert await stores.usage.get("r1") == usage(credits=10)
    assert await stores.usage.rollups(DAY, DAY) == [Rollup.model_validate(OLD_ROLLUP)]
    await database.close()


@every_version
async def test_an_upgraded_file_goes_on_being_used(tmp_path: Path, version: int) -> None:
    path = old_file(tmp_path, version)
    for number in (2, 3):  # the second time it is of this version already
        database, stores = await opened(path)
        await stores.jobs.create(new_job(number))
        assert (await stores.jobs.enqueue("j1", {}) is not None) == (number == 2)
        assert not await stores.usage.record(usage("r1"))
        assert await stores.usage.record(usage(f"r{number}", model_used="demo-art"))
        await database.close()
    database, stores = await opened(path)
    assert [(row.model, row.counters["requests"]) for row in await stores.usage.rollups(DAY, DAY)] == [
        ("", 1), ("demo-art", 2),
    ]  # fmt: skip
    assert len(await stores.jobs.all_jobs(["a"])) == 3
    await database.close()


@every_version
async def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path, version: int) -> None:
    path = old_file(tmp_path, version)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE settings (in_the_way TEXT)")
    before = shape(path)
    with pytest.raises(StoreError, match="settings"):
        await opened(path)
    assert shape(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        assert connection.execute("SELECT count(*) FROM rollups").fetchone() == (1,)
        connection.execute("DROP TABLE settings")
    database, stores = await opened(path)
    assert await stores.jobs.get("j1") == new_job(1)
    await database.close()
