"""A Slack whose clock stands still, and the official client of its bot."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.bolt import quiet
from tests.fakes.slack import EVENTS, Channel, SlackFake
from tests.support import ManualClock


@pytest.fixture
async def fake(clock: ManualClock) -> AsyncIterator[SlackFake]:
    async with SlackFake(clock=clock, ack_seconds=5, events=EVENTS - {"message.im"}) as fake:
        yield fake


@pytest.fixture
def client(fake: SlackFake) -> AsyncWebClient:
    """Without the handler that repeats a call whose connection broke: it posts a message twice."""
    return AsyncWebClient(fake.team.bot_token, base_url=fake.api_url, logger=quiet(), retry_handlers=[])


@pytest.fixture
def general(fake: SlackFake) -> Channel:
    return fake.team.channel("general")
