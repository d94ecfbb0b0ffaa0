"""The routes of buying by a link. Its secret is the only key: it is in no log, no referrer and no cache.

What goes wrong here becomes a page in `webhooks.pay.errors`.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.accounts.model import Account
from core.app import App
from core.errors import NotFound, Suspended
from core.payments.looking import Seen
from core.payments.orders import Order, OrderState, Standing
from core.wire import success
from webhooks.assets import asset
from webhooks.bodies import whole
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
            ("/pay/{secret}/wait", self.wait, "GET"),
            ("/pay/{secret}/again", self.again, "POST"),
        ):
            body = FORM if route == self.choose else None
            self.router.add_api_route(path, route, methods=[method], response_model=None, openapi_extra=body)
        self.router.add_api_route("/pay/{secret}/status", self.status, methods=["GET"])

    async def asset(self, name: str) -> Response:
        return asset(STATIC, ASSETS, name)

    async def page(self, secret: str, request: Request) -> Response:
        await self._order(secret, request)
        cancelled = request.query_params.get("cancelled") == "1"  # so gateways send back who did not pay
        return await self._shown(await self._checkout.seen(secret), secret, cancelled=cancelled)

    async def choose(self, secret: str, request: Request) -> Response:
        """303 to a page of ours, and from there to the gateway."""
        same_origin(request, self._base_url)
        form = await _form(request)
        kind, _, name = form.get("item", "").partition(":")
        await self._buyer(await self._order(secret, request))
        await self._checkout.choose(secret, kind, name, form.get("way", ""))
        return RedirectResponse(f"/pay/{secret}/go", 303, headers=HEADERS)

    async def go(self, secret: str, request: Request) -> Response:
        return await self._shown(Seen(await self._order(secret, request), is_sure=False), secret, at_once=True)

    async def returned(self, secret: str, request: Request) -> Response:
        """Where the gateway sends a buyer who has agreed. Whatever is in the way, the order is shown as it is known."""
        order = await self._order(secret, request)
        floods = self._returns.too_many(order.id)
        seen = Seen(order, is_sure=False) if floods else await self._checkout.seen(secret, agreed=True)
        return await self._shown(seen, secret, waits=True)

    async def wait(self, secret: str, request: Request) -> Response:
        """Where a waiting page goes on: it looks, but nobody has agreed to anything by waiting."""
        await self._order(secret, request)
        return await self._shown(await self._checkout.seen(secret), secret, waits=True)

    async def status(self, secret: str, request: Request, response: Response) -> dict[str, Any]:
        await self._order(secret, request)
        order = await self._checkout.status(secret)
        response.headers.update(HEADERS)
        state = "pending" if order.state in (OrderState.PENDING, OrderState.PAID) else order.state.value
        if order.state is OrderState.PENDING and order.standing is Standing.REFUSED:
            state = order.standing.value
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

    async def _shown(
        self, seen: Seen, secret: str, *, at_once: bool = False, waits: bool = False, cancelled: bool = False
    ) -> Response:
        """`at_once`: go on to the gateway. `waits`: the buyer has been there, or `cancelled` there."""
        base, order = f"/pay/{secret}", seen.order
        if order.state is OrderState.CREATED and order.expires_at <= self._app.clock.now():
            return _html(pages.ended(seen, f"{base}/again", self._base_url))
        if order.state is OrderState.CREATED or (order.state is OrderState.PENDING and order.ref is None):
            return _html(await self._offered(order, base))
        if order.state is OrderState.PENDING:
            return _html(self._pending(seen, base, at_once=at_once, waits=waits, cancelled=cancelled))
        if order.state is OrderState.PAID:
            return _html(pages.waiting(seen, base))
        if order.state is OrderState.FULFILLED:
            return _html(pages.done(order, await self._balance(order), self._base_url))
        return _html(pages.ended(seen, f"{base}/again", self._base_url))

    def _pending(self, seen: Seen, base: str, *, at_once: bool, waits: bool, cancelled: bool) -> str:
        order, again = seen.order, f"{base}/again"
        gateway, url = self._checkout.gateways.get(order.gateway or ""), _safe(order.url)
        if gateway is not None and order.standing is Standing.REFUSED:
            return pages.refused(order, url, gateway.label, again)
        if waits or order.standing is Standing.UNDERWAY:
            return pages.waiting(seen, base, url, gateway.label if gateway else "")
        if gateway is None or url is None:
            return pages.trouble("Payment is not possible now", "Ask for a new link with /buy in the chat.")
        return pages.leaving(url, gateway.label, seen, at_once=at_once, again=again, cancelled=cancelled)

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
            raise Suspended(account.suspended, self._app.settings.support_contact)
        if account.closing:
            raise NotFound("This account was deleted.")


async def _form(request: Request) -> dict[str, str]:
    body = await whole(request, MAX_FORM, "This form is too big.")
    try:
        return dict(parse_qsl(body.decode("ascii"), errors="replace", max_num_fields=8))
    except ValueError:
        raise HTTPException(400, "This is not a form.") from None


def _safe(url: str | None) -> str | None:
    """The stored address of the gateway's page, if it is a page: never `javascript:`."""
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def _html(text: str) -> Response:
    return HTMLResponse(text, headers=HEADERS)
