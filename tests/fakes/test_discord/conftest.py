"""A fake Discord with and without its own description, and a plain HTTP client of a bot."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes.discord import DiscordFake


@pytest.fixture(params=[True, False], ids=["with the description", "without"])
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[DiscordFake]:
    async with DiscordFake(check=request.param) as fake:
        yield fake


@pytest.fixture
async def api(fake: DiscordFake) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=fake.api_url, headers={"Authorization": f"Bot {fake.token}"}) as api:
        yield api


@pytest.fixture
def place(fake: DiscordFake) -> str:
    return f"/channels/{fake.guild().channels[0].id}/messages"
