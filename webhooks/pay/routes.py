"""The routes of buying by a link. Its secret is the only key: it is in no log, no referrer and no cache.

What goes wrong here becomes a page in `webhooks.pay.errors`.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from core.accounts.model import Account
from core.app import App
from core.errors import EaselError, NotFound, Suspended
from core.payments.orders import Order, OrderState
from core.wire import success
from webhooks.pay import pages
from webhooks.pay.errors import HEADERS
from webhooks.pay.guard import RETURNS, Tries, same_origin

STATIC = Path(__file__).parent / "static"
ASSETS = {"pay.css": "text/css", "pay.js": "text/javascript"}
MAX_FORM = 4096
FORM = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"item": {"type": "string"}, "way": {"type": "string"}},
                    "required": ["item", "way"],
                }
            }
        }
    }
}
"""Of the choice, for OpenAPI: `item` is `pack:NAME` or `plan:NAME`, `way` the name of a gateway."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


class Pay:
    """The routes, over a running core."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._checkout = app.checkout
        self._base_url = app.settings.base_url
        self._strangers = Tries(app.clock)
        self._returns = Tries(app.clock, RETURNS)
        self.router = APIRouter()
        for path, route, method in (
            ("/pay-static/{name}", self.asset, "GET"),
            ("/pay/{secret}", self.page, "GET"),
            ("/pay/{secret}", self.choose, "POST"),
            ("/pay/{secret}/go", self.go, "GET"),
            ("/pay/{secret}/return", self.returned, "GET"),
            ("/pay/{secret}/again", self.again, "POST"),
        ):
            body = FORM if route == self.choose else None
            self.router.add_api_route(path, route, methods=[method], response_model=None, openapi_extra=body)
        self.router.add_api_route("/pay/{secret}/status", self.status, methods=["GET"])

    async def asset(self, name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404, "There is no such file.")
        return FileResponse(STATIC / name, media_type=ASSETS[name], headers={"cache-control": "no-cache"})

    async def page(self, secret: str, request: Request) -> Response:
        return await self._shown(await self._order(secret, request), secret)

    async def choose(self, secret: str, request: Request) -> Response:
        """303 to a page of ours, and from there to the gateway."""
        same_origin(request, self._base_url)
        form = await _form(request)
        kind, _, name = form.get("item", "").partition(":")
        await self._buyer(await self._order(secret, request))
        await self._checkout.choose(secret, kind, name, form.get("way", ""))
        return RedirectResponse(f"/pay/{secret}/go", 303, headers=HEADERS)

    async def go(self, secret: str, request: Request) -> Response:
        return await self._shown(await self._order(secret, request), secret, at_once=True)

    async def returned(self, secret: str, request: Request) -> Response:
        order = await self._order(secret, request)
        try:
            order = order if self._returns.too_many(order.id) else await self._checkout.returned(secret)
        except EaselError as error:
            return _html(pages.waiting(order, f"/pay/{secret}", error.message))
        if order.ref is not None and order.state in (OrderState.PENDING, OrderState.PAID):
            return _html(pages.waiting(order, f"/pay/{secret}"))
        return await self._shown(order, secret)

    async def status(self, secret: str, request: Request, response: Response) -> dict[str, Any]:
        await self._order(secret, request)
        order = await self._checkout.status(secret)
        response.headers.update(HEADERS)
        state = "pending" if order.state in (OrderState.PENDING, OrderState.PAID) else order.state.value
        return success({"state": state}, request.state.request_id)

    async def again(self, secret: str, request: Request) -> Response:
        same_origin(request, self._base_url)
        await self._buyer(await self._order(secret, request))
        return RedirectResponse(f"/pay/{await self._checkout.again(secret)}", 303, headers=HEADERS)

    async def _order(self, secret: str, request: Request) -> Order:
        """Raises NotFound, or AttemptsThrottled for whoever tries link after link."""
        try:
            if not _SECRET.fullmatch(secret):
                raise NotFound("This link is not complete. Open it from the chat again.")
            return await self._checkout.open(secret)
        except NotFound:
            if self._strangers.too_many(request.client.host if request.client else ""):
                raise HTTPException(429, "Too many unknown links.", {"retry-after": "60"}) from None
            raise

    async def _shown(self, order: Order, secret: str, *, at_once: bool = False) -> Response:
        base = f"/pay/{secret}"
        if order.state is OrderState.CREATED and order.expires_at <= self._app.clock.now():
            return _html(pages.ended(order, f"{base}/again", self._base_url))
        if order.state is OrderState.CREATED or (order.state is OrderState.PENDING and order.ref is None):
            return _html(await self._offered(order, base))
        if order.state is OrderState.PENDING:
            gateway = self._checkout.gateways.get(order.gateway or "")
            url = _safe(order.url)
            if gateway is None or url is None:
                return _html(pages.trouble("Payment is not possible now", "Ask for a new link with /buy in the chat."))
            return _html(pages.leaving(url, gateway.label, at_once=at_once, again=f"{base}/again"))
        if order.state is OrderState.PAID:
            return _html(pages.waiting(order, base))
        if order.state is OrderState.FULFILLED:
            return _html(pages.done(order, await self._balance(order), self._base_url))
        return _html(pages.ended(order, f"{base}/again", self._base_url))

    async def _offered(self, order: Order, base: str) -> str:
        await self._buyer(order)
        offers = self._checkout.offers()
        ways = {way.name: way for offer in offers for way in self._checkout.ways(offer)}
        return pages.choose(order, base, await self._balance(order), offers, list(ways.values()))

    async def _balance(self, order: Order) -> int:
        account = await self._owner(order)
        return (await self._app.ledger.balance(account.id)).available

    async def _owner(self, order: Order) -> Account:
        return await self._app.accounts.root(await self._app.accounts.get(order.account))

    async def _buyer(self, order: Order) -> None:
        """Nothing is sold to who cannot use it. Raises Suspended, or NotFound for who is being deleted."""
        account = await self._owner(order)
        if account.suspended:
            raise Suspended(account.suspended)
        if account.closing:
            raise NotFound("This account was deleted.")


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise HTTPException(413, "This form is too big.")
    try:
        return dict(parse_qsl(body.decode("ascii"), errors="replace", max_num_fields=8))
    except ValueError:
        raise HTTPException(400, "This is not a form.") from None


def _safe(url: str | None) -> str | None:
    """The stored address of the gateway's page, if it is a page: never `javascript:`."""
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def _html(text: str) -> Response:
    return HTMLResponse(text, headers=HEADERS)
