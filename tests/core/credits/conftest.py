"""A book that is empty, and a database to keep books in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from tests.core.credits.book import Book


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    yield stores
    await database.close()
