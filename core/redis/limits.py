"""Counts per window in Redis, exact and in one round trip, with the database as memory and as stand-in.

Every take is also written to the database, behind the person's back. So the counts outlive a Redis that is emptied,
evicts or goes away: the database counts on, and what it counted is brought along when Redis is used again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any

from core.clock import HOUR, Clock, Millis
from core.errors import StoreError
from core.log import logger
from core.redis.connection import RedisAway, RedisLink
from core.stores.ports import LimitStore

PREFIX = "limit:"
KEYS_REMEMBERED = 10_000
UNKNOWN, FULL = -2, -1

TAKE = """
if ARGV[4] == '1' then
  for i = 5, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end
elseif redis.call('EXISTS', KEYS[1]) == 0 then
  return -2
end
local used = redis.call('SCARD', KEYS[1])
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then
  if used >= tonumber(ARGV[2]) then return -1 end
  redis.call('SADD', KEYS[1], ARGV[1])
  used = used + 1
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return used
"""
"""KEYS: the window. ARGV: request, limit, life in ms, '1' if requests follow that were counted before."""


class RedisLimits:
    """`LimitStore` on Redis in front of the database's."""

    def __init__(self, link: RedisLink, database: LimitStore, clock: Clock) -> None:
        self._link = link
        self._database = database
        self._clock = clock
        self._take = link.client.register_script(TAKE)
        self._seeded: OrderedDict[str, int] = OrderedDict()
        self._writing: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def take(self, key: str, request_id: str, limit: int, expires_at: Millis) -> int | None:
        life = max(0, expires_at - self._clock.now()) + HOUR
        try:
            used = UNKNOWN
            if self._seeded.get(key) == self._link.outages:
                used = await self._taken_in_redis(key, [request_id, limit, life, "0"])
            if used == UNKNOWN:
                outages = self._link.outages
                counted = await self._database.taken(key)
                used = await self._taken_in_redis(key, [request_id, limit, life, "1", *counted])
                self._remember(key, outages)
        except RedisAway:
            return await self._database.take(key, request_id, limit, expires_at)
        if used == FULL:
            return None
        self._write_down(key, request_id, expires_at)
        return used

    async def give_back(self, key: str, request_id: str) -> None:
        if writing := self._writing.get((key, request_id)):
            await asyncio.wait({writing})
        await self._database.give_back(key, request_id)  # first: an emptied window is filled from there
        try:
            await self._link.run(lambda client: client.srem(self._link.prefix + PREFIX + key, request_id))
        except RedisAway:
            return

    async def used(self, key: str) -> int:
        try:
            if used := await self._link.run(lambda client: client.scard(self._link.prefix + PREFIX + key)):
                return int(used)
        except RedisAway:
            pass
        return await self._database.used(key)

    async def taken(self, key: str) -> list[str]:
        return await self._database.taken(key)

    async def purge(self, now: Millis) -> None:
        await self._database.purge(now)  # Redis forgets by itself

    async def close(self) -> None:
        """Finish writing down."""
        if self._writing:
            await asyncio.wait(self._writing.values())

    async def _taken_in_redis(self, key: str, values: list[str | int]) -> int:
        return int(await self._link.run(lambda _: self._take(keys=[self._link.prefix + PREFIX + key], args=values)))

    def _remember(self, key: str, outages: int) -> None:
        self._seeded[key] = outages
        self._seeded.move_to_end(key)
        while len(self._seeded) > KEYS_REMEMBERED:
            self._seeded.popitem(last=False)

    def _write_down(self, key: str, request_id: str, expires_at: Millis) -> None:
        place = (key, request_id)
        if place in self._writing:
            return
        task = asyncio.create_task(self._written(self._database.take(key, request_id, UNLIMITED, expires_at)))
        self._writing[place] = task
        task.add_done_callback(lambda _: self._writing.pop(place, None))

    async def _written(self, take: Coroutine[Any, Any, int | None]) -> None:
        try:
            await take
        except StoreError as error:
            logger().warning("a count was not written down", errorName=error.code)


UNLIMITED = 2**31 - 1
"""Redis has decided; the database only remembers."""
