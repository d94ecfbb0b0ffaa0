"""What any web server may do instead of answering, for wire-level fakes: each is called with the request."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answers(status: int, body: object, headers: Mapping[str, str] | None = None) -> Fault:
    """This as JSON, whatever was asked."""

    async def fault(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=json.dumps(body), content_type="application/json", headers=headers)

    return fault


def sends(text: str, content_type: str = "application/json", status: int = 200) -> Fault:
    """Exactly this text."""

    async def fault(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=content_type)

    return fault


def page(status: int = 200) -> Fault:
    """A web page, as a proxy or a captive portal sends."""
    return sends("<!doctype html><title>Welcome</title><p>data: nothing</p>\n\n", "text/html", status)


async def hangs(request: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError


async def drops(request: web.Request) -> web.StreamResponse:
    """Hangs up without a word."""
    hang_up(request)
    return web.Response()


async def floods(request: web.Request) -> web.StreamResponse:
    """A file without end."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"data": [{"b64_json": "')
    while True:
        await response.write(b"A" * 2**20)


def hang_up(request: web.Request) -> None:
    """Reset the connection, in the middle of whatever it was."""
    if request.transport is not None:
        request.transport.abort()
