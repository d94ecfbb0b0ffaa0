"""What orders and subscriptions both ask PayPal for."""

from core.payments.paypal import reading
from core.payments.paypal.api import Api, Json, segment
from core.payments.ports import Capture, Created, GatewayError


async def disputes_of(api: Api, capture: Capture) -> list[Json]:
    """All disputes about a capture, with their outcomes. Raises GatewayError."""
    found = await api.get("/v1/customer/disputes", {"disputed_transaction_id": capture.id, "page_size": "50"})
    ids = [reading.text(each, "dispute_id") for each in reading.listed(found, "items")]
    return [await api.get(f"/v1/customer/disputes/{segment(each)}") for each in ids if each]


def created(answer: Json, rels: tuple[str, ...]) -> Created:
    """Its id, and the page to pay on. Raises GatewayError when there is none."""
    links = {reading.text(link, "rel"): reading.text(link, "href") for link in reading.listed(answer, "links")}
    ref, url = reading.text(answer, "id"), next((links[rel] for rel in rels if links.get(rel)), "")
    if not ref or not url.startswith(("https://", "http://")):
        raise GatewayError("PayPal's answer has no page to pay on.")
    return Created(ref, url)
