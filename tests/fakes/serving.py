"""Serve what a test stands in for, on a free port of this machine."""

from typing import Any

from aiohttp import web


async def serve(app: web.Application, port: int = 0, **how: Any) -> tuple[web.AppRunner, str]:
    """What stops it by `cleanup`, and its address. `how` is for `web.AppRunner`."""
    runner = web.AppRunner(app, **{"access_log": None, "shutdown_timeout": 0.1} | how)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"
