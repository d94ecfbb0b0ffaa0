"""Deliveries over Socket Mode: the app connects, gets envelopes, and acknowledges each by its id.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from aiohttp import WSMsgType, web

from core.tasks import stopped
from tests.fakes.slack.deliveries import Attempt, Sort
from tests.fakes.slack.model import Json
from tests.fakes.slack.world import World

CONNECTIONS = 10
"""https://docs.slack.dev/apis/events-api/using-socket-mode (at most 10 at once)"""

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


_DISCONNECT: Json = {"type": "disconnect", "debug_info": {"host": "applink-1"}}


@dataclass(eq=False)
class Link:
    """One connection of the app, and the TCP connection under it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None


@dataclass
class Envelope:
    """One envelope on its way."""

    attempt: Attempt
    sent_at: float
    takes_payload: bool
    acked: asyncio.Event


class SocketMode:
    """Serves `/link/`. `opened` counts every connection there ever was."""

    def __init__(self, world: World, ack_seconds: float) -> None:
        self._world = world
        self.ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._live: list[Link] = []
        self._envelopes: dict[str, Envelope] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self.opened = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/link/", self._serve)]

    @property
    def live(self) -> int:
        """Connections that are open now."""
        return len(self._live)

    def open(self) -> str:
        """A new address, good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        address = self._world.base_url.replace("http://", "ws://")
        return f"{address}/link/?ticket={ticket}&app_id={self._world.app.app_id}"

    async def connected(self, opened: int = 1, seconds: float = 10.0) -> None:
        """Wait until this many connections were ever opened, and one is live."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: self.opened >= opened and bool(self._live))

    async def send(self, sort: Sort, payload: Json, attempt: Attempt) -> None:
        """To one of the connections, in turn."""
        if not self._live:
            attempt.failure = "connection_failed"
            return
        envelope_id = str(uuid.uuid4())
        envelope = Envelope(attempt, time.monotonic(), _takes_answer(sort, payload), asyncio.Event())
        self._envelopes[envelope_id] = envelope
        self._live.append(self._live.pop(0))
        try:
            await self._live[-1].socket.send_json(_wrapped(envelope_id, sort, payload, attempt))
            async with asyncio.timeout(self.ack_seconds):
                await envelope.acked.wait()
        except TimeoutError:
            attempt.failure, attempt.late = "timeout", True
        except ConnectionError:
            attempt.failure = "connection_failed"

    async def disconnect(self, reason: Reason = "refresh_requested", grace: float = 10.0) -> None:
        """Tell every connection to reconnect; close those that are still there after `grace` seconds."""
        for link in list(self._live):
            with suppress(ConnectionError):
                await link.socket.send_json(_DISCONNECT | {"reason": reason})
            task = asyncio.create_task(self._close(link.socket, grace))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def drop(self) -> None:
        """Break every connection without a word."""
        for link in list(self._live):
            self._gone(link)
            if link.transport is not None:
                link.transport.abort()

    async def close(self) -> None:
        await stopped(set(self._closing))
        for link in list(self._live):
            await link.socket.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        link = Link(socket, request.transport)
        try:
            await self._welcome(link)
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._gone(link)
        return socket

    async def _welcome(self, link: Link) -> None:
        if len(self._live) >= CONNECTIONS:
            await link.socket.send_json(_DISCONNECT | {"reason": "too_many_websockets"})
            await link.socket.close()
            return
        await link.socket.send_json({
            "type": "hello", "num_connections": len(self._live) + 1,
            "connection_info": {"app_id": self._world.app.app_id},
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
        })  # fmt: skip
        async with self._changed:
            self._live.append(link)
            self.opened += 1
            self._changed.notify_all()

    def _acknowledged(self, text: str) -> None:
        answer = json.loads(text)
        envelope = self._envelopes.get(answer.get("envelope_id"))
        if envelope is None:
            self._world.problems.append(f"socket mode: unknown envelope {answer.get('envelope_id')}")
            return
        if envelope.acked.is_set():
            self._world.problems.append(f"socket mode: envelope {answer['envelope_id']} was acknowledged twice")
        if answer.get("payload") and not envelope.takes_payload:
            self._world.problems.append("socket mode: an answer to an envelope that takes none")
        envelope.attempt.took = time.monotonic() - envelope.sent_at
        envelope.attempt.status, envelope.attempt.answer = 200, answer.get("payload")
        envelope.acked.set()

    async def _close(self, socket: web.WebSocketResponse, grace: float) -> None:
        await asyncio.sleep(grace)
        await socket.close()

    def _gone(self, link: Link) -> None:
        if link in self._live:
            self._live.remove(link)


def _takes_answer(sort: Sort, payload: Json) -> bool:
    return sort == "slash_commands" or payload["type"] == "view_submission"


def _wrapped(envelope_id: str, sort: Sort, payload: Json, attempt: Attempt) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id, "type": sort, "payload": payload,
        "accepts_response_payload": _takes_answer(sort, payload),
    }  # fmt: skip
    if sort == "events_api":
        envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
    return envelope
