"""Several processes keep Telegram's limits together through Redis, and each by itself without it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio as redis
from telegram.error import RetryAfter

from bots.telegram import app as wiring
from bots.telegram import together
from bots.telegram.pacer import Limit, NoRoom, Pacer
from bots.telegram.together import RedisPace
from core.redis.connection import RedisLink
from tests.bots.telegram.bots import settings_for
from tests.bots.telegram.test_pacer import FAST, Api, most_in, send
from tests.fakes.telegram import TelegramFake
from tests.servers import Valkey
from tests.support import opened


@pytest.fixture
async def client(valkey: Valkey) -> AsyncIterator[redis.Redis]:
    async with redis.Redis.from_url(valkey.url, protocol=2) as client:
        await client.flushall()
        yield client


def process(client: redis.Redis, overall: Limit = FAST, private: Limit = FAST) -> Pacer:
    """The pacer of another process on the same Redis."""
    return Pacer(overall, private, together=RedisPace(client, "test:"))


async def test_processes_together_send_no_more_to_a_chat_than_one_may(client: redis.Redis) -> None:
    api, pacers = Api(0.01), [process(client, private=(1, 0.1)) for _ in range(3)]
    await asyncio.gather(*(send(pacer, api, 1) for pacer in pacers for _ in range(2)))
    assert len(api.came) == 6
    assert most_in([at for _, at in api.came], 0.0989) == 1


async def test_processes_together_send_no_more_to_all_chats_than_one_may(client: redis.Redis) -> None:
    api, pacers = Api(), [process(client, overall=(4, 0.2)) for _ in range(2)]
    await asyncio.gather(*(send(pacer, api, chat) for chat in range(1, 7) for pacer in pacers))
    assert len(api.came) == 12
    assert most_in([at for _, at in api.came], 0.1989) <= 4


async def test_an_album_takes_its_places_for_all(client: redis.Redis) -> None:
    api, (one, other) = Api(), [process(client, overall=(4, 60.0)) for _ in range(2)]
    await send(one, api, 1, endpoint="sendMediaGroup", media=[1, 2, 3])
    await send(other, api, 2, patience=0.5)
    with pytest.raises(NoRoom):
        await send(other, api, 3, patience=0.1)


async def test_a_chat_that_telegram_closed_is_closed_for_all(client: redis.Redis) -> None:
    api, (one, other) = Api(), [process(client) for _ in range(2)]
    api.refusals = [RetryAfter(1)]
    refused = asyncio.create_task(send(one, api, 1))
    while not await client.exists("test:closed:1"):  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.005)
    with pytest.raises(NoRoom):
        await send(other, api, 1, patience=0.1)
    await send(other, api, 2, patience=0.5)
    assert await refused == "1"


async def test_the_place_of_a_process_that_was_killed_is_free_again(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "AHEAD_MS", 100)
    pace = RedisPace(client, "test:")
    await pace._taken("killed", "1", ["test:pace:1", "test:pace"], ((1, 0.05), FAST), 1)
    await send(process(client, private=(1, 0.05)), Api(), 1, patience=5)


async def test_without_redis_each_goes_on_alone() -> None:
    api, nowhere = Api(), RedisLink("redis://127.0.0.1:1")
    pacer = process(nowhere.client, private=(1, 0.05))
    await asyncio.gather(*(send(pacer, api, 1) for _ in range(2)))
    assert most_in([at for _, at in api.came], 0.0499) == 1
    await nowhere.close()


async def test_where_there_is_redis_a_bot_uses_it(fake: TelegramFake, tmp_path: Path, valkey: Valkey) -> None:
    async with opened(settings_for(fake, tmp_path, redis_url=valkey.url)) as app:
        assert isinstance(wiring._pacer(app)._together, RedisPace)
