"""Waking workers over Redis Streams with taskiq: each queued job wakes one worker that has a lane free.

The message says only that there is work. Which job is next is decided where the jobs are, by claiming it; so a
message that is lost, late or delivered twice costs at most a look (docs/decisions/0007). taskiq's receiver is run
by our own worker process: its command line does not stop on SIGTERM, and messages are acknowledged on receipt, as
taskiq-redis 1.2.4 does not hand a dead worker's messages on while the queue is idle.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from taskiq.acks import AcknowledgeType
from taskiq.exceptions import TaskiqError
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from core.jobs.signals import Bell
from core.log import logger
from core.redis.connection import RedisLink
from core.tasks import stopped

STREAM = "work"
GROUP = "easel"
MAX_LENGTH = 10_000
RECONNECT_SECONDS = 1.0
BLOCK_MS = 2_000
DEAD_AFTER_MS = 3_600_000


class Transport:
    """`kick` from any process; `run` in those that have workers, whose free lanes wait for `work` to ring."""

    def __init__(self, url: str, worker: str, link: RedisLink, work: Bell) -> None:
        self._worker = worker
        self._stream = link.prefix + STREAM
        self._link = link
        self._work = work
        self._stopping = asyncio.Event()
        self._broker = RedisStreamBroker(
            url, queue_name=self._stream, consumer_group_name=GROUP, consumer_name=worker, maxlen=MAX_LENGTH,
            xread_count=1, xread_block=BLOCK_MS, unacknowledged_lock_timeout=10, max_connection_pool_size=8,
            socket_timeout=BLOCK_MS / 1_000 + 3, socket_connect_timeout=3, protocol=2,
        )  # fmt: skip
        self._wake = self._broker.task(task_name="easel.wake")(self._task())
        logging.getLogger("taskiq").setLevel(logging.WARNING)  # a line for each message would say nothing

    async def kick(self) -> None:
        """Wake one worker. Raises RedisAway: workers look by themselves, too."""
        await self._link.run(lambda _: self._send())

    async def _send(self) -> None:
        try:
            await self._wake.kiq()
        except TaskiqError as error:  # it hides what Redis said
            raise RedisConnectionError(str(error.__cause__ or error)) from error

    async def run(self) -> None:
        """Listen until cancelled, through every outage."""
        try:
            while True:
                try:
                    await self._forget_the_dead()
                    receiver = Receiver(
                        self._broker, max_async_tasks=1, max_prefetch=0, ack_type=AcknowledgeType.WHEN_RECEIVED
                    )
                    await receiver.listen(self._stopping)
                except Exception as error:
                    logger().debug("transport reconnects", errorName=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            self._stopping.set()

    async def close(self) -> None:
        self._stopping.set()
        with suppress(RedisError, OSError, TimeoutError):
            await self._broker.shutdown()
            await self._link.client.xgroup_delconsumer(self._stream, GROUP, self._worker)

    def _task(self) -> Callable[[], Awaitable[None]]:
        async def wake() -> None:  # taskiq takes functions only
            await self._wake_one_lane()

        return wake

    async def _wake_one_lane(self) -> None:
        """Keep the next message for other workers until a lane of this one is free."""
        waits = [asyncio.create_task(self._work.attended()), asyncio.create_task(self._stopping.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        await stopped(waits)
        self._work.ring()

    async def _forget_the_dead(self) -> None:
        """Workers that were killed leave their name in the group."""
        client = self._link.client
        with suppress(ResponseError):  # there is no stream yet
            for consumer in await client.xinfo_consumers(self._stream, GROUP):
                if consumer["idle"] > DEAD_AFTER_MS:
                    await client.xgroup_delconsumer(self._stream, GROUP, consumer["name"])
