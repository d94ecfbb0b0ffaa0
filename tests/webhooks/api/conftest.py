"""One admin API per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.webhooks.api.support import Api, api_of


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with api_of(tmp_path) as api:
        yield api
