"""Give every HTTP exchange a request id and safe headers, and turn a crash into an answer."""

import re
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.log import logger
from core.wire import failure, sane_request_id

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}

_LINK = re.compile(r"(?<=/pay/)[^/]+|(?<=/admin/enter/)[^/]+")


CRASHED = "Something went wrong on our side. Please try again."


def crashed(path: str, request_id: str) -> Response:
    """It tells nothing of the inside."""
    return JSONResponse(failure("internal", CRASHED, request_id), 500)


class RequestIds:
    """ASGI middleware. It streams through, so that live events are not held back."""

    def __init__(self, app: ASGIApp, crashed: Callable[[str, str], Response] = crashed) -> None:
        """`crashed`: the answer of a request that crashed, by its path and request id."""
        self._app = app
        self._crashed = crashed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = sane_request_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(requestId=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception as error:
                logger().error("request crashed", path=_loggable(scope["path"]), exc_info=error)
                if not started:
                    await self._crashed(scope["path"], request_id)(scope, receive, send_with_headers)


def _loggable(path: str) -> str:
    """A link to buy or to enter by is a key: its secret is in no log."""
    return _LINK.sub("[link]", path)
