"""Buying with Telegram Stars: what may be sold, and how a payment goes well or not."""

import asyncio
from typing import Any

import pytest

from core.clock import SECOND
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import call, refusal
from tests.support import ManualClock

MONTH = 2_592_000


def goods(**changes: Any) -> dict[str, Any]:
    usual = {"title": "500 credits", "description": "For pictures", "payload": "pack:small", "currency": "XTR"}
    return usual | {"prices": [{"label": "Pack", "amount": 50}]} | changes


async def invoice(fake: TelegramFake, user: User) -> dict[str, Any]:
    sent: dict[str, Any] = (await call(fake, "sendInvoice", chat_id=user.id, **goods()))["result"]
    return sent


async def answer(fake: TelegramFake, **arguments: Any) -> dict[str, Any]:
    """What a bot does as soon as it is asked."""
    question = await fake.until(lambda: next(iter(fake.payments.checkouts.asked.values()), None))
    assert question is not None
    return await call(fake, "answerPreCheckoutQuery", pre_checkout_query_id=question.id, **arguments)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"provider_token": "some"}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "a", "amount": 1}, {"label": "b", "amount": 2}]}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "a", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"payload": "ü" * 64 + "x"}, "INVOICE_PAYLOAD_INVALID"),
        ({"title": "x" * 33}, "INVOICE_TITLE_INVALID"),
        ({"currency": "EUR"}, "PAYMENT_PROVIDER_INVALID"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x", "url": "https://t.me"}]]}}, "REPLY_MARKUP_BUY_EMPTY"),
    ],
)
async def test_only_stars_are_taken_at_one_price(
    fake: TelegramFake, alice: User, changes: dict[str, Any], error: str
) -> None:
    assert await refusal(fake, "sendInvoice", chat_id=alice.id, **goods(**changes)) == error
    assert (await call(fake, "sendInvoice", chat_id=alice.id, **goods(provider_token="", payload="ü" * 64)))["ok"]


async def test_a_yes_in_time_takes_the_stars(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    message = await invoice(fake, alice)
    paying = asyncio.create_task(fake.pay(message, alice))
    clock.move(10 * SECOND)
    assert (await answer(fake, ok=True))["ok"]
    payment = await paying
    assert payment.update is not None
    assert payment.charge is not None
    assert payment.update["message"]["successful_payment"] == {
        "currency": "XTR", "total_amount": 50, "invoice_payload": "pack:small", "provider_payment_charge_id": "",
        "telegram_payment_charge_id": payment.charge.id,
    }  # fmt: skip
    assert (await call(fake, "getMyStarBalance"))["result"] == {"amount": 50}


async def test_a_yes_after_ten_seconds_is_too_late(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    message = await invoice(fake, alice)
    paying = asyncio.create_task(fake.pay(message, alice))
    await asyncio.sleep(0)
    clock.move(10 * SECOND + 1)
    payment = await paying
    late = await answer(fake, ok=True)
    assert "query is too old" in late["description"]
    assert (payment.charge, payment.update, fake.payments.charges) == (None, None, {})


async def test_a_no_needs_a_reason_and_takes_nothing(fake: TelegramFake, alice: User) -> None:
    message = await invoice(fake, alice)
    paying = asyncio.create_task(fake.pay(message, alice))
    assert 'parameter "error_message" is required' in (await answer(fake, ok=False))["description"]
    assert (await answer(fake, ok=False, error_message="Sold out"))["ok"]
    payment = await paying
    assert (payment.refused, payment.charge) == ("Sold out", None)


async def test_a_refund_is_told_and_listed(fake: TelegramFake, alice: User) -> None:
    paying = asyncio.create_task(fake.pay(await invoice(fake, alice), alice))
    await answer(fake, ok=True)
    charge = (await paying).charge
    assert charge is not None
    here = {"user_id": alice.id, "telegram_payment_charge_id": charge.id}
    assert (
        await refusal(fake, "refundStarPayment", user_id=1, telegram_payment_charge_id=charge.id) == "USER_ID_INVALID"
    )
    assert (await call(fake, "refundStarPayment", **here))["ok"]
    assert await refusal(fake, "refundStarPayment", **here) == "CHARGE_ALREADY_REFUNDED"
    told = fake.updates.pending[-1].update["message"]["refunded_payment"]
    assert told["telegram_payment_charge_id"] == charge.id
    listed = (await call(fake, "getStarTransactions"))["result"]["transactions"]
    assert [(one["id"], "source" in one) for one in listed] == [(charge.id, True), (charge.id, False)]


async def test_a_subscription_renews_until_it_is_canceled(fake: TelegramFake, alice: User) -> None:
    wrong = await refusal(fake, "createInvoiceLink", **goods(subscription_period=60))
    assert wrong == "SUBSCRIPTION_PERIOD_INVALID"
    link = (await call(fake, "createInvoiceLink", **goods(subscription_period=MONTH)))["result"]
    paying = asyncio.create_task(fake.pay(link, alice))
    await answer(fake, ok=True)
    first = await paying
    second = fake.renew(first)
    assert first.update is not None
    assert second.update is not None
    assert first.charge is not None
    paid = [payment["message"]["successful_payment"] for payment in (first.update, second.update)]
    assert [one.get("is_first_recurring", False) for one in paid] == [True, False]
    assert all(one["is_recurring"] for one in paid)
    assert paid[0]["telegram_payment_charge_id"] != paid[1]["telegram_payment_charge_id"]
    here = {"user_id": alice.id, "telegram_payment_charge_id": first.charge.id}
    assert (await call(fake, "editUserStarSubscription", **here, is_canceled=True))["ok"]
    with pytest.raises(AssertionError, match="canceled"):
        fake.renew(first)
