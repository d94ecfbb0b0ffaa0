"""The two sides of a database under contract."""

import pytest

from core.stores.ports import Stores


@pytest.fixture
def stores(handles: tuple[Stores, Stores]) -> Stores:
    return handles[0]


@pytest.fixture
def other(handles: tuple[Stores, Stores]) -> Stores:
    """The same database as another process sees it."""
    return handles[1]
