"""Metrics on a port of their own: workers and chats have no web app, and this port needs no token."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn

from core.observe import PAGE_TYPE

Message = MutableMapping[str, Any]
Page = Callable[[], Awaitable[bytes]]
PATH = "/metrics"


class MetricsServer:
    """Serves until it is cancelled."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._server = _Server(
            uvicorn.Config(self._answer, interface="asgi3", log_config=None, access_log=False, lifespan="off",
                           ws="none", server_header=False, proxy_headers=False, timeout_graceful_shutdown=1)
        )  # fmt: skip

    async def serve(self, listener: socket.socket) -> None:
        await self._server.serve(sockets=[listener])

    async def _answer(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """https://asgi.readthedocs.io/en/latest/specs/www.html"""
        is_page = scope["path"] == PATH and scope["method"] == "GET"
        body = await self._page() if is_page else b"Metrics are at /metrics.\n"
        headers = [(b"content-type", PAGE_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if is_page else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: Easel stops all its parts together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
