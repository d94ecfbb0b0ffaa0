"""The two sides of a database under contract."""

import pytest

from core.stores.ports import Stores

pytest.register_assert_rewrite(
    *(
        f"tests.core.stores.contract{part}"
        for part in ("", "_accounts", "_jobs", "_leases", "_deliveries", "_history", "_reports")
    )
)


@pytest.fixture
def stores(handles: tuple[Stores, Stores]) -> Stores:
    return handles[0]


@pytest.fixture
def other(handles: tuple[Stores, Stores]) -> Stores:
    """The same database as another process sees it."""
    return handles[1]
