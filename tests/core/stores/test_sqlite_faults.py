"""What can be wrong with an SQLite file, and what is said about it. Nothing is ever half written."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from core.errors import StoreCorrupt, StoreReadOnly, StoreTooNew
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.schema import SCHEMA_VERSION
from tests.support import NOON

NOBODY = 65534


async def closed_database(path: Path) -> None:
    database, _ = await open_sqlite(path)
    await database.close()


async def take_once(path: Path) -> None:
    database, stores = await open_sqlite(path)
    try:
        await stores.limits.take("k", "r", 1, NOON)
    finally:
        await database.close()


def changed(path: Path, change: Callable[[bytes], bytes]) -> bytes:
    """Write over a file behind SQLite's back; its new content."""
    data = change(path.read_bytes())
    path.write_bytes(data)
    return data


def allow(path: Path, mode: int) -> None:
    path.chmod(mode)


def plain(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None, timeout=0.05, check_same_thread=False))


@contextmanager
def unprivileged() -> Iterator[None]:
    """As somebody who is bound by file permissions."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that everybody may enter and nobody but its owner may change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield folder
        folder.chmod(0o755)


# --- files that are no database of ours --------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"this is a letter to my grandmother. " * 99,
        lambda data: data[:5000],
        lambda data: data[:100] + b"\xff" * 3000 + data[3100:],
        lambda data: b"\x00" * len(data),
    ],
    ids=["another file", "cut off", "overwritten", "zeroed"],
)
async def test_a_damaged_file_is_named_and_left_as_it_is(path: Path, damage: Callable[[bytes], bytes]) -> None:
    await closed_database(path)
    before = changed(path, damage)
    with pytest.raises(StoreCorrupt, match=rf"{path} is not a usable Easel database"):
        await open_sqlite(path)
    assert changed(path, bytes) == before


async def test_a_database_of_a_newer_easel_is_refused_and_left_as_it_is(path: Path) -> None:
    await closed_database(path)
    with plain(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreTooNew, match=rf"has schema version {SCHEMA_VERSION + 1}; this Easel knows"):
        await open_sqlite(path)
    with plain(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)


@pytest.mark.parametrize("table", ["notes", "accounts"])
async def test_a_database_of_another_program_is_refused_and_left_as_it_is(path: Path, table: str) -> None:
    with plain(path) as connection:
        connection.execute(f"CREATE TABLE {table} (words TEXT)")
    with pytest.raises(StoreCorrupt, match="is not a usable Easel database"):
        await open_sqlite(path)
    with plain(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [(table,)]


async def test_a_page_damaged_while_open_is_reported_as_corruption(path: Path) -> None:
    await closed_database(path)
    database, stores = await open_sqlite(path)
    changed(path, lambda data: data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(StoreCorrupt):
        await stores.ledger.accounts()
    await database.close()


# --- places that cannot be written -------------------------------------------------------------------------


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match="cannot be written"):
        await open_sqlite(tmp_path)


async def test_a_path_below_a_file_cannot_be_written() -> None:
    with pytest.raises(StoreReadOnly):
        await open_sqlite(Path(__file__) / "easel.db")


async def test_a_missing_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        await open_sqlite(tmp_path / "missing" / "easel.db")


async def test_a_folder_without_rights_cannot_be_written(locked_folder: Path) -> None:
    allow(locked_folder, 0o555)
    with unprivileged(), pytest.raises(StoreReadOnly):
        await open_sqlite(locked_folder / "easel.db")


@pytest.fixture
async def read_only(locked_folder: Path) -> Path:
    """A database that its owner alone may write."""
    path = locked_folder / "easel.db"
    await closed_database(path)
    allow(path, 0o444)
    allow(locked_folder, 0o777)
    return path


async def test_a_file_without_rights_cannot_be_written(read_only: Path) -> None:
    with unprivileged(), pytest.raises(StoreReadOnly, match=r"easel\.db cannot be written"):
        await take_once(read_only)


async def test_a_file_without_rights_is_noticed_when_it_is_opened(read_only: Path) -> None:
    with unprivileged(), pytest.raises(StoreReadOnly):
        await closed_database(read_only)
