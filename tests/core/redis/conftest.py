"""A real server per test process, emptied for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis.asyncio as redis

from core.redis.connection import RedisLink
from tests.core.stores.conftest import other, stores
from tests.servers import Valkey, valkey_server

__all__ = ["other", "stores"]
"""Of a database with Redis before it."""


@pytest.fixture
async def url(valkey: Valkey) -> str:
    async with redis.Redis.from_url(valkey.url, protocol=2) as client:
        await client.flushall()
    return valkey.url


@pytest.fixture
async def link(url: str) -> AsyncIterator[RedisLink]:
    link = await RedisLink.open(url)
    yield link
    await link.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Valkey]:
    """A server that a test may kill."""
    with valkey_server(tmp_path / "valkey", mine=True) as server:
        yield server


async def rested(link: RedisLink) -> None:
    """Until the link asks Redis again."""
    await asyncio.sleep(max(0.0, link._away_until - asyncio.get_running_loop().time()) + 0.01)
