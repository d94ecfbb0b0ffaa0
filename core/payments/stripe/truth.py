"""What is true of an order at Stripe, asked anew each time.

A session says itself what it is for (`client_reference_id`) and whether it is paid; what went back is asked of the
lists of refunds and disputes. A plan's months are its subscription's invoices.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.clock import SECOND, Millis
from core.payments.orders import RENEWS_WITHIN
from core.payments.ports import Capture, Money, Progress, Truth, progress_of
from core.payments.stripe.asking import MOST_LISTED

FAILED = frozenset({"requires_payment_method", "canceled"})
"""Of a payment that was agreed to: https://docs.stripe.com/payments/paymentintents/lifecycle"""
ENDED = frozenset({"canceled", "incomplete_expired"})
TAKEN = frozenset({"needs_response", "under_review", "lost"})
"""A dispute in which the money is gone, or held. Inquiries (`warning_...`) hold nothing."""
UNDONE = frozenset({"failed", "canceled"})
"""A refund whose money is ours again: https://docs.stripe.com/refunds#failed-refunds"""


FAILED_WORDS = "Stripe could not collect the money."
EXPIRED_WORDS = "The checkout at Stripe has expired."


class Looking:
    """`api`: the SDK's services, whose errors pass through."""

    def __init__(self, api: Any) -> None:
        self._api = api

    async def at(self, ref: str) -> Truth:
        """What is true of a session. Raises StripeError."""
        session = await self._api.checkout.sessions.retrieve_async(ref, {"expand": ["payment_intent", "subscription"]})
        if session.status == "complete" and session.subscription is not None:
            return await self._months(session, session.subscription)
        if session.status == "complete" and session.payment_intent is not None:
            return await self._once(session, session.payment_intent)
        return _unpaid(session)

    async def _once(self, session: Any, intent: Any) -> Truth:
        if session.payment_status != "paid" and intent.status in FAILED:
            return _unpaid(session, has_failed=True)
        money = Money(session.amount_total, session.currency.upper())
        capture = await self._capture(intent.id, money, intent.id, is_complete=session.payment_status == "paid")
        return _truth(session, [capture], is_over=False)

    async def _months(self, session: Any, subscription: Any) -> Truth:
        """Each invoice of the subscription that was paid, or is just being paid by a bank's debit, is one month."""
        listed = await self._api.invoices.list_async({"subscription": subscription.id, "limit": MOST_LISTED})
        paid = [
            await self._paid(invoice) for invoice in listed.data if invoice.status == "paid" and invoice.amount_paid
        ]
        debts = {invoice.id: await self._debit(invoice) for invoice in listed.data if invoice.status == "open"}
        coming = [_coming(invoice) for invoice in listed.data if debts.get(invoice.id) == "processing"]
        renews = subscription.status in ("active", "trialing", "past_due") and not subscription.cancel_at_period_end
        if not paid and not coming and FAILED & set(debts.values()):
            return _unpaid(session, has_failed=True, renews=renews)
        return _truth(session, [*paid, *coming], renews=renews, is_over=subscription.status in ENDED)

    async def _paid(self, invoice: Any) -> Capture:
        money = Money(invoice.amount_paid, invoice.currency.upper())
        return replace(await self._capture(invoice.id, money, await self.intent_of(invoice.id)), until=_until(invoice))

    async def _debit(self, invoice: Any) -> str:
        """How the payment of an open invoice is: money that takes days is `processing`."""
        intent = await self.intent_of(invoice.id, "open")
        return str((await self._api.payment_intents.retrieve_async(intent)).status) if intent else ""

    async def intent_of(self, invoice: str, status: str = "paid") -> str | None:
        """None for an invoice that is paid outside of Stripe. https://docs.stripe.com/api/invoice-payment/list"""
        payments = await self._api.invoice_payments.list_async({"invoice": invoice, "status": status})
        intents = [each.payment.payment_intent for each in payments.data if each.payment.type == "payment_intent"]
        return str(intents[0]) if intents else None

    async def _capture(self, id: str, money: Money, intent: str | None, *, is_complete: bool = True) -> Capture:
        """With what was refunded or is in dispute. What was not paid through Stripe cannot go back there."""
        if intent is None or not is_complete:
            return Capture(id, money, is_complete)
        about = {"payment_intent": intent, "limit": MOST_LISTED}
        refunds = (await self._api.refunds.list_async(about)).data
        disputes = [each for each in (await self._api.disputes.list_async(about)).data if each.status in TAKEN]
        back = sum(int(each.amount) for each in [*(r for r in refunds if r.status not in UNDONE), *disputes])
        return Capture(id, money, is_complete, min(back, money.amount), bool(disputes))


def _coming(invoice: Any) -> Capture:
    money = Money(invoice.amount_due, invoice.currency.upper())
    return Capture(invoice.id, money, is_complete=False, until=_until(invoice))


def _until(invoice: Any) -> Millis:
    return int(max(line.period.end for line in invoice.lines.data)) * SECOND + RENEWS_WITHIN


def _unpaid(session: Any, *, has_failed: bool = False, renews: bool = False) -> Truth:
    gone = has_failed or session.status == "expired"
    why = FAILED_WORDS if has_failed else EXPIRED_WORDS if gone else ""
    return Truth(session.client_reference_id, Progress.GONE if gone else Progress.OPEN, renews=renews, why=why)


def _truth(session: Any, captures: Sequence[Capture], *, is_over: bool, renews: bool = False) -> Truth:
    progress = progress_of(captures, is_over=is_over, has_agreed=True)
    why = "" if progress is Progress.PAID or not captures else "The money is on its way."
    return Truth(session.client_reference_id, progress, tuple(captures), renews, why=why)
