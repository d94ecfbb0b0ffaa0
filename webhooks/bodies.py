"""Read the body of a request: not more than we are willing to hold, and not for longer than an honest caller needs."""

import asyncio

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 20.0
"""For all of it. Whoever sends a byte now and then would hold a connection, and what has come of the body, for ever."""
_CLOSE = {"connection": "close"}


class SlowBodies:
    """ASGI middleware: whoever reads a body, on whatever route, gets an HTTPException (408) if it does not come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, _in_time(receive) if scope["type"] == "http" else receive, send)


def _in_time(receive: Receive) -> Receive:
    """What comes after the body, such as that the caller has gone, is waited for as long as somebody wants to."""
    deadline: float | None = None
    is_whole = False

    async def received() -> Message:
        nonlocal deadline, is_whole
        if is_whole:
            return await receive()
        deadline = deadline or asyncio.get_running_loop().time() + SECONDS
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, "This took too long to arrive. Send it again.", _CLOSE) from None
        is_whole = not message.get("more_body", False)
        return message

    return received


async def whole(request: Request, limit: int, too_big: str) -> bytes:
    """The raw bytes. Raises HTTPException: 413 for more than `limit`, 400 if cut off.

    After a 413 the connection stays: whoever is still sending would else be cut off before they read the answer. The
    server throws away what still comes.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise HTTPException(413, too_big)
    except ClientDisconnect:
        raise HTTPException(400, "This was cut off.", _CLOSE) from None
    return bytes(body)
