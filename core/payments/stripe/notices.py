"""Stripe's notices: whether it signed one, and what it is about, whatever it claims.

https://docs.stripe.com/webhooks#verify-manually, https://docs.stripe.com/api/events/types
"""

import json
import re
from typing import Any

import stripe

from core.clock import SECOND, Millis
from core.payments.ports import Forged, Notice

TOLERANCE_SECONDS = 300
"""https://docs.stripe.com/webhooks#replay-attacks; clocks may be apart either way, which the SDK does not check."""
_SIGNED_AT = re.compile(r"t=([0-9]{1,12})")


def check(signature: str, body: bytes, secret: str, now: Millis) -> None:
    """Raises Forged."""
    try:
        signed_at = _signed_at(signature)
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
        raise Forged("This is not signed by Stripe.") from None
    if abs(now // SECOND - signed_at) > TOLERANCE_SECONDS:
        raise Forged("This was signed by Stripe too long ago, or is from the future.")


def _signed_at(signature: str) -> int:
    """The one time in the header, in seconds. Raises ValueError.

    The SDK checks the first `t` it can read as a number, such as ` 1` or `+1`: two would let an old one be replayed.
    """
    times = [part for part in signature.split(",") if part.strip().startswith("t")]
    signed = _SIGNED_AT.fullmatch(times[0]) if len(times) == 1 and signature.isascii() else None
    if signed is None:
        raise ValueError("no single time in the signature")
    return int(signed[1])


def notice_in(body: bytes) -> Notice:
    """Raises Forged for what Stripe never sends."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("This is no event of Stripe's.") from None
    thing = _dict(_dict(event, "data"), "object")
    what, kind = str(thing.get("object", "")), str(event.get("type", ""))
    payment = thing.get("id") if what in ("payment_intent", "invoice") else thing.get("payment_intent")
    return Notice(
        str(event.get("id", "")), kind, order=order_in(thing),
        ref=str(thing["id"]) if what == "checkout.session" and "id" in thing else None,
        payment=payment if isinstance(payment, str) else None,
    )  # fmt: skip


def order_in(thing: dict[str, Any]) -> str | None:
    """Our id of the order, where it was put when the session was made."""
    details = _dict(_dict(thing, "parent"), "subscription_details")
    named = {**_dict(details, "metadata"), **_dict(thing, "metadata")}.get("order") or thing.get("client_reference_id")
    return named if isinstance(named, str) else None


def _dict(within: Any, key: str) -> dict[str, Any]:
    value = within.get(key) if isinstance(within, dict) else None
    return value if isinstance(value, dict) else {}
