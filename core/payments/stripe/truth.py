"""What is true of an order at Stripe, asked anew each time.

A session says itself what it is for (`client_reference_id`) and whether it is paid; what went back is asked of its
charge and of the list of disputes. A plan's months are its subscription's invoices.
"""

from typing import Any

from core.clock import SECOND
from core.payments.ports import Capture, GatewayError, Money, Progress, Truth
from core.payments.stripe.asking import MOST_LISTED

ENDED = frozenset({"canceled", "incomplete_expired"})
TAKEN = frozenset({"needs_response", "under_review", "lost"})
"""A dispute in which the money is gone, or held. Inquiries (`warning_...`) hold nothing."""


class Looking:
    """`api`: the SDK's services, whose errors pass through."""

    def __init__(self, api: Any) -> None:
        self._api = api

    async def at(self, ref: str) -> Truth:
        """What is true of a session. Raises StripeError or GatewayError."""
        session = await self._api.checkout.sessions.retrieve_async(
            ref, {"expand": ["payment_intent.latest_charge", "subscription"]}
        )
        return await (self._months(session) if session.mode == "subscription" else self._once(session))

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
        progress = Progress.PAID if captures else Progress.GONE if subscription.status in ENDED else Progress.UNDERWAY
        return Truth(session.client_reference_id, progress, captures, renews)

    async def _month(self, invoice: Any) -> Capture:
        money = Money(invoice.amount_paid, invoice.currency.upper())
        until = max(line.period.end for line in invoice.lines.data) * SECOND
        intent = await self._api.payment_intents.retrieve_async(
            await self.intent_of(invoice.id), {"expand": ["latest_charge"]}
        )
        back, disputed = await self._back(intent)
        return Capture(invoice.id, money, True, min(back, money.amount), disputed, until)

    async def intent_of(self, invoice: str) -> str:
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
