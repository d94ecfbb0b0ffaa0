"""What is for sale, by the rules for digital goods: Telegram Stars only.

https://core.telegram.org/bots/api#sendinvoice, https://core.telegram.org/bots/payments-stars. Where Telegram
documents a limit but not the words of its refusal, the refusal is named as in Telegram's inner API.
"""

from dataclasses import dataclass

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad

STARS = "XTR"
MAX_TITLE = 32
MAX_DESCRIPTION = 255
MAX_PAYLOAD = 128
"""Bytes."""
MAX_STARS = 25_000
"""Of one invoice. https://core.telegram.org/bots/api#inputpaidmedia names the same for paid media."""
SUBSCRIPTION_SECONDS = 2_592_000
MAX_SUBSCRIPTION = 10_000
"""https://core.telegram.org/bots/api#createinvoicelink"""
TIPS = ("max_tip_amount", "suggested_tip_amounts")


@dataclass(frozen=True)
class Invoice:
    """Something that anybody who sees it may pay, any number of times."""

    title: str
    description: str
    payload: str
    currency: str
    amount: int
    chat_id: int | None = None
    subscription_period: int = 0

    def json(self) -> Json:
        """https://core.telegram.org/bots/api#invoice"""
        return {
            "title": self.title, "description": self.description, "start_parameter": "", "currency": self.currency,
            "total_amount": self.amount,
        }  # fmt: skip

    def asked(self) -> Json:
        """What each step of the payment repeats."""
        return {"currency": self.currency, "total_amount": self.amount, "invoice_payload": self.payload}


def invoice_of(call: Call, chat_id: int | None = None) -> Invoice:
    """Raises ApiError 400 for what Telegram would not sell."""
    title, description, payload = (call.text(name) for name in ("title", "description", "payload"))
    prices = call.json("prices") or []
    if len(title) > MAX_TITLE:
        raise bad("INVOICE_TITLE_INVALID")
    if len(description) > MAX_DESCRIPTION:
        raise bad("INVOICE_DESCRIPTION_INVALID")
    if not 1 <= len(payload.encode()) <= MAX_PAYLOAD:
        raise bad("INVOICE_PAYLOAD_INVALID")
    if not prices:
        raise bad("there must be at least one price")
    if any(not price["label"] for price in prices):
        raise bad("can't parse labeled price: LabeledPrice label must be non-empty")
    if call.text("currency") != STARS:
        raise bad("PAYMENT_PROVIDER_INVALID" if len(call.text("currency")) == len(STARS) else "CURRENCY_INVALID")
    if call.text("provider_token") or len(prices) != 1 or any(call.json(name) for name in TIPS):
        raise bad("STARS_INVOICE_INVALID")
    amount = int(prices[0]["amount"])
    if not 1 <= amount <= MAX_STARS:
        raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    period = call.number("subscription_period")
    if period and (period != SUBSCRIPTION_SECONDS or amount > MAX_SUBSCRIPTION):
        raise bad("SUBSCRIPTION_PERIOD_INVALID" if period != SUBSCRIPTION_SECONDS else "SUBSCRIPTION_AMOUNT_INVALID")
    return Invoice(title, description, payload, STARS, amount, chat_id, period)
