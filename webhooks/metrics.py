"""`/metrics` for Prometheus, where METRICS_TOKEN is set: what happens here is not everybody's business."""

import hmac

from fastapi import APIRouter, HTTPException, Request, Response

from core.app import App
from core.observe import PAGE_TYPE

PATH = "/metrics"


def router(app: App) -> APIRouter:
    """`GET /metrics`: 401 without the token. Without METRICS_TOKEN there is no such page."""
    routes, token, scrape = APIRouter(), app.settings.metrics_token.get_secret_value(), app.scrape
    if not token or scrape is None:
        return routes

    @routes.get(PATH, include_in_schema=False)
    async def page(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "This needs the token of METRICS_TOKEN.", {"www-authenticate": "Bearer"})
        return Response(await scrape.text(), media_type=PAGE_TYPE)

    return routes
