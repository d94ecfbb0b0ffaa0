"""The page of the demo gateway's pretended provider, unmistakably labelled."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.money import price
from core.payments.checkout import Checkout
from core.payments.demo import DemoGateway, Sale
from webhooks.pay import pages
from webhooks.pay.errors import HEADERS
from webhooks.pay.guard import same_origin
from webhooks.pay.markup import tag

LABEL = "Demo: no real money"


def router(gateway: DemoGateway, checkout: Checkout, base_url: str) -> APIRouter:
    """`GET /demo-pay/{ref}` and `POST /demo-pay/{ref}/{action}`, of which a notice is sent, as real providers do."""
    routes = APIRouter()

    @routes.get("/demo-pay/{ref}", response_model=None)
    async def shown(ref: str) -> Response:
        return HTMLResponse(_page(ref, await gateway.sale(ref)), headers=HEADERS)

    @routes.post("/demo-pay/{ref}/{action}", response_model=None)
    async def pressed(ref: str, action: str, request: Request) -> Response:
        same_origin(request, base_url)
        sale = await gateway.act(ref, action)
        await checkout.noticed(gateway.name, *gateway.letter(ref))
        leaves = {"pay": sale.back_url, "later": sale.back_url, "cancel": sale.cancel_url}
        return RedirectResponse(leaves.get(action, f"/demo-pay/{ref}"), 303, headers=HEADERS)

    return routes


def _page(ref: str, sale: Sale) -> str:
    buttons = _buttons(sale)
    forms = [
        tag("form", tag("button", words, class_=style), method="post", action=f"/demo-pay/{ref}/{action}")
        for (action, words), style in zip(buttons.items(), ("button", *["button second"] * 9), strict=False)
    ]
    each = " a month" if sale.is_plan else ""
    what = f"{sale.goods_name}, {price(sale.price, sale.currency)}{each}. Nobody is charged; this page only pretends."
    return pages.page(
        LABEL, tag("p", what), *forms, tag("a", "Back to the order", class_="link", href=sale.back_url), demo=True
    )


def _buttons(sale: Sale) -> dict[str, str]:
    if sale.cancelled:
        return {}
    if not sale.paid_at:
        return {"pay": "Pay (pretend)", "later": "Pay, but let it take a while", "cancel": "Cancel"}
    if sale.delayed:
        return {"pay": "Let the payment arrive"}
    if len(sale.paid_at) - 1 in sale.disputed:
        return {"win": "The dispute is won by the seller"}
    renew = {"renew": "Let the next month be paid"} if sale.renews else {}
    return renew | {"refund": "Refund it", "dispute": "Dispute it"}
