"""What Redis is used for: limits, caches, wake-up calls. Nothing money-like lives there, and all of it may be lost.

While it is away: money and jobs go on from the database, limits are counted there, caches are skipped, and
everybody looks for news instead of being told.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from core.cache import ReplyCache
from core.clock import Clock
from core.jobs.signals import Signals
from core.redis.accounts import CachedAccounts
from core.redis.cache import RedisReplyCache
from core.redis.connection import RedisLink
from core.redis.limits import RedisLimits
from core.redis.relay import RedisRelay
from core.redis.transport import Transport
from core.stores.ports import Stores
from core.tasks import stopped


@dataclass(frozen=True, slots=True)
class Shared:
    """The stores with Redis in front of them, and what is shared through Redis alone."""

    link: RedisLink
    stores: Stores
    cache: ReplyCache
    transport: Transport


@asynccontextmanager
async def open_redis(url: str, stores: Stores, signals: Signals, clock: Clock, process: str) -> AsyncIterator[Shared]:
    """Connect, and carry signals to and from other processes meanwhile. Raises ConfigError."""
    link = await RedisLink.open(url, f"easel:{stores.installation}:")
    limits = RedisLimits(link, stores.limits, clock)
    transport = Transport(url, process, link, signals.work)
    relay = RedisRelay(link, transport, signals.here)
    signals.relay = relay
    relaying = asyncio.create_task(relay.run())
    try:
        fronted = replace(stores, limits=limits, accounts=CachedAccounts(link, stores.accounts))
        yield Shared(link, fronted, RedisReplyCache(link), transport)
    finally:
        await stopped({relaying})
        await limits.close()
        await transport.close()
        await link.close()
