"""Wake-up calls between processes over Redis pub/sub: changes, progress, cancels.

Calls may get lost: whoever listens looks into the database now and then anyway, and looks again after a gap.
"""

import asyncio
import json
import secrets
import time
from contextlib import suppress

from redis.exceptions import RedisError

from core.jobs.signals import Heard
from core.log import logger
from core.redis.connection import RedisAway, RedisLink
from core.redis.transport import Transport
from core.tasks import together

CHANNEL = "signals"
BACKLOG = 1_000
PROGRESS_SECONDS = 0.25
RECONNECT_SECONDS = 1.0
LISTEN_SECONDS = 5.0


class RedisRelay:
    """Publishes this process's calls, and lets `here` hear those of the others. Run `run` beside everything else."""

    def __init__(self, link: RedisLink, transport: Transport, here: Heard) -> None:
        self._link = link
        self._transport = transport
        self._here = here
        self._channel = link.prefix + CHANNEL
        self._me = secrets.token_hex(6)
        self._outgoing: asyncio.Queue[dict[str, object]] = asyncio.Queue(BACKLOG)
        self._told: dict[str, float] = {}

    def queued(self) -> None:
        self._send(kind="queued")

    def changed(self, channel: str) -> None:
        self._send(kind="changed", channel=channel)

    def progressed(self, job: str, channel: str, done: float) -> None:
        now = time.monotonic()
        if now - self._told.get(job, 0.0) >= PROGRESS_SECONDS:
            self._told[job] = now
            self._send(kind="progressed", job=job, channel=channel, done=done)

    def said(self, job: str, channel: str, text: str) -> None:
        now = time.monotonic()
        if now - self._told.get(job, 0.0) >= PROGRESS_SECONDS:
            self._told[job] = now
            self._send(kind="said", job=job, channel=channel, text=text)

    def ended(self, job: str, channel: str) -> None:
        self._told.pop(job, None)
        self._send(kind="ended", job=job, channel=channel)

    def stop(self, job: str) -> None:
        self._send(kind="stop", job=job)

    async def run(self) -> None:
        await together(self._publish(), self._listen())

    def _send(self, **call: object) -> None:
        with suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(call)

    async def _publish(self) -> None:
        while True:
            call = await self._outgoing.get() | {"by": self._me}
            with suppress(RedisAway):
                if call["kind"] == "queued":
                    await self._transport.kick()  # one worker only
                    continue
                await self._link.run(lambda client, call=call: client.publish(self._channel, json.dumps(call)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError, TimeoutError) as error:
                logger().debug("relay reconnects", errorName=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self) -> None:
        async with self._link.client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._channel)
            self._here.everything_may_have_changed()
            while True:
                message = await subscription.get_message(timeout=LISTEN_SECONDS)
                if message is None:
                    await subscription.ping()
                elif message["type"] == "message":
                    self._take(message["data"])

    def _take(self, text: str) -> None:
        """Pass one call on. What is not understood, from a newer Easel perhaps, is passed over."""
        try:
            match json.loads(text):
                case {"by": self._me}:
                    return
                case {"kind": "changed", "channel": str(channel)}:
                    self._here.changed(channel)
                case {"kind": "progressed", "job": str(job), "channel": str(channel), "done": int() | float() as done}:
                    self._here.progressed(job, channel, float(done))
                case {"kind": "said", "job": str(job), "channel": str(channel), "text": str(text)}:
                    self._here.said(job, channel, text)
                case {"kind": "ended", "job": str(job), "channel": str(channel)}:
                    self._here.ended(job, channel)
                case {"kind": "stop", "job": str(job)}:
                    self._here.stop(job)
        except ValueError:
            logger().warning("a call was not understood", length=len(text))
