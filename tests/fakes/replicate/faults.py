"""What may go wrong with one request."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Answer:
    """This instead of carrying it out, or with `after` instead of the right answer to what was carried out."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False

    def response(self) -> web.Response:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return web.Response(status=self.status, body=body, headers={"content-type": "application/json"} | self.headers)


@dataclass(frozen=True)
class Drop:
    """The connection breaks: before the request is carried out, or with `after` when it has been."""

    after: bool = False


@dataclass(frozen=True)
class Hang:
    """Nothing is answered; with `after` it has been carried out."""

    after: bool = False


@dataclass(frozen=True)
class Slow:
    """Carried out and answered rightly, but only when `released` is set. `arrived` says that it came."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Fault = Answer | Drop | Hang | Slow


async def faulty(fault: Fault | None, request: web.Request, carry_out: Handler, closed: asyncio.Event) -> Any:
    """Answer as the fault says. `closed`: the fake goes home, and nothing hangs any more."""
    match fault:
        case None:
            return await carry_out()
        case Slow():
            answer = await carry_out()
            fault.arrived.set()
            await _either(fault.released, closed)
            return answer
        case Answer(after=False):
            return fault.response()
        case Answer():
            await carry_out()
            return fault.response()
        case Drop(after=after):
            if after:
                await carry_out()
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        case Hang(after=after):
            if after:
                await carry_out()
            await closed.wait()
            return web.Response()


async def _either(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def html() -> Answer:
    page = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
    return Answer(200, page, {"content-type": "text/html; charset=utf-8"})


def malformed(*, after: bool = False) -> Answer:
    return Answer(201, b'{"id": "abc", "status": "starti', {"content-type": "application/json"}, after=after)


def problem(status: int, title: str, detail: str, **headers: str) -> Answer:
    """An error as Replicate writes it (RFC 7807)."""
    body = {"title": title, "detail": detail, "status": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, {"content-type": "application/problem+json", **named})


def throttled(**headers: str) -> Answer:
    return problem(429, "Request was throttled", "Request was throttled. Your rate limit resets in ~7s.", **headers)


def no_credit() -> Answer:
    return problem(402, "Insufficient credit", "You have insufficient credit to run this model.")
