"""A fake Slack, and Easel connected to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bots.slack.running import Easel, Mode, core_of, running
from tests.fakes.slack import SlackFake


@pytest.fixture
async def fake() -> AsyncIterator[SlackFake]:
    async with SlackFake(ack_seconds=5, retry_delays=(0.0, 0.0, 0.0)) as fake:
        yield fake
        assert not fake.problems


@pytest.fixture
async def core(fake: SlackFake, tmp_path: Path) -> AsyncIterator[Easel]:
    async with core_of(fake, tmp_path) as easel:
        yield easel


@pytest.fixture
async def easel(core: Easel) -> AsyncIterator[Easel]:
    async with running(core) as easel:
        yield easel


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    chosen: Mode = request.param
    return chosen
