"""Answers in Redis: found by every process, kept for a day, and skipped while Redis is away."""

from core.cache import LIFE
from core.jobs.results import Result
from core.redis.cache import PREFIX, RedisReplyCache
from core.redis.connection import RedisLink
from core.timing import stopwatch
from tests.servers import Valkey

ANSWER = Result(provider="demo", model="demo-chat", text="hi \u20ac")


async def test_what_one_process_put_another_finds(link: RedisLink, url: str) -> None:
    await RedisReplyCache(link).put("a", "k", ANSWER)
    other = await RedisLink.open(url)
    assert await RedisReplyCache(other).get("a", "k") == ANSWER
    await other.close()


async def test_only_the_same_account_and_key_find_it(link: RedisLink) -> None:
    cache = RedisReplyCache(link)
    await cache.put("a", "k", ANSWER)
    assert [await cache.get(*other) for other in [("b", "k"), ("a", "l")]] == [None] * 2


async def test_an_answer_lives_for_a_day(link: RedisLink) -> None:
    await RedisReplyCache(link).put("a", "k", ANSWER)
    assert 0 < await link.client.pttl("easel:" + PREFIX + "a:k") <= LIFE


async def test_the_answers_of_one_account_can_be_forgotten(link: RedisLink) -> None:
    cache = RedisReplyCache(link)
    for account in ("a", "b"):
        await cache.put(account, "k", ANSWER)
    await cache.forget("a")
    assert [await cache.get(account, "k") for account in ("a", "b", "c")] == [None, ANSWER, None]
    assert len(await link.client.keys("*")) == 2


async def test_what_cannot_be_read_is_not_found(link: RedisLink) -> None:
    await link.client.set("easel:" + PREFIX + "a:k", '{"of": "another version"}')
    assert await RedisReplyCache(link).get("a", "k") is None


async def test_a_dead_redis_is_skipped(own_server: Valkey) -> None:
    link = await RedisLink.open(own_server.url)
    cache = RedisReplyCache(link)
    own_server.kill()
    await cache.put("a", "k", ANSWER)
    assert await cache.get("a", "k") is None
    await cache.forget("a")
    await link.close()


async def test_reading_and_writing_are_measured(link: RedisLink) -> None:
    with stopwatch() as watch:
        await RedisReplyCache(link).put("a", "k", ANSWER)
        await RedisReplyCache(link).get("a", "k")
    assert set(watch.parts) == {"cache_write_ms", "cache_read_ms"}
