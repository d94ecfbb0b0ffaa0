"""The web app as a part of a process: playground, webhooks and media behind one server."""

import contextlib
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from fastapi import APIRouter

from bots.playground.feed import PLATFORM, PlaygroundMessenger
from bots.playground.routes import Playground
from bots.service import Service
from core.app import App
from webhooks.app import create_web_app

GRACE_SECONDS = 3


class Web:
    """Serves until it is stopped. The playground is there on this machine only."""

    def __init__(self, app: App, service: Service, routers: Sequence[APIRouter]) -> None:
        self._playground = attach_playground(app, service)
        own = [self._playground.router] if app.settings.is_private else []
        config = uvicorn.Config(
            create_web_app(app, [*own, *routers]), log_config=None, access_log=False, lifespan="off",
            server_header=False, timeout_graceful_shutdown=GRACE_SECONDS, proxy_headers=False,
        )  # fmt: skip
        self._server = _Server(config)

    async def serve(self, listener: socket.socket) -> None:
        await self._server.serve(sockets=[listener])

    def stop(self) -> None:
        """End the live streams, so that the server can end, and then the server."""
        self._playground.stop()
        self._server.should_exit = True


def attach_playground(app: App, service: Service | None = None) -> Playground:
    """The playground's pages, and its messenger."""
    messenger = PlaygroundMessenger(app)
    app.messengers[PLATFORM] = messenger
    return Playground(service or Service(app), messenger)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: Easel stops all its parts together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
