"""Several processes on one SQLite file: locks are waited for, for a while, and said when they last."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreBusy
from core.stores.sqlite import database as module
from core.stores.sqlite import open_sqlite
from tests.support import NOON

RACE = """
import asyncio, sys
from pathlib import Path
from core.stores.sqlite import open_sqlite

async def main():
    database, stores = await open_sqlite(Path(sys.argv[1]))
    await stores.limits.take("k", sys.argv[2], 99, 1)
    await database.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "easel.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.05)


def plain(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False))


@pytest.mark.usefixtures("impatient")
async def test_a_file_locked_by_another_program_is_busy(path: Path) -> None:
    database, _ = await open_sqlite(path)
    await database.close()
    with plain(path) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            await open_sqlite(path)


@pytest.mark.usefixtures("impatient")
async def test_a_lock_fails_the_write_and_lets_reads_and_later_writes_through(path: Path) -> None:
    database, stores = await open_sqlite(path)
    with plain(path) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy) as caught:
            await stores.limits.take("k", "r", 1, NOON)
        assert caught.value.retryable
        assert await stores.limits.used("k") == 0
        connection.execute("ROLLBACK")
    assert await stores.limits.take("k", "r", 1, NOON) == 1
    await database.close()


async def test_a_short_lock_is_waited_for(path: Path) -> None:
    database, stores = await open_sqlite(path)
    with plain(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        take = asyncio.create_task(stores.limits.take("k", "r", 1, NOON))
        await asyncio.sleep(0.05)
        connection.execute("ROLLBACK")
        assert await take == 1
    await database.close()


async def test_opening_a_new_file_waits_for_another_process_that_is_making_it(path: Path) -> None:
    with plain(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(open_sqlite(path))
        await asyncio.sleep(0.1)
        connection.execute("ROLLBACK")
    database, stores = await opening
    assert await stores.limits.take("k", "r", 1, NOON) == 1
    await database.close()


def test_processes_that_make_the_same_new_file_at_once_all_succeed(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path / f"{number % 2}.db"), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(8)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=30)[1] for process in processes]
    assert said == [""] * len(processes)
    for number in range(2):
        with plain(tmp_path / f"{number}.db") as connection:
            assert connection.execute("SELECT count(*) FROM takes").fetchone() == (4,)
