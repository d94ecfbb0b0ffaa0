"""Whether this process lives, and whether it can work: what it depends on, each by name and with its latency.

Without the database nothing can be done, so then it is not ready. Redis may vanish (docs/decisions/0007), and a
provider in trouble has stand-ins: both are told, and neither takes this process out of service.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from core.app import App
from core.errors import EaselError
from core.ids import digest
from core.wire import failure, success

LIMIT_SECONDS = 2.0
"""For each dependency. Whoever watches gives up soon, too."""


def router(app: App) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: and what it depends on, in milliseconds. HEAD is for watchers."""
    routes = APIRouter()

    @routes.get("/healthz")
    @routes.head("/healthz", include_in_schema=False)
    async def alive(request: Request) -> dict[str, Any]:
        return success({"status": "ok"}, request.state.request_id)

    @routes.get("/readyz")
    @routes.head("/readyz", include_in_schema=False)
    async def ready(request: Request) -> Response:
        parts = await dependencies(app)
        if parts["database"]["status"] == "ok":
            return JSONResponse(success({"status": "ok", **parts}, request.state.request_id))
        why = "The database does not answer."
        return JSONResponse(failure("not_ready", why, request.state.request_id, parts), 503)

    return routes


async def dependencies(app: App) -> dict[str, Any]:
    """`database`, `redis` if it is used, and `providers` that this process had trouble with: nobody else is asked."""
    asked = {"database": _timed(app.stores.accounts.tombstone(digest("readyz")))}
    if app.redis is not None:
        asked["redis"] = _timed(app.redis.ping())
    told = await asyncio.gather(*asked.values())
    return {**dict(zip(asked, told, strict=True)), "providers": dict(app.chain.health())}


async def _timed(question: Awaitable[object]) -> dict[str, Any]:
    """No word of the inside: who may ask is everybody."""
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await question
    except Exception as error:  # whatever it is, this cannot be used
        return {"status": "failed", "error": error.code if isinstance(error, EaselError) else "away"}
    return {"status": "ok", "latencyMs": round((time.perf_counter() - begun) * 1_000, 3)}
