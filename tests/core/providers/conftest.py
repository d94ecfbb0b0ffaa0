"""One fixture builds one thing."""

from collections.abc import AsyncIterator

import pytest

from core.providers.replicate import Replicate
from tests.core.providers.replicate_parts import Caller, replicate
from tests.fakes.replicate import ReplicateFake


@pytest.fixture
async def fake() -> AsyncIterator[ReplicateFake]:
    """Whatever a test looks at: each request is well-formed, and no picture is ever fetched with the key."""
    async with ReplicateFake() as fake:
        yield fake
        assert fake.problems == []
        assert fake.files.leaks == []


@pytest.fixture
async def provider(fake: ReplicateFake) -> AsyncIterator[Replicate]:
    async with replicate(fake) as provider:
        yield provider


@pytest.fixture
def caller() -> Caller:
    return Caller()
