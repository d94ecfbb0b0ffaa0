"""Whether this process lives and can reach its database."""

import time
from typing import Any

from fastapi import APIRouter, Request

from core.app import App
from core.ids import digest
from core.wire import success


def router(app: App) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: so does the database, with its latency in milliseconds."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def alive(request: Request) -> dict[str, Any]:
        return success({"status": "ok"}, request.state.request_id)

    @routes.get("/readyz")
    async def ready(request: Request) -> dict[str, Any]:
        begun = time.perf_counter()
        await app.stores.accounts.tombstone(digest("readyz"))
        took = round((time.perf_counter() - begun) * 1_000, 3)
        return success({"status": "ok", "database": {"latencyMs": took}}, request.state.request_id)

    return routes
