"""Run Easel's parts in one process: web app, playground, workers and periodic tasks."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.heartbeat import keep_beating
from bots.models import warn_of_gone
from bots.platform import configured, load
from bots.playground.feed import PLATFORM, PlaygroundMessenger
from bots.service import Service
from core.app import App, open_app
from core.errors import ConfigError
from core.schedule import scheduler_of
from core.settings import Settings
from core.tasks import stopped

if TYPE_CHECKING:  # who serves no web page starts faster, and smaller, without the web framework
    from bots.web import Web

GRACE_SECONDS = 3
STOP_SECONDS = 4.8
"""From the signal to the end of the process, at most."""
BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Parts:
    """What one process runs: the web app, workers, periodic tasks, and chat platforms by name."""

    web: bool = False
    work: bool = False
    schedule: bool = False
    chats: tuple[str, ...] = ()


async def serve(settings: Settings, what: Parts, banner: str) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigError or StoreError when it cannot start."""
    listener = bind(settings.host, settings.port) if what.web else None
    metrics = bind(settings.metrics_host, settings.metrics_port, "METRICS_") if settings.metrics_port else None
    async with open_app(settings) as app, AsyncExitStack() as stack:
        service = Service(app)
        app.messengers[PLATFORM] = PlaygroundMessenger(app)
        platforms = {name: load(name) for name in configured(settings)}
        for name, platform in platforms.items():
            app.messengers[name] = await stack.enter_async_context(platform.messenger(app))
        stop = _stop_signal()
        parts = [asyncio.create_task(part) for part in (_working(app) if what.work else [])]
        parts += [asyncio.create_task(platforms[name].run(app, service)) for name in what.chats]
        if what.schedule:
            parts.append(asyncio.create_task(scheduler_of(app, sweeps=not what.work).run()))
        if settings.heartbeat_file is not None:
            parts.append(asyncio.create_task(keep_beating(app, settings.heartbeat_file)))
        web = None
        if listener is not None:
            from bots.web import Web  # noqa: PLC0415  # FastAPI is loaded only where it serves

            web = Web(app, service, [each for one in platforms.values() for each in one.routers(app, service)])
            parts.append(asyncio.create_task(web.serve(listener)))
        if metrics is not None and app.scrape is not None:
            from bots.metrics import MetricsServer  # noqa: PLC0415  # only where it is asked for

            parts.insert(0, asyncio.create_task(MetricsServer(app.scrape.text).serve(metrics)))
        looking = asyncio.create_task(warn_of_gone(app))
        print(banner, flush=True)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
        _exit_at_the_latest()
        await _end(web, [looking, stopping, *parts])


def _working(app: App) -> list[Coroutine[Any, Any, None]]:
    """Workers, who wakes them, and the sweeper: recovery does not wait for a scheduler to be running."""
    parts = [app.runner.run(), app.sweeper.run()]
    if app.transport is not None:
        parts.append(app.transport.run())
    return parts


def bind(host: str, port: int, prefix: str = "") -> socket.socket:
    """Take the port before anything else starts; `prefix` is that of its setting. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        other = port + 1 if port < 65535 else 8080
        raise ConfigError(
            [
                f"{prefix}PORT: {port} on {host} cannot be used ({error.strerror}). "
                f"Stop the program that has it, or set another: {prefix}PORT={other}."
            ]
        ) from None
    return listener


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _exit_at_the_latest() -> None:
    """Whatever hangs while Easel stops, such as a server that does not answer: it stops. A crash loses nothing."""
    watchdog = threading.Timer(STOP_SECONDS, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()


async def _end(web: "Web | None", parts: list[asyncio.Task[object]]) -> None:
    """Let the server close its connections, hand unfinished jobs back, and report a part that crashed."""
    if web is not None:
        web.stop()
        await asyncio.wait({parts[-1]}, timeout=GRACE_SECONDS + 1)
    for error in await stopped(parts):
        if not isinstance(error, ConfigError):  # which says all that is to be said
            print(f"A part of Easel stopped: {error!r}", file=sys.stderr)
        raise error
