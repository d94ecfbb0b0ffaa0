"""What is true of an order at PayPal, over the wire, on good days and bad ones."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.catalogue import Pack
from core.clock import DAY, HOUR, Millis
from core.jobs.model import ReplyTo
from core.payments.orders import RENEWS_WITHIN, Goods, Order, Taken
from core.payments.paypal.gateway import PayPal
from core.payments.paypal.opening import opened_paypal
from core.payments.paypal.sales import REFUNDABLE, month_after
from core.payments.ports import Forged, GatewayError, Progress
from core.settings import Settings
from tests.core.payments.paypal.test_signature import At
from tests.fakes.paypal import PayPalFake
from tests.support import ALICE, NOON

PACK = Goods.of(Pack(name="small", credits=500, price=499, currency="USD"))
PLAN = Goods("plan", "artist", 1000, 999, "USD")
ORDER = Order("ord-1", "acc-1", ALICE, ReplyTo(platform="playground", channel="x"), "en", NOON, NOON + DAY, "t",
              goods=PACK, gateway="paypal")  # fmt: skip
PLAN_ORDER = replace(ORDER, id="ord-2", goods=PLAN)
URLS = ("https://easel.example.org/back", "https://easel.example.org/cancel")


@pytest.fixture
async def fake() -> AsyncIterator[PayPalFake]:
    async with PayPalFake(NOON) as fake:
        yield fake


@pytest.fixture
async def paypal(fake: PayPalFake) -> AsyncIterator[PayPal]:
    gateway = opened(fake, NOON + HOUR)
    yield gateway
    await gateway.close()


def opened(fake: PayPalFake, now: Millis) -> PayPal:
    settings = Settings(
        _env_file=None, paypal_client_id=fake.client_id, paypal_client_secret=fake.secret,
        paypal_webhook_id=fake.webhook_id, paypal_merchant_id="MERCHANT", paypal_base_url=fake.url,
    )  # fmt: skip
    return opened_paypal(settings, {"artist": "P-5ML4271244454362WXNWU5NQ"}, At(now))


async def made(paypal: PayPal, order: Order = ORDER) -> Order:
    return replace(order, ref=(await paypal.create(order, *URLS)).ref)


async def paid(paypal: PayPal, fake: PayPalFake) -> tuple[Order, str]:
    order = await made(paypal)
    fake.books.approve(order.ref or "")
    return order, (await paypal.confirm(order)).captures[0].id


async def back(paypal: PayPal, order: Order) -> tuple[int, bool]:
    (capture,) = (await paypal.look(order)).captures
    return capture.back, capture.is_disputed


async def test_an_approved_order_is_captured_once_however_often_it_is_confirmed(
    paypal: PayPal, fake: PayPalFake
) -> None:
    order = await made(paypal)
    assert (await paypal.confirm(order)).progress is Progress.OPEN
    fake.books.approve(order.ref or "")
    truths = await asyncio.gather(*(paypal.confirm(order) for _ in range(4)))
    assert all(truth == truths[0] for truth in truths)
    (capture,) = truths[0].captures
    assert (truths[0].progress, truths[0].order, truths[0].payee) == (Progress.PAID, "ord-1", "MERCHANT")
    assert (capture.money.amount, capture.money.currency, capture.is_complete, capture.back) == (499, "USD", True, 0)
    assert len(fake.books.captures) == 1
    assert len(fake.tokens) == 1


async def test_creating_again_leads_to_the_same_order(paypal: PayPal, fake: PayPalFake) -> None:
    assert await paypal.create(ORDER, *URLS) == await paypal.create(ORDER, *URLS)
    assert len(fake.books.orders) == 1


@pytest.mark.parametrize(
    ("price", "currency", "value"), [(5, "USD", "0.05"), (700, "JPY", "700"), (70000, "HUF", "700")]
)
async def test_amounts_are_exact(paypal: PayPal, fake: PayPalFake, price: int, currency: str, value: str) -> None:
    order = replace(ORDER, goods=replace(PACK, price=price, currency=currency))
    assert order.goods is not None
    assert paypal.sells(order.goods)
    order = await made(paypal, order)
    assert fake.books.orders[order.ref or ""]["purchase_units"][0]["amount"]["value"] == value
    fake.books.approve(order.ref or "")
    assert (await paypal.confirm(order)).captures[0].money.amount == price


def test_what_paypal_cannot_take_is_not_sold(paypal: PayPal) -> None:
    for price, currency in ((70001, "HUF"), (100, "XTR"), (100, "KRW")):
        assert not paypal.sells(replace(PACK, price=price, currency=currency))
    assert not paypal.sells(replace(PLAN, name="other"))


async def test_an_answer_that_is_lost_after_the_capture_is_found_by_looking(paypal: PayPal, fake: PayPalFake) -> None:
    order = await made(paypal)
    fake.books.approve(order.ref or "")
    fake.only, fake.always = "/capture", "drop after commit"
    assert (await paypal.confirm(order)).progress is Progress.PAID
    assert len(fake.books.captures) == 1


@pytest.mark.parametrize("fault", ["500", "429", "drop", "not json", "401"])
async def test_a_day_without_paypal_is_a_gateway_error(paypal: PayPal, fake: PayPalFake, fault: str) -> None:
    order, _ = await paid(paypal, fake)
    fake.always = fault  # type: ignore[assignment]  # a test knows what it gives
    with pytest.raises(GatewayError) as caught:
        await paypal.confirm(order)
    assert fake.secret not in str(caught.value)
    assert not any(token in str(caught.value) for token in fake.tokens)


async def test_a_token_that_ended_early_is_renewed(paypal: PayPal, fake: PayPalFake) -> None:
    order, _ = await paid(paypal, fake)
    fake.tokens.clear()
    assert (await paypal.look(order)).progress is Progress.PAID


@pytest.mark.parametrize("issue", ["declined", "compliance"])
async def test_a_refused_capture_leaves_the_order_open_and_says_why(
    paypal: PayPal, fake: PayPalFake, issue: str
) -> None:
    order = await made(paypal)
    fake.books.approve(order.ref or "")
    fake.only, fake.always = "/capture", issue  # type: ignore[assignment]  # a test knows what it gives
    truth = await paypal.confirm(order)
    assert (truth.progress, truth.captures, truth.why != "", truth.refused) == (Progress.OPEN, (), True, True)
    fake.always = None
    assert (await paypal.confirm(order)).refused, "PayPal answers the same key as before"
    assert (await paypal.confirm(replace(order, tries=1))).progress is Progress.PAID


async def test_a_capture_whose_end_is_not_known_is_tried_again_under_the_same_key(
    paypal: PayPal, fake: PayPalFake
) -> None:
    order = replace(await made(paypal), tries=3)
    fake.books.approve(order.ref or "")
    fake.only, fake.always = "/capture", "drop"
    with pytest.raises(GatewayError):
        await paypal.confirm(order)
    fake.always = None
    assert (await paypal.confirm(order)).progress is Progress.PAID
    assert {key for method, path, key in fake.calls if path.endswith("/capture")} == {"cap:ord-1:3"}


async def test_a_plan_that_has_begun_and_is_not_paid_yet_is_under_way(paypal: PayPal, fake: PayPalFake) -> None:
    order = await made(paypal, PLAN_ORDER)
    fake.books.approve(order.ref or "")
    assert (await paypal.look(order)).progress is Progress.UNDERWAY


async def test_a_pending_capture_completes_or_is_declined(paypal: PayPal, fake: PayPalFake) -> None:
    fake.books.next_capture = "PENDING"
    order, capture = await paid(paypal, fake)
    truth = await paypal.look(order)
    assert (truth.progress, truth.captures[0].is_complete) == (Progress.OPEN, False)
    fake.books.turn(capture, "COMPLETED")
    assert (await paypal.look(order)).progress is Progress.PAID
    fake.books.turn(capture, "DECLINED")
    truth = await paypal.look(order)
    assert (truth.progress, truth.captures) == (Progress.GONE, ())


async def test_a_void_or_forgotten_order_is_gone(paypal: PayPal, fake: PayPalFake) -> None:
    order = await made(paypal)
    fake.books.cancel(order.ref or "")
    assert (await paypal.confirm(order)).progress is Progress.GONE
    fake.books.forget(order.ref or "")
    assert (await paypal.confirm(order)).progress is Progress.GONE


async def test_refunds_add_up_and_the_same_one_again_does_nothing(paypal: PayPal, fake: PayPalFake) -> None:
    order, capture = await paid(paypal, fake)
    for _ in range(2):
        await paypal.refund(order, capture, 100, "r1")
    assert await back(paypal, order) == (100, False)
    for _ in range(2):
        await paypal.refund(order, capture, None, "r2")
    assert await back(paypal, order) == (499, False)


async def test_a_loss_that_is_reported_twice_is_one(paypal: PayPal, fake: PayPalFake) -> None:
    order, capture = await paid(paypal, fake)
    fake.books.refund(capture, "1.00")
    fake.books.now += HOUR
    dispute = fake.books.dispute(capture, "2.00")
    assert await back(paypal, order) == (300, True)
    fake.books.now += HOUR
    fake.books.refund(capture, "2.00")
    assert await back(paypal, order) == (300, True)
    fake.books.resolve(dispute, won=False)
    assert await back(paypal, order) == (300, True)
    fake.books.turn(capture, "REVERSED")
    assert await back(paypal, order) == (499, True)


async def test_a_won_dispute_gives_the_money_back_to_us(paypal: PayPal, fake: PayPalFake) -> None:
    order, capture = await paid(paypal, fake)
    dispute = fake.books.dispute(capture)
    assert await back(paypal, order) == (499, True)
    fake.books.resolve(dispute, won=True)
    assert await back(paypal, order) == (0, False)


async def test_each_month_of_a_plan_is_a_payment_of_its_own(paypal: PayPal, fake: PayPalFake) -> None:
    order = await made(paypal, PLAN_ORDER)
    ref = order.ref or ""
    assert (await paypal.confirm(order)).progress is Progress.OPEN
    fake.books.approve(ref)
    sales = [fake.books.sell(ref, "9.99") for _ in range(2)]
    truth = await paypal.look(order)
    assert (truth.progress, truth.renews, truth.order) == (Progress.PAID, True, "ord-2")
    assert [(each.id, each.money.amount, each.until) for each in truth.captures] == [
        (sale, 999, month_after(NOON) + RENEWS_WITHIN) for sale in sales
    ]
    for _ in range(2):
        await paypal.stop(order)
    truth = await paypal.look(order)
    assert (truth.progress, truth.renews) == (Progress.PAID, False)


async def subscribed(paypal: PayPal, fake: PayPalFake) -> Order:
    order = await made(paypal, PLAN_ORDER)
    fake.books.approve(order.ref or "")
    return order


async def test_a_plan_that_paypal_suspended_may_go_on_and_can_be_stopped(paypal: PayPal, fake: PayPalFake) -> None:
    order = await subscribed(paypal, fake)
    fake.books.sell(order.ref or "", "9.99")
    fake.books.subscriptions[order.ref or ""]["status"] = "SUSPENDED"
    assert (await paypal.look(order)).renews
    await paypal.stop(order)
    assert not (await paypal.look(order)).renews
    assert fake.books.subscriptions[order.ref or ""]["status"] == "CANCELLED"


async def test_all_months_of_a_plan_are_seen_however_many_pages_they_take(paypal: PayPal, fake: PayPalFake) -> None:
    order = await subscribed(paypal, fake)
    sales = [fake.books.sell(order.ref or "", "9.99") for _ in range(25)]
    assert [each.id for each in (await paypal.look(order)).captures] == sales


async def test_what_went_back_of_a_month_is_seen(paypal: PayPal, fake: PayPalFake) -> None:
    order = await subscribed(paypal, fake)
    first, second, third = (fake.books.sell(order.ref or "", "9.99") for _ in range(3))
    for _ in range(3):
        fake.books.refund(first, "1.00")
    fake.books.refund(second)
    assert [each.back for each in (await paypal.look(order)).captures] == [300, 999, 0]
    fake.books.dispute(third, "9.99")
    assert [each.back for each in (await paypal.look(order)).captures] == [300, 999, 999]


async def test_a_refund_of_a_month_counts_whenever_it_was_made(fake: PayPalFake) -> None:
    paypal = opened(fake, NOON + 150 * DAY)
    order = await subscribed(paypal, fake)
    sale = fake.books.sell(order.ref or "", "9.99")
    fake.books.refund(sale, "1.00")
    fake.books.now += 120 * DAY
    fake.books.refund(sale, "2.00")["search_status"] = "V"
    fake.books.refund(sale, "4.00")
    assert await back(paypal, order) == (500, False)
    await paypal.close()


async def test_a_refund_that_cannot_be_read_yet_is_found_later(paypal: PayPal, fake: PayPalFake) -> None:
    order = await subscribed(paypal, fake)
    sale = fake.books.sell(order.ref or "", "9.99")
    fake.books.refund(sale, "1.00")
    fake.books.search_lag = HOUR
    assert await back(paypal, order) == (0, False)
    fake.books.now += HOUR
    assert await back(paypal, order) == (100, False)


async def test_what_is_known_of_a_refund_stays_where_refunds_cannot_be_read(paypal: PayPal, fake: PayPalFake) -> None:
    order = await subscribed(paypal, fake)
    sale = fake.books.sell(order.ref or "", "9.99")
    fake.books.refund(sale, "1.00")
    fake.only, fake.always = "/v1/reporting/transactions", "403"
    assert await back(paypal, order) == (0, False)
    known = replace(order, payments=(Taken(sale, 999, 1000, NOON, back=101, word=1),))
    assert await back(paypal, known) == (100, False)
    fake.always = "500"
    with pytest.raises(GatewayError):
        await paypal.look(known)


async def test_what_is_known_of_an_old_refund_is_not_asked_for_again(fake: PayPalFake) -> None:
    paypal = opened(fake, NOON + REFUNDABLE)
    order = await subscribed(paypal, fake)
    sale = fake.books.sell(order.ref or "", "9.99")
    fake.books.refund(sale, "1.00")
    assert await back(paypal, order) == (100, False)
    fake.only, fake.always = "/v1/reporting/transactions", "500"
    known = replace(order, payments=(Taken(sale, 999, 1000, NOON, back=101, word=1),))
    assert await back(paypal, known) == (100, False)
    await paypal.close()


async def test_notices_name_what_to_look_at(paypal: PayPal, fake: PayPalFake) -> None:
    order, capture = await paid(paypal, fake)
    fake.books.refund(capture, "1.00")
    fake.books.dispute(capture)
    plan = await made(paypal, PLAN_ORDER)
    fake.books.approve(plan.ref or "")
    sale = fake.books.sell(plan.ref or "", "9.99")
    found = [await paypal.notice(headers, body) for headers, body in fake.notices()]
    assert [each.agreed_at for each in found] == [NOON, *[None] * 5]
    assert [(each.kind, each.order, each.ref, each.payment) for each in found] == [
        ("CHECKOUT.ORDER.APPROVED", "ord-1", order.ref, None),
        ("PAYMENT.CAPTURE.COMPLETED", "ord-1", order.ref, capture),
        ("PAYMENT.CAPTURE.REFUNDED", "ord-1", None, capture),
        ("CUSTOMER.DISPUTE.CREATED", "ord-1", None, capture),
        ("BILLING.SUBSCRIPTION.ACTIVATED", "ord-2", plan.ref, None),
        ("PAYMENT.SALE.COMPLETED", "ord-2", plan.ref, sale),
    ]


async def test_a_forged_notice_is_refused_and_one_that_cannot_be_checked_is_not(
    paypal: PayPal, fake: PayPalFake
) -> None:
    fake.books.approve((await made(paypal)).ref or "")
    ((headers, body),) = fake.notices()
    with pytest.raises(Forged):
        await paypal.notice(headers, body.replace(b"ord-1", b"ord-9"))
    fake.always = "500"
    with pytest.raises(GatewayError):
        await paypal.notice(headers, body)


@pytest.mark.parametrize("status", ["403", "404", "500"])
async def test_who_has_paid_is_credited_although_disputes_cannot_be_read(
    paypal: PayPal, fake: PayPalFake, status: str
) -> None:
    order = await made(paypal)
    fake.books.approve(order.ref or "")
    fake.only, fake.always = "/v1/customer/disputes", status  # type: ignore[assignment]  # a fault of the fake
    [capture] = (await paypal.confirm(order)).captures
    assert (capture.is_complete, capture.back) == (True, 0)


async def test_a_dispute_that_is_known_does_not_go_away_while_disputes_cannot_be_read(
    paypal: PayPal, fake: PayPalFake
) -> None:
    order, capture = await paid(paypal, fake)
    known = replace(order, payments=(Taken(capture, 499, 500, NOON, back=500, word=1, is_disputed=True),))
    fake.only, fake.always = "/v1/customer/disputes", "500"
    with pytest.raises(GatewayError):
        await paypal.look(known)
