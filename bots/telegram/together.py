"""The pace of all processes of one bot together, in Redis, where there is one. It may vanish: then each paces itself.

A message takes its place in its chat's window and in that of all chats at once, or in neither (TAKE). A place counts
from the message's answer on, as Telegram counts from when it got the message; until then it is dated a little ahead, so
that the place of a process that was killed is free again soon. A chat that Telegram has closed is closed for all.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio as redis
from redis.exceptions import RedisError

from bots.telegram.pacer import Limit
from core.log import logger

AHEAD_MS = 2_000
"""An answer takes no longer, as a rule."""
LOOK_SECONDS = 0.25
"""A place may become free before its time, when the answer comes."""
REST_SECONDS = 1.0
"""After a failure Redis is not asked for so long."""

TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait, weight = redis.call('PTTL', KEYS[1]), tonumber(ARGV[2])
for i = 2, #KEYS do
  local limit, life = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - life)
  local over = redis.call('ZCARD', KEYS[i]) + math.min(weight, limit) - limit
  if over > 0 then
    local oldest = redis.call('ZRANGE', KEYS[i], over - 1, over - 1, 'WITHSCORES')
    wait = math.max(wait, oldest[2] + life - now)
  end
end
if wait > 0 then return wait end
for i = 2, #KEYS do
  for n = 1, weight do redis.call('ZADD', KEYS[i], now + tonumber(ARGV[3]), ARGV[1] .. ':' .. n) end
  redis.call('PEXPIRE', KEYS[i], tonumber(ARGV[2 * i + 1]) + tonumber(ARGV[3]))
end
return 0
"""
"""KEYS: the chat's closure, then its window and all chats'. ARGV: name, weight, ms ahead; then of each window how many
messages in how many ms. Answers how many ms to wait, 0 when the place is taken."""

ANSWERED = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #KEYS do
  for n = 1, tonumber(ARGV[2]) do redis.call('ZADD', KEYS[i], 'XX', now, ARGV[1] .. ':' .. n) end
end
"""


class RedisPace:
    """`Together` in Redis. All keys start with `prefix`."""

    def __init__(self, client: "redis.Redis", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._take = client.register_script(TAKE)
        self._answered = client.register_script(ANSWERED)
        self._away_until = 0.0

    @asynccontextmanager
    async def entered(self, chat: str, own: Limit, overall: Limit, weight: int) -> AsyncIterator[None]:
        """Inside, a call with so many messages to this chat is made."""
        name = secrets.token_hex(8)
        windows = [f"{self._prefix}pace:{chat}", f"{self._prefix}pace"]
        is_taken = await self._taken(name, chat, windows, (own, overall), weight)
        try:
            yield
        finally:
            if is_taken:
                await self._note(name, windows, weight)

    async def close(self, chat: str, seconds: float) -> None:
        """Telegram takes nothing for this chat for so long."""
        try:
            await self._client.set(f"{self._prefix}closed:{chat}", 1, px=max(1, round(seconds * 1000)))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    async def _taken(self, name: str, chat: str, windows: list[str], limits: tuple[Limit, ...], weight: int) -> bool:
        """Wait for a place. False when Redis cannot be asked: then there is no place to wait for."""
        keys = [f"{self._prefix}closed:{chat}", *windows]
        windowed = [value for count, seconds in limits for value in (count, round(seconds * 1000))]
        values: list[str | int] = [name, weight, AHEAD_MS, *windowed]
        while asyncio.get_running_loop().time() >= self._away_until:
            try:
                wait = float(await self._take(keys=keys, args=values))
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)
                return False
            if wait <= 0:
                return True
            await asyncio.sleep(min(wait / 1000, LOOK_SECONDS))
        return False

    async def _note(self, name: str, windows: list[str], weight: int) -> None:
        try:
            await self._answered(keys=windows, args=[name, weight])
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._away_until = asyncio.get_running_loop().time() + REST_SECONDS
        logger().warning("pace not shared", errorName=type(error).__name__)
