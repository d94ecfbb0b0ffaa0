"""A gateway that sells, and a link to buy by."""

import pytest

from core.app import App
from tests.core.payments.buying import link, sold_by
from tests.fakes.gateway import MemoryGateway


@pytest.fixture
def gateway(app: App) -> MemoryGateway:
    return sold_by(app)


@pytest.fixture
async def secret(app: App) -> str:
    return await link(app)
