"""What orders and subscriptions both ask PayPal for."""

import httpx

from core.log import logger
from core.payments.paypal import reading
from core.payments.paypal.api import Api, Json, PayPalRefused, segment
from core.payments.ports import Capture, Created, GatewayError


async def disputes_of(api: Api, capture: Capture) -> list[Json]:
    """All disputes about a capture, with their outcomes. Raises GatewayError.

    None for a capture that PayPal's disputes do not know, or for an app that may not read them: who has paid gets the
    credits nevertheless, and the operator sees a warning.
    """
    try:
        found = await api.get("/v1/customer/disputes", {"disputed_transaction_id": capture.id, "page_size": "50"})
    except PayPalRefused as refused:
        if refused.status not in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            raise
        logger().warning("disputes not read", capture=capture.id, status=refused.status)
        return []
    ids = [reading.text(each, "dispute_id") for each in reading.listed(found, "items")]
    return [await api.get(f"/v1/customer/disputes/{segment(each)}") for each in ids if each]


def created(answer: Json, rels: tuple[str, ...]) -> Created:
    """Its id, and the page to pay on. Raises GatewayError when there is none."""
    links = {reading.text(link, "rel"): reading.text(link, "href") for link in reading.listed(answer, "links")}
    ref, url = reading.text(answer, "id"), next((links[rel] for rel in rels if links.get(rel)), "")
    if not ref or not url.startswith(("https://", "http://")):
        raise GatewayError("PayPal's answer has no page to pay on.")
    return Created(ref, url)
