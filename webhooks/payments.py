"""Gateways' notices that something happened to a payment.

What a notice says is never believed: its order is looked at over the gateway's own API. 200 is said only when all that
came of it is on disk; everything that may go better later is a 503, so that the gateway sends the notice again.
"""

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from core.observe.watching import Noticed, Watcher
from core.payments.checkout import Checkout
from core.payments.ports import Forged
from core.wire import success
from webhooks.bodies import whole

MAX_BODY = 2**20
TOO_BIG = "This notice is too big."
FAILED: Noticed = "failed"
NOTICE: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}}}}
"""Anything: what it has to be is checked by its gateway's signature."""


def router(checkout: Checkout, watcher: Watcher) -> APIRouter:
    """`POST /webhooks/{gateway}`: 200 handled, 401 not signed by it, 404 no such gateway, 413 too big,
    408 too slow, 503 again.
    """
    routes = APIRouter()

    @routes.post("/webhooks/{gateway}", openapi_extra=NOTICE)
    async def noticed(gateway: str, request: Request) -> dict[str, Any]:
        if gateway not in checkout.gateways:
            raise HTTPException(404, "There is no such gateway.")
        body, outcome = await whole(request, MAX_BODY, TOO_BIG), FAILED
        try:
            await checkout.noticed(gateway, _headers(request), body)
            outcome = "ok"
        except Forged:
            outcome = "forged"
            raise
        finally:
            watcher.noticed(gateway, outcome)
        return success({"received": True}, request.state.request_id)

    return routes


def _headers(request: Request) -> dict[str, str]:
    """By their name in lower case. One that comes twice is a list, as in RFC 9110, 5.3, and so is no signature."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
