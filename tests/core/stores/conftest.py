"""The two sides of a database under contract, and an SQLite file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database


@pytest.fixture
def stores(handles: tuple[Stores, Stores]) -> Stores:
    return handles[0]


@pytest.fixture
def other(handles: tuple[Stores, Stores]) -> Stores:
    """The same database as another process sees it."""
    return handles[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "easel.db"


@pytest.fixture
async def opened(path: Path) -> AsyncIterator[tuple[Database, Stores]]:
    database, stores = await open_sqlite(path)
    yield database, stores
    await database.close()
