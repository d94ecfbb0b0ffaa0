"""Answers given before, shared by all processes through Redis."""

from core.cache import LIFE
from core.jobs.results import Result
from core.redis.connection import RedisAway, RedisLink
from core.timing import measured

PREFIX = "reply:"
INDEX = "replies:"


class RedisReplyCache:
    """`ReplyCache` on Redis. While Redis is away nothing is found and nothing kept."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def get(self, account: str, key: str) -> Result | None:
        key = self._key(account, key)
        with measured("cache_read_ms"):
            try:
                kept = await self._link.run(lambda client: client.get(key))
                return Result.model_validate_json(kept) if kept else None
            except (RedisAway, ValueError):  # or of another version of Easel
                return None

    async def put(self, account: str, key: str, result: Result) -> None:
        key = self._key(account, key)
        with measured("cache_write_ms"):
            try:
                async with self._link.client.pipeline(transaction=False) as pipe:
                    pipe.set(key, result.model_dump_json(), px=LIFE)
                    pipe.sadd(self._index(account), key)
                    pipe.pexpire(self._index(account), LIFE)
                    await self._link.run(lambda _: pipe.execute())
            except RedisAway:
                return

    async def forget(self, account: str) -> None:
        try:
            keys = await self._link.run(lambda client: client.smembers(self._index(account)))
            await self._link.run(lambda client: client.delete(self._index(account), *keys))
        except RedisAway:
            return  # the answers expire within LIFE

    def _key(self, account: str, key: str) -> str:
        return f"{self._link.prefix}{PREFIX}{account}:{key}"

    def _index(self, account: str) -> str:
        return f"{self._link.prefix}{INDEX}{account}"
