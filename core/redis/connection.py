"""One connection pool to Redis, which may go away at any time: nobody waits long for it, and nobody fails with it."""

import time
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError, ResponseError

from core.errors import ConfigError
from core.log import logger

T = TypeVar("T")

TIMEOUT_S = 1.0
CONNECTIONS = 50
REST_S = 1.0
"""After a failure nobody asks Redis for so long, so that an outage costs one timeout a second and not one a request."""
_ADVICE = "Correct REDIS_URL (redis://:password@host:6379/0, or rediss:// for TLS), or leave it empty."


class RedisAway(Exception):
    """Redis cannot be used now. Whoever calls has another way."""


class RedisLink:
    """Runs commands. All keys start with `prefix`: several Easels may share a server.

    `outages` counts how often Redis went away: what was known about its contents is void then.
    """

    def __init__(self, url: str, prefix: str = "easel:", timeout: float = TIMEOUT_S) -> None:
        self._pool = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=timeout, socket_timeout=timeout, socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 1), health_check_interval=30, decode_responses=True, protocol=2,
        )  # fmt: skip
        self.client: redis.Redis = redis.Redis(connection_pool=self._pool)
        self.prefix = prefix
        self.outages = 0
        self._away_until = 0.0
        self._is_away = False

    @classmethod
    async def open(cls, url: str, prefix: str = "easel:") -> Self:
        """Connect. An absent Redis is no error, as it may come; a wrong address or password is. Raises ConfigError."""
        link = cls(url, prefix)
        try:
            await link.client.ping()
        except Exception as error:
            if problem := _problem(error):
                await link.close()
                raise ConfigError([f"REDIS_URL: {problem} {_ADVICE}"]) from None
            link._failed(error)
        return link

    async def run(self, command: Callable[[redis.Redis], Awaitable[T]]) -> T:
        """What the command answers. Raises RedisAway."""
        if time.monotonic() < self._away_until:
            raise RedisAway
        try:
            answer = await command(self.client)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise RedisAway from error
        if self._is_away:
            self._is_away = False
            logger().info("redis is back")
        return answer

    async def close(self) -> None:
        await self.client.aclose()
        await self._pool.disconnect()

    def _failed(self, error: Exception) -> None:
        self._away_until = time.monotonic() + REST_S
        if not self._is_away:
            self._is_away = True
            self.outages += 1
            logger().warning("redis is away", errorName=type(error).__name__, detail=_detail(error))


def _problem(error: Exception) -> str | None:
    """What an operator has to correct; None for what passes by itself."""
    text = f"{type(error).__name__} {error}".lower()
    if isinstance(error, AuthenticationError | AuthorizationError) or "noauth" in text or "wrongpass" in text:
        return "the server refuses this user or password."
    if "certificate" in text or "ssl" in text or "wrong version number" in text:
        return f"no secure connection can be made ({_detail(error)})."
    if "name or service not known" in text or "nodename nor servname" in text or "name resolution" in text:
        return "the host's name is not known."
    if isinstance(error, ResponseError) or "protocol error" in text or "invalidresponse" in text:
        return f"what answers there is not a Redis that can be used ({_detail(error)})."
    return None


def _detail(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0][:200] or type(error).__name__
