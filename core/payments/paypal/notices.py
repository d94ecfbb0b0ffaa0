"""What a notice is about. Its amounts and states are not read: they are not covered by the signature.

https://developer.paypal.com/api/rest/webhooks/event-names/
"""

import json
import re

from core.clock import Millis
from core.payments.paypal import reading
from core.payments.ports import Forged, GatewayError, Notice

_KIND = re.compile(r"[A-Z0-9._-]{1,80}")
_REF = re.compile(r"[A-Za-z0-9-]{1,64}")
_ORDER = re.compile(r"[A-Za-z0-9._:-]{1,127}")


def notice_in(delivery: str, body: bytes) -> Notice:
    """Raises Forged for what PayPal never sends."""
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Forged("The notice cannot be read.") from None
    if not isinstance(event, dict):
        raise Forged("The notice cannot be read.")
    kind = reading.text(event, "event_type")
    order, ref, payment = _about(kind, reading.mapping(event, "resource"))
    agreed_at = _created(event) if kind == "CHECKOUT.ORDER.APPROVED" else None
    known = _like(_KIND, kind) or "unknown"
    return Notice(delivery, known, _like(_ORDER, order), _like(_REF, ref), _like(_REF, payment), agreed_at)


def _created(event: reading.Json) -> Millis | None:
    try:
        return reading.millis(event.get("create_time"))
    except GatewayError:
        return None


def _about(kind: str, resource: reading.Json) -> tuple[str, str, str]:
    """Our order, PayPal's id of it, its payment."""
    custom, identifier = reading.text(resource, "custom_id"), reading.text(resource, "id")
    match kind.split(".")[:2]:
        case ["PAYMENT", "CAPTURE"]:
            related = reading.mapping(reading.mapping(resource, "supplementary_data"), "related_ids")
            payment = reading.up(resource) or reading.text(related, "capture_id") or identifier
            return custom, reading.text(related, "order_id"), payment
        case ["CHECKOUT", "ORDER" | "PAYMENT-APPROVAL"]:
            unit = reading.first(resource, "purchase_units")
            return reading.text(unit, "custom_id"), identifier or reading.text(resource, "order_id"), ""
        case ["CUSTOMER", "DISPUTE"]:
            taken = reading.first(resource, "disputed_transactions")
            return reading.text(taken, "custom"), "", reading.text(taken, "seller_transaction_id")
        case ["BILLING", "SUBSCRIPTION"]:
            return custom, identifier, ""
        case ["PAYMENT", "SALE"]:
            sale = reading.text(resource, "sale_id") or reading.up(resource) or identifier
            return reading.text(resource, "custom"), reading.text(resource, "billing_agreement_id"), sale
    return "", "", ""


def _like(pattern: re.Pattern[str], value: str) -> str | None:
    return value if pattern.fullmatch(value) else None
