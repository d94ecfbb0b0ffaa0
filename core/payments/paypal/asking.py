"""What orders and subscriptions both ask PayPal for."""

import httpx

from core.log import logger
from core.payments.orders import Order
from core.payments.paypal import reading
from core.payments.paypal.api import Api, Json, PayPalRefused, segment
from core.payments.ports import Capture, Created, GatewayError


async def disputes_of(api: Api, capture: Capture, order: Order) -> list[Json]:
    """All disputes about a capture of `order`, with their outcomes. Raises GatewayError.

    None for a capture that PayPal's disputes do not know, for an app that may not read them, and where disputes cannot
    be read just now and the capture was not credited yet: who has paid gets the credits nevertheless, and the operator
    sees a warning.
    """
    try:
        found = await api.get("/v1/customer/disputes", {"disputed_transaction_id": capture.id, "page_size": "50"})
    except GatewayError as trouble:
        if not _may_not_read(trouble) and order.payment(capture.id) is not None:
            raise
        logger().warning("disputes not read", capture=capture.id, detail=str(trouble))
        return []
    ids = [reading.text(each, "dispute_id") for each in reading.listed(found, "items")]
    return [await api.get(f"/v1/customer/disputes/{segment(each)}") for each in ids if each]


def _may_not_read(trouble: GatewayError) -> bool:
    refused = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
    return isinstance(trouble, PayPalRefused) and trouble.status in refused


def created(answer: Json, rels: tuple[str, ...]) -> Created:
    """Its id, and the page to pay on. Raises GatewayError when there is none."""
    links = {reading.text(link, "rel"): reading.text(link, "href") for link in reading.listed(answer, "links")}
    ref, url = reading.text(answer, "id"), next((links[rel] for rel in rels if links.get(rel)), "")
    if not ref or not url.startswith(("https://", "http://")):
        raise GatewayError("PayPal's answer has no page to pay on.")
    return Created(ref, url)
