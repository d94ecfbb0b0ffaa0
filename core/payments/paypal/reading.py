"""What PayPal's documents say of an order, in our words. Pure: nothing here asks anybody.

One loss is often reported twice, as a refund (or REVERSED) and as a dispute. So a refund that was made while a dispute
was open counts as a part of that dispute, and what went back is never more than what came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.clock import SECOND, Millis
from core.payments.paypal import money
from core.payments.ports import Capture, GatewayError, Truth, progress_of

Json = Mapping[str, Any]

FAILED = frozenset({"DECLINED", "DENIED", "FAILED"})
OVER = frozenset({"VOIDED", "COMPLETED"})
ALL_BACK = frozenset({"REFUNDED", "REVERSED"})
WON = frozenset({"RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED", "NONE"})
"""https://developer.paypal.com/docs/api/customer-disputes/v1/#definition-dispute_outcome: it stays here."""
WHY = {
    "CREATED": "PayPal waits for you to agree to the payment there.",
    "PAYER_ACTION_REQUIRED": "PayPal waits for you to agree to the payment there.",
    "VOIDED": "The order was cancelled at PayPal.",
}


def order_truth(document: Json, disputes: Mapping[str, Sequence[Json]]) -> Truth:
    """`disputes`: those of each capture, with all their details. Raises GatewayError for what cannot be read."""
    unit = first(document, "purchase_units")
    taken = captures_in(document)
    captures = tuple(with_disputes(each, refunds_of(document, each.id), disputes.get(each.id, ())) for each in taken)
    status = text(document, "status")
    return Truth(
        order=text(unit, "custom_id") or None,
        progress=progress_of(captures, is_over=status in OVER),
        captures=captures,
        payee=text(mapping(unit, "payee"), "merchant_id") or None,
        why=_why(document, status),
    )


def captures_in(document: Json) -> list[Capture]:
    """The captures of an order that did not fail, as if nothing of them went back, except where all of it did."""
    return [capture for each in _payments(document, "captures") if (capture := capture_in(each)) is not None]


def capture_in(document: Json) -> Capture | None:
    """None for one that failed."""
    status, identifier = text(document, "status"), text(document, "id")
    if status in FAILED:
        return None
    if not status or not identifier:
        raise GatewayError("PayPal's answer has a payment that cannot be read.")
    amount = money.read(document.get("amount"))
    back = amount.amount if status in ALL_BACK else 0
    return Capture(identifier, amount, is_complete=status != "PENDING", back=back)


def refunds_of(document: Json, capture: str) -> list[Json]:
    """The refunds of one of an order's captures."""
    return [each for each in _payments(document, "refunds") if up(each) == capture]


def with_disputes(capture: Capture, refunds: Sequence[Json], disputes: Sequence[Json]) -> Capture:
    """The capture with what went back, each loss counted once."""
    lost = [each for each in disputes if not is_won(each)]
    began = min((millis(each.get("create_time")) for each in lost), default=None)
    before = during = 0
    for refund in refunds:
        if text(refund, "status") in {"CANCELLED", "FAILED"}:
            continue
        amount = _same_currency(capture, refund.get("amount"))
        if began is None or millis(refund.get("create_time")) < began:
            before += amount
        else:
            during += amount
    disputed = sum(_disputed(capture, each) for each in lost)
    back = min(capture.money.amount, max(capture.back, before + max(during, disputed)))
    return replace(capture, back=back, is_disputed=bool(lost))


def is_won(dispute: Json) -> bool:
    """Over, and the money stayed here."""
    outcome = text(mapping(dispute, "dispute_outcome"), "outcome_code")
    return text(dispute, "status") == "RESOLVED" and outcome in WON


def _disputed(capture: Capture, dispute: Json) -> int:
    """What an open dispute holds, or a lost one took."""
    outcome = mapping(dispute, "dispute_outcome")
    if text(dispute, "status") == "RESOLVED" and "amount_refunded" in outcome:
        return _same_currency(capture, outcome["amount_refunded"])
    return _same_currency(capture, dispute.get("dispute_amount"))


def _same_currency(capture: Capture, value: object) -> int:
    """All of the capture when the buyer's bank counts in another currency: taking too little back is worse."""
    found = money.read(value)
    return found.amount if found.currency == capture.money.currency else capture.money.amount


def _why(document: Json, status: str) -> str:
    for capture in _payments(document, "captures"):
        if text(capture, "status") in FAILED:
            return "PayPal declined the payment."
        if text(capture, "status") == "PENDING":
            return "PayPal has not completed the payment yet."
    return WHY.get(status, "")


def _payments(document: Json, kind: str) -> Iterable[Json]:
    for unit in listed(document, "purchase_units"):
        yield from listed(mapping(unit, "payments"), kind)


def up(document: Json) -> str | None:
    """The id of the capture that a refund belongs to, from its link `up`."""
    for link in listed(document, "links"):
        parts = text(link, "href").split("?")[0].split("/")
        if text(link, "rel") == "up" and len(parts) > 1 and parts[-2] in {"captures", "capture", "sale"}:
            return parts[-1]
    return None


def mapping(document: Json, name: str) -> Json:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def listed(document: Json, name: str) -> list[Json]:
    found = document.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def first(document: Json, name: str) -> Json:
    return next(iter(listed(document, name)), {})


def text(document: Json, name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) else ""


def number(document: Json, name: str) -> int:
    found = document.get(name)
    return found if isinstance(found, int) else 0


def millis(value: object) -> Millis:
    """An instant as PayPal writes it. Raises GatewayError."""
    try:
        at = datetime.fromisoformat(str(value))
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)
    except (ValueError, OverflowError) as error:
        raise GatewayError("PayPal's answer has a time that cannot be read.") from error
