"""A fake Discord with the bot connected to it, and somebody who uses it."""

from collections.abc import AsyncIterator

import pytest

from core.settings import Settings
from tests.bots.discord.running import Running, running
from tests.fakes.discord import DiscordFake, Guild, User


@pytest.fixture
async def fake() -> AsyncIterator[DiscordFake]:
    async with DiscordFake() as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
async def easel(fake: DiscordFake, settings: Settings) -> AsyncIterator[Running]:
    async with running(fake, settings) as easel:
        yield easel


@pytest.fixture
async def idle(fake: DiscordFake, settings: Settings) -> AsyncIterator[Running]:
    """Without workers, until a test starts them."""
    async with running(fake, settings, works=False) as easel:
        yield easel


@pytest.fixture
def alice(fake: DiscordFake) -> User:
    return fake.user("alice")


@pytest.fixture
def bob(fake: DiscordFake) -> User:
    return fake.user("bob")


@pytest.fixture
def home(fake: DiscordFake) -> Guild:
    return fake.guild()
