"""Open the database that is configured, and say whose clock counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from core.clock import Clock, Millis, ServerClock, SystemClock
from core.errors import StoreError
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.tasks import stopped

SYNC_SECONDS = 30.0
SQLITE = "sqlite:///"


class Timekeeper(Protocol):
    """A database whose clock all processes can ask."""

    async def now(self) -> Millis: ...


@asynccontextmanager
async def open_stores(url: str) -> AsyncIterator[tuple[Stores, Clock]]:
    """The stores, and the clock by which all processes on them agree. Raises ConfigError or StoreError.

    On one machine that is the machine's clock. Machines that share a MongoDB go by the server's: leases, holds and
    days must not depend on whose clock is a minute off.
    """
    if url.startswith(SQLITE):
        file, stores = await open_sqlite(Path(url.removeprefix(SQLITE)))
        try:
            yield stores, SystemClock()
        finally:
            await file.close()
        return
    from core.stores.mongo import open_mongo  # noqa: PLC0415  # the driver is slow to import

    server, stores = await open_mongo(url)
    clock = ServerClock()
    syncing: list[asyncio.Task[None]] = []
    try:
        await _sync(clock, server)
        syncing.append(asyncio.create_task(_keep_in_sync(clock, server)))
        yield stores, clock
    finally:
        await stopped(syncing)
        await server.close()


async def _keep_in_sync(clock: ServerClock, server: Timekeeper) -> None:
    while True:
        await asyncio.sleep(SYNC_SECONDS)
        with suppress(StoreError):  # until then it goes on by itself
            await _sync(clock, server)


async def _sync(clock: ServerClock, server: Timekeeper) -> None:
    asked = clock.ticks()
    clock.set(await server.now(), asked, clock.ticks())
