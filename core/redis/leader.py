"""One leader among any number of schedulers: a lock in Redis says who, a fence in the database makes sure.

A lock alone lets a leader that was paused act after somebody else took over:
https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
So each leader draws a number that only grows, and acts only while nobody has drawn a higher one.

While Redis is away the leader goes on. It also keeps a slot in the database, so that the others, once they have
waited long enough for Redis, take over only from a leader that is gone, and only one of them does.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import redis.asyncio as redis
from redis.exceptions import RedisError

from core.clock import SECOND, Clock, Millis
from core.errors import StoreError
from core.log import logger
from core.stores.ports import FenceStore, SlotStore

RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
REDIS_FAILURES = (RedisError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Pace:
    """`life`: of lock and slot, in ms. Seconds: between renewals, between tries to lead, patience with Redis."""

    life: Millis = 10 * SECOND
    renew: float = 3.0
    try_again: float = 1.0
    patience: float = 30.0


class Leader:
    """Whether this process leads. A killed leader is followed within `life` and `try_again`: about 11 s."""

    def __init__(
        self,
        client: redis.Redis,
        fences: FenceStore,
        slots: SlotStore,
        clock: Clock,
        name: str = "scheduler",
        prefix: str = "easel:",
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._fences = fences
        self._slots = slots
        self._clock = clock
        self._name = name
        self._key = f"{prefix}leader:{name}"
        self._slot = f"leader:{name}"
        self._token = secrets.token_hex(16)
        self._pace = pace or Pace()
        self._number: int | None = None
        self._away_since: float | None = None
        self._renew = client.register_script(RENEW)
        self._release = client.register_script(RELEASE)

    async def run(self, elected: Callable[[], None]) -> None:
        """Try to lead, and keep leading. `elected` is called each time this process becomes the leader."""
        try:
            while True:
                try:
                    await self._look(elected)
                except StoreError as error:
                    logger().warning("leadership not renewed", errorName=error.code)
                await asyncio.sleep(self._pace.try_again if self._number is None else self._pace.renew)
        finally:
            await self._resign()

    async def acts(self) -> bool:
        """Whether this process leads and nobody has taken over meanwhile. Raises StoreError."""
        if self._number is None:
            return False
        if await self._fences.highest(self._name) == self._number:
            return True
        self._step_down("another scheduler has taken over")
        return False

    async def _look(self, elected: Callable[[], None]) -> None:
        """One round: keep or take the lock, and lead if this process has it."""
        try:
            leads = await self._has_lock()
        except REDIS_FAILURES as error:
            leads = await self._stands_in(error)
        else:
            self._away_since = None
            if leads:
                await self._take_slot()  # its last leader may have it for some seconds more: the lock is enough
        if leads and self._number is None:
            self._number = await self._fences.draw(self._name)
            logger().info("scheduler leads", fence=self._number)
            elected()
        elif not leads and self._number is not None:
            self._step_down("the lock was lost")

    async def _has_lock(self) -> bool:
        if await self._renew(keys=[self._key], args=[self._token, self._pace.life]):
            return True
        return bool(await self._client.set(self._key, self._token, nx=True, px=self._pace.life))

    async def _stands_in(self, error: Exception) -> bool:
        """Whether to lead without Redis: who led before goes on, others wait and then need the slot."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            logger().warning("scheduler cannot reach redis", errorName=type(error).__name__)
        waited = time.monotonic() - self._away_since
        return (self._number is not None or waited >= self._pace.patience) and await self._take_slot()

    async def _take_slot(self) -> bool:
        now = self._clock.now()
        return await self._slots.take(self._slot, self._token, 1, now, now + self._pace.life)

    def _step_down(self, why: str) -> None:
        logger().warning("scheduler steps down", fence=self._number, why=why)
        self._number = None

    async def _resign(self) -> None:
        """Let the next one lead at once. What fails here expires by itself."""
        self._number = None
        with suppress(*REDIS_FAILURES):
            await self._release(keys=[self._key], args=[self._token])
        with suppress(StoreError):
            await self._slots.free(self._slot, self._token)
