"""`Gateway` for Stripe: a Checkout Session per order, once or every month."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import stripe

from core.clock import HOUR, MINUTE, SECOND, Clock, Millis
from core.money import THREE_DECIMAL, WHOLE_ONLY
from core.payments.orders import Goods, Order
from core.payments.ports import Created, GatewayError, Notice, Progress, Truth, goods_of
from core.payments.stripe.asking import asking, opened_api, opened_http
from core.payments.stripe.notices import check, notice_in, order_in
from core.payments.stripe.truth import ENDED, Looking

SHORTEST: Millis = 31 * MINUTE
LONGEST: Millis = 23 * HOUR
"""A session may be open for 30 minutes to 24 hours: https://docs.stripe.com/api/checkout/sessions/create"""


class Stripe:
    """One account at Stripe."""

    name = "stripe"
    label = "Stripe"
    provider = "stripe:pi"
    payee: str | None = None
    is_demo = False

    def __init__(self, secret_key: str, webhook_secret: str, base_url: str, clock: Clock) -> None:
        self._http = opened_http()
        self._api = opened_api(secret_key, base_url, self._http)
        self._looking = Looking(self._api)
        self._webhook_secret = webhook_secret
        self._clock = clock

    def sells(self, goods: Goods) -> bool:
        """Of some currencies Stripe takes round amounts only: https://docs.stripe.com/currencies#three-decimal"""
        if goods.currency in THREE_DECIMAL:
            return goods.price % 10 == 0
        return goods.currency != "XTR" and (goods.currency not in WHOLE_ONLY or goods.price % 100 == 0)

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        with asking():
            session = await self._api.checkout.sessions.create_async(
                _session(order, back, cancel), {"idempotency_key": f"order:{order.id}"}
            )
        return Created(session.id, session.url)

    async def confirm(self, order: Order) -> Truth:
        """The buyer's consent takes the money at Stripe, so there is nothing left to do."""
        return await self.look(order)

    async def look(self, order: Order) -> Truth:
        if order.ref is None:
            return Truth(order.id, Progress.OPEN)
        with asking():
            return await self._looking.at(order.ref)

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        with asking():
            intent = capture if capture.startswith("pi_") else await self._looking.intent_of(capture)
            if intent is None:
                raise GatewayError("This was not paid through Stripe, so it cannot be refunded there.")
            params = {"payment_intent": intent} | ({} if amount is None else {"amount": amount})
            try:
                await self._api.refunds.create_async(params, {"idempotency_key": f"refund:{key}"})
            except stripe.InvalidRequestError as error:
                if error.code != "charge_already_refunded":
                    raise

    async def stop(self, order: Order) -> None:
        with asking():
            session = await self._api.checkout.sessions.retrieve_async(order.ref or "", {"expand": ["subscription"]})
            subscription = session.subscription
            if subscription is not None and subscription.status not in ENDED:
                await self._api.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})

    async def portal(self, order: Order, back: str) -> str | None:
        """None where the operator has not switched the customer portal on."""
        with asking():
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
        check(headers.get("stripe-signature", ""), body, self._webhook_secret, self._clock.now())
        notice = notice_in(body)
        if notice.order is None and notice.payment is not None and notice.kind.startswith(("charge.", "refund.")):
            return await self._named(notice, notice.payment)
        return notice

    async def _named(self, notice: Notice, intent: str) -> Notice:
        """What a refund or a dispute names is no more than how it was paid: say which order or month that was.

        Without it a dispute of a month, or of a payment that was never heard of, would wait for the reconciler. One
        that Stripe does not know is nothing of ours.
        """
        with asking():
            try:
                paid = await self._api.payment_intents.retrieve_async(intent)
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise
                return notice
            by = {"type": "payment_intent", "payment_intent": intent}
            listed = await self._api.invoice_payments.list_async({"payment": by})
            for each in listed.data:
                invoice = await self._api.invoices.retrieve_async(str(each.invoice))
                return replace(notice, order=order_in(invoice.to_dict()), payment=invoice.id)
        return replace(notice, order=order_in(paid.to_dict()))

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK does not say


def _session(order: Order, back: str, cancel: str) -> dict[str, Any]:
    """https://docs.stripe.com/api/checkout/sessions/create"""
    goods = goods_of(order)
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
