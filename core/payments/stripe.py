"""`Gateway` for Stripe: a Checkout Session per order, once or every month.

A session says itself what it is for (`client_reference_id`) and whether it is paid; what went back is asked of its
charge and of the list of disputes. A plan's months are its subscription's invoices.
"""

import json
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import stripe
from stripe import HTTPXClient, StripeClient

from core.clock import HOUR, MINUTE, SECOND, Clock, Millis
from core.payments.orders import Goods, Order
from core.payments.ports import Capture, Created, Forged, GatewayError, Money, Notice, Progress, Truth

VERSION = "2026-10-28.endive"
"""https://docs.stripe.com/api/versioning: the one that this SDK was made for, whatever an account's default is."""
TIMEOUT_SECONDS = 20.0
TOLERANCE_SECONDS = 300
"""https://docs.stripe.com/webhooks#replay-attacks; clocks may be apart either way, which the SDK does not check."""
SHORTEST: Millis = 31 * MINUTE
LONGEST: Millis = 23 * HOUR
"""A session may be open for 30 minutes to 24 hours: https://docs.stripe.com/api/checkout/sessions/create"""
MOST_LISTED = 100
"""https://docs.stripe.com/api/pagination"""
ENDED = frozenset({"canceled", "incomplete_expired"})
TAKEN = frozenset({"needs_response", "under_review", "lost"})
"""A dispute in which the money is gone, or held. Inquiries (`warning_...`) hold nothing."""
_SIGNED_AT = re.compile(r"t=([0-9]{1,12})")


class Stripe:
    """One account at Stripe."""

    name = "stripe"
    label = "Stripe"
    provider = "stripe:pi"
    payee: str | None = None
    is_demo = False

    def __init__(self, secret_key: str, webhook_secret: str, base_url: str, clock: Clock) -> None:
        self._http = HTTPXClient(timeout=TIMEOUT_SECONDS)
        address = {"api": base_url.rstrip("/")} if base_url else None
        client: Any = StripeClient(
            secret_key, stripe_version=VERSION, max_network_retries=0, http_client=self._http,
            base_addresses=address,  # type: ignore[arg-type]  # only the API is called
        )  # fmt: skip
        self._api = client.v1
        self._webhook_secret = webhook_secret
        self._clock = clock

    def sells(self, goods: Goods) -> bool:
        return goods.currency != "XTR"

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        with _asking():
            session = await self._api.checkout.sessions.create_async(
                self._session(order, back, cancel), {"idempotency_key": f"order:{order.id}"}
            )
        return Created(session.id, session.url)

    async def confirm(self, order: Order) -> Truth:
        """The buyer's consent takes the money at Stripe, so there is nothing left to do."""
        return await self.look(order)

    async def look(self, order: Order) -> Truth:
        if order.ref is None:
            return Truth(order.id, Progress.OPEN)
        with _asking():
            session = await self._api.checkout.sessions.retrieve_async(
                order.ref, {"expand": ["payment_intent.latest_charge", "subscription"]}
            )
            if session.mode == "subscription":
                return await self._months(session)
            return await self._once(session)

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        with _asking():
            intent = capture if capture.startswith("pi_") else await self._intent_of(capture)
            params = {"payment_intent": intent} | ({} if amount is None else {"amount": amount})
            try:
                await self._api.refunds.create_async(params, {"idempotency_key": f"refund:{key}"})
            except stripe.InvalidRequestError as error:
                if error.code != "charge_already_refunded":
                    raise

    async def stop(self, order: Order) -> None:
        with _asking():
            session = await self._api.checkout.sessions.retrieve_async(order.ref or "", {"expand": ["subscription"]})
            subscription = session.subscription
            if subscription is not None and subscription.status not in ENDED:
                await self._api.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})

    async def portal(self, order: Order, back: str) -> str | None:
        """None where the operator has not switched the customer portal on."""
        with _asking():
            session = await self._api.checkout.sessions.retrieve_async(order.ref or "")
            if not session.customer:
                return None
            try:
                page = await self._api.billing_portal.sessions.create_async(
                    {"customer": str(session.customer), "return_url": back}
                )
            except stripe.InvalidRequestError:
                return None
        return str(page.url)

    async def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        signature = headers.get("stripe-signature", "")
        try:
            signed_at = _signed_at(signature)
            stripe.WebhookSignature.verify_header(body.decode(), signature, self._webhook_secret, None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            raise Forged("This is not signed by Stripe.") from None
        if abs(self._clock.now() // SECOND - signed_at) > TOLERANCE_SECONDS:
            raise Forged("This was signed by Stripe too long ago, or is from the future.")
        notice = _notice(body)
        if notice.order is None and notice.payment is not None and notice.kind.startswith("charge."):
            return await self._named(notice, notice.payment)
        return notice

    async def _named(self, notice: Notice, intent: str) -> Notice:
        """What a refund or a dispute names is no more than how it was paid: say which order or month that was.

        Without it a dispute of a month, or of a payment that was never heard of, would wait for the reconciler.
        """
        with _asking():
            paid = await self._api.payment_intents.retrieve_async(intent)
            by = {"type": "payment_intent", "payment_intent": intent}
            listed = await self._api.invoice_payments.list_async({"payment": by})
            for each in listed.data:
                invoice = await self._api.invoices.retrieve_async(str(each.invoice))
                return replace(notice, order=_order_in(invoice.to_dict()), payment=invoice.id)
        return replace(notice, order=_order_in(paid.to_dict()))

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK does not say

    def _session(self, order: Order, back: str, cancel: str) -> dict[str, Any]:
        """https://docs.stripe.com/api/checkout/sessions/create"""
        goods = order.goods
        if goods is None:
            raise GatewayError("The order has nothing to pay for.")
        price: dict[str, Any] = {
            "currency": goods.currency.lower(), "unit_amount": goods.price,
            "product_data": {"name": f"{goods.credits} credits ({goods.name})"},
        }  # fmt: skip
        about = {"metadata": {"order": order.id}}
        until = min(order.expires_at + SHORTEST, order.created_at + LONGEST)  # not of now: the key is for one form
        kind: dict[str, Any] = {"mode": "payment", "payment_intent_data": about}
        if order.is_plan:
            price["recurring"] = {"interval": "month"}
            kind = {"mode": "subscription", "subscription_data": about}
        return kind | about | {
            "client_reference_id": order.id, "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": back, "cancel_url": cancel, "expires_at": until // SECOND,
        }  # fmt: skip

    async def _once(self, session: Any) -> Truth:
        intent = session.payment_intent
        if session.status == "open" or intent is None:
            gone = session.status == "expired"
            return Truth(session.client_reference_id, Progress.GONE if gone else Progress.OPEN)
        if session.payment_status != "paid" and intent.status in ("requires_payment_method", "canceled"):
            return Truth(session.client_reference_id, Progress.GONE, why="the payment failed")
        is_complete = session.payment_status == "paid"
        money = Money(session.amount_total, session.currency.upper())
        back, disputed = await self._back(intent) if is_complete else (0, False)
        capture = Capture(intent.id, money, is_complete, min(back, money.amount), disputed)
        return Truth(session.client_reference_id, Progress.PAID, (capture,), why="" if is_complete else "on its way")

    async def _months(self, session: Any) -> Truth:
        """Each paid invoice of the subscription is one month."""
        if session.status != "complete" or session.subscription is None:
            gone = session.status == "expired"
            return Truth(session.client_reference_id, Progress.GONE if gone else Progress.OPEN)
        subscription = session.subscription
        listed = await self._api.invoices.list_async(
            {"subscription": subscription.id, "status": "paid", "limit": MOST_LISTED}
        )
        captures = tuple([await self._month(invoice) for invoice in listed.data if invoice.amount_paid])
        renews = subscription.status in ("active", "trialing", "past_due") and not subscription.cancel_at_period_end
        progress = Progress.PAID if captures else Progress.GONE if subscription.status in ENDED else Progress.OPEN
        return Truth(session.client_reference_id, progress, captures, renews)

    async def _month(self, invoice: Any) -> Capture:
        money = Money(invoice.amount_paid, invoice.currency.upper())
        until = max(line.period.end for line in invoice.lines.data) * SECOND
        intent = await self._api.payment_intents.retrieve_async(
            await self._intent_of(invoice.id), {"expand": ["latest_charge"]}
        )
        back, disputed = await self._back(intent)
        return Capture(invoice.id, money, True, min(back, money.amount), disputed, until)

    async def _intent_of(self, invoice: str) -> str:
        """https://docs.stripe.com/api/invoice-payment/list"""
        payments = await self._api.invoice_payments.list_async({"invoice": invoice, "status": "paid"})
        for each in payments.data:
            if each.payment.type == "payment_intent":
                return str(each.payment.payment_intent)
        raise GatewayError("Stripe does not say how this month was paid.")

    async def _back(self, intent: Any) -> tuple[int, bool]:
        """How much was refunded or is in dispute, and whether a dispute is open or lost."""
        charge = intent.latest_charge
        refunded = int(charge.amount_refunded) if charge is not None else 0
        disputes = await self._api.disputes.list_async({"payment_intent": intent.id, "limit": MOST_LISTED})
        taken = [each for each in disputes.data if each.status in TAKEN]
        return refunded + sum(int(each.amount) for each in taken), bool(taken)


@contextmanager
def _asking() -> Any:
    """Whatever Stripe says or does not say, as one error without a secret in it."""
    try:
        yield
    except stripe.StripeError as error:
        raise GatewayError(f"Stripe does not do that now ({error.code or type(error).__name__}).") from None


def _signed_at(signature: str) -> int:
    """The one time in the header, in seconds. Raises ValueError.

    The SDK checks the first `t` it can read as a number, such as ` 1` or `+1`: two would let an old one be replayed.
    """
    times = [part for part in signature.split(",") if part.strip().startswith("t")]
    signed = _SIGNED_AT.fullmatch(times[0]) if len(times) == 1 and signature.isascii() else None
    if signed is None:
        raise ValueError("no single time in the signature")
    return int(signed[1])


def _notice(body: bytes) -> Notice:
    """What it is about, whatever it claims. https://docs.stripe.com/api/events/types"""
    try:
        event = json.loads(body)
    except ValueError:
        raise Forged("This is no event of Stripe's.") from None
    thing = _dict(_dict(event, "data"), "object")
    what, kind = str(thing.get("object", "")), str(event.get("type", ""))
    payment = thing.get("id") if what in ("payment_intent", "invoice") else thing.get("payment_intent")
    return Notice(
        str(event.get("id", "")), kind, order=_order_in(thing),
        ref=str(thing["id"]) if what == "checkout.session" else None,
        payment=payment if isinstance(payment, str) else None,
    )  # fmt: skip


def _order_in(thing: dict[str, Any]) -> str | None:
    """Our id of the order, where it was put when the session was made."""
    details = _dict(_dict(thing, "parent"), "subscription_details")
    named = {**_dict(details, "metadata"), **_dict(thing, "metadata")}.get("order") or thing.get("client_reference_id")
    return named if isinstance(named, str) else None


def _dict(within: Any, key: str) -> dict[str, Any]:
    value = within.get(key) if isinstance(within, dict) else None
    return value if isinstance(value, dict) else {}
