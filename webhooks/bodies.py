"""Read the body of a request: not more than we are willing to hold, and not for longer than an honest caller needs."""

import asyncio

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

SECONDS = 20.0
"""For all of it. Whoever sends a byte now and then would hold a connection, and what has come of the body, for ever."""
_CLOSE = {"connection": "close"}


async def whole(request: Request, limit: int, too_big: str) -> bytes:
    """The raw bytes. Raises HTTPException: 413 for more than `limit`, 408 if they do not come, 400 if cut off.

    After a 413 the connection stays: whoever is still sending would else be cut off before they read the answer. The
    server throws away what still comes.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413, too_big)
    except TimeoutError:
        raise HTTPException(408, "This took too long to arrive. Send it again.", _CLOSE) from None
    except ClientDisconnect:
        raise HTTPException(400, "This was cut off.", _CLOSE) from None
    return bytes(body)
