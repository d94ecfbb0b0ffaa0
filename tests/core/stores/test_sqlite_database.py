"""The SQLite file as a database: full disks, transactions undone, cancelled callers, closing."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from core.errors import StoreError, StoreFull
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from core.timing import stopwatch
from tests.core.stores.contract import granted
from tests.core.stores.contract_jobs import new_job
from tests.core.stores.contract_reports import fallen_back
from tests.support import NOON

ROW = "INSERT INTO takes VALUES ('k', 'r', 1)"


@pytest.fixture
def database(opened: tuple[Database, Stores]) -> Database:
    return opened[0]


@pytest.fixture
def stores(opened: tuple[Database, Stores]) -> Stores:
    return opened[1]


async def fill(database: Database, spare: int = 0) -> None:
    """No more pages than there are now and a few spare ones: as if the disk were full."""

    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + spare}")

    await database.write(limit)


async def grant_until_full(stores: Stores) -> None:
    for number in range(10_000):
        await granted(stores, f"b{number}", "g" * 500)


async def make_space(database: Database) -> None:
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))


async def count(database: Database, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"  # noqa: S608  # the tests name the tables
    return await database.read(lambda connection: int(connection.execute(query).fetchone()[0]))


# --- full disks --------------------------------------------------------------------------------------------


async def test_on_a_full_disk_nothing_is_half_written(database: Database, stores: Stores) -> None:
    await granted(stores, "a", "g")
    await fill(database, spare=4)
    with pytest.raises(StoreFull) as caught:
        await grant_until_full(stores)
    assert caught.value.retryable
    assert await count(database, "entries") == await count(database, "snapshots") > 1


async def test_after_space_was_made_the_same_write_succeeds(database: Database, stores: Stores) -> None:
    job = new_job(1, locale="x" * 100_000)
    await fill(database)
    with pytest.raises(StoreFull):
        await stores.jobs.create(job)
    assert await stores.jobs.get("j1") is None
    await make_space(database)
    assert await stores.jobs.create(job) == job


async def test_reading_goes_on_while_the_disk_is_full(database: Database, stores: Stores) -> None:
    await stores.jobs.create(new_job(1))
    await fill(database)
    with pytest.raises(StoreFull):
        await stores.jobs.create(new_job(2, locale="x" * 100_000))
    assert await stores.jobs.get("j1") == new_job(1)


# --- transactions ------------------------------------------------------------------------------------------


async def test_a_transaction_that_raises_is_undone(database: Database) -> None:
    def transaction(connection: sqlite3.Connection) -> None:
        connection.execute(ROW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(transaction)
    assert await count(database, "takes") == 0


async def test_a_transaction_that_breaks_a_rule_of_the_tables_is_undone_and_explained(database: Database) -> None:
    def transaction(connection: sqlite3.Connection) -> None:
        connection.execute(ROW)
        connection.execute(ROW)

    with pytest.raises(StoreError, match="UNIQUE constraint failed"):
        await database.write(transaction)
    assert await count(database, "takes") == 0


async def test_a_record_is_in_all_of_its_rows_or_is_not_there(database: Database, stores: Stores) -> None:
    refuse = "BEFORE INSERT ON rollups WHEN NEW.model = 'small' BEGIN SELECT RAISE(ABORT, 'no'); END"
    await database.write(lambda connection: connection.execute(f"CREATE TRIGGER refuse {refuse}"))
    with pytest.raises(StoreError):
        await stores.usage.record(fallen_back())
    assert await stores.usage.get("r1") is None
    assert await count(database, "rollups") == 0
    await database.write(lambda connection: connection.execute("DROP TRIGGER refuse"))
    assert await stores.usage.record(fallen_back())
    assert await count(database, "rollups") == 3 + 3 + 1  # of its account, of all accounts, and of the month


async def test_a_transaction_that_ended_itself_leaves_the_connection_usable(database: Database) -> None:
    def transaction(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise ZeroDivisionError

    for run in (database.write, database.read):
        with pytest.raises(ZeroDivisionError):
            await run(transaction)
    await database.write(lambda connection: connection.execute(ROW))
    assert await count(database, "takes") == 1


async def test_a_read_sees_one_moment(database: Database, path: Path) -> None:
    other, _ = await open_sqlite(path)
    between, resumed = threading.Event(), threading.Event()

    def read(connection: sqlite3.Connection) -> list[int]:
        query = "SELECT count(*) FROM takes"
        first = connection.execute(query).fetchone()[0]
        between.set()
        resumed.wait(5)
        return [first, connection.execute(query).fetchone()[0]]

    reading = asyncio.create_task(database.read(read))
    await asyncio.to_thread(between.wait, 5)
    await other.write(lambda connection: connection.execute(ROW))
    resumed.set()
    assert await reading == [0, 0]
    assert await count(database, "takes") == 1
    await other.close()


async def test_a_cancelled_caller_leaves_no_half_transaction(database: Database) -> None:
    inside, resumed = threading.Event(), threading.Event()

    def transaction(connection: sqlite3.Connection) -> None:
        connection.execute(ROW)
        inside.set()
        resumed.wait(5)
        connection.execute(ROW.replace("'r'", "'r2'"))

    writing = asyncio.create_task(database.write(transaction))
    await asyncio.to_thread(inside.wait, 5)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    resumed.set()
    await database.write(lambda _: None)
    assert await count(database, "takes") == 2


async def test_what_was_acknowledged_is_there_for_who_opens_the_file_next(path: Path) -> None:
    database, stores = await open_sqlite(path)
    await stores.jobs.create(new_job(1))
    await database.close()
    database, stores = await open_sqlite(path)
    assert await stores.jobs.get("j1") == new_job(1)
    await database.close()


async def test_every_commit_is_synced_to_the_disk(database: Database) -> None:
    def pragmas(connection: sqlite3.Connection) -> list[object]:
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert await database.write(pragmas) == ["wal", 2]


async def test_time_in_the_database_is_measured(stores: Stores) -> None:
    with stopwatch() as watch:
        await stores.limits.take("k", "r", 1, NOON)
        await stores.limits.used("k")
    assert list(watch.parts) == ["db_ms"]


# --- closing -----------------------------------------------------------------------------------------------


async def test_use_after_close_is_a_store_error(path: Path) -> None:
    database, stores = await open_sqlite(path)
    await database.close()
    with pytest.raises(StoreError, match="closed"):
        await stores.limits.used("k")
    with pytest.raises(StoreError, match="closed"):
        await stores.limits.take("k", "r", 1, NOON)


async def test_closing_twice_is_closing_once(path: Path) -> None:
    database, _ = await open_sqlite(path)
    await database.close()
    await database.close()


async def test_closing_waits_for_what_was_begun(path: Path) -> None:
    database, stores = await open_sqlite(path)
    writes = [asyncio.create_task(stores.limits.take("k", f"r{i}", 99, NOON)) for i in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert sorted(take for take in await asyncio.gather(*writes) if take) == list(range(1, 21))
