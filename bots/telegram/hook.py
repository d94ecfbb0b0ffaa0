"""Updates that Telegram brings to the web app. What is not taken is answered with 503, and Telegram brings it again."""

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from core.wire import success

PATH = "/webhooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # the name of a header
MAX_BODY = 2**20
Take = Callable[[dict[str, Any]], Awaitable[bool]]


def router(secret: str, take: Take) -> APIRouter:
    """`POST /webhooks/telegram`: 401 without the secret, 400 for what is no update."""
    routes = APIRouter()

    @routes.post(PATH, include_in_schema=False)
    async def updated(request: Request) -> dict[str, Any]:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(401, "This does not come from Telegram.")
        if not await take(await _update(request)):
            raise HTTPException(503, "Not now; bring it again.")
        return success({"taken": True}, request.state.request_id)

    return routes


async def _update(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, "This is too large for an update.")
    try:
        update = json.loads(bytes(body))
    except ValueError:
        raise HTTPException(400, "This is no JSON.") from None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise HTTPException(400, "This is no update.")
    return update
