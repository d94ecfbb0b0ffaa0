"""On a loopback address, serve only under our own names: a foreign page cannot rebind its name to us."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.wire import failure


class OwnHosts:
    """ASGI middleware that refuses requests for other hosts (DNS rebinding)."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _name(Headers(scope=scope).get("host", "")) in self._hosts:
            await self._app(scope, receive, send)
            return
        body = failure("wrong_host", "This Easel does not go by that name.", scope["state"]["request_id"])
        await JSONResponse(body, 400)(scope, receive, send)


def _name(host: str) -> str | None:
    """The host's name without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
