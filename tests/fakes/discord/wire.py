"""Answers as Discord's edge sends them."""

import json

from aiohttp import web

VIA = {"Via": "1.1 google"}
PACE = {
    "X-RateLimit-Limit": "50",
    "X-RateLimit-Remaining": "49",
    "X-RateLimit-Reset-After": "1.0",
    "X-RateLimit-Bucket": "fake",
}


def json_answer(status: int, answer: object, headers: dict[str, str] | None = None) -> web.Response:
    """An answer in JSON, or none for None. Its type has no charset: discord.py would not read it as JSON then."""
    known = VIA | (PACE if headers is None else headers)
    if answer is None:
        return web.Response(status=status, headers=known)
    body = json.dumps(answer).encode()
    return web.Response(status=status, body=body, headers=known | {"Content-Type": "application/json"})


def page(status: int, html: str, headers: dict[str, str]) -> web.Response:
    """An answer of what stands before Discord."""
    return web.Response(status=status, text=html, headers=headers, content_type="text/html")
