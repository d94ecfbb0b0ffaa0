"""Stripe's truth about an order, asked for over the wire with the real SDK."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import HOUR, SECOND
from core.payments.orders import Goods, Order
from core.payments.ports import Forged, GatewayError, Progress, Truth
from core.payments.stripe.gateway import LONGEST, SHORTEST, Stripe
from core.payments.stripe.notices import TOLERANCE_SECONDS
from tests.core.payments.test_orders import ORDER as BARE
from tests.fakes.stripe import StripeFake
from tests.support import NOON, ManualClock

PACK = Goods("pack", "small", 500, 499, "USD")
ORDER = replace(BARE, goods=PACK, expires_at=NOON + HOUR)
PLAN_ORDER = replace(ORDER, id="o2", goods=Goods("plan", "club", 1200, 899, "EUR"))
NOW = NOON // SECOND


@pytest.fixture
async def fake() -> AsyncIterator[StripeFake]:
    fake = StripeFake()
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.problems == []


@pytest.fixture
async def gateway(fake: StripeFake, clock: ManualClock) -> AsyncIterator[Stripe]:
    gateway = Stripe(fake.key, fake.secret, fake.url, clock)
    yield gateway
    await gateway.close()


async def made(gateway: Stripe, order: Order = ORDER) -> Order:
    created = await gateway.create(order, "https://us.example/back", "https://us.example/cancel")
    return replace(order, ref=created.ref, url=created.url)


def ref(order: Order) -> str:
    assert order.ref is not None
    return order.ref


def back(truth: Truth) -> list[tuple[int, bool]]:
    return [(capture.back, capture.is_disputed) for capture in truth.captures]


@pytest.mark.parametrize(
    ("price", "currency", "is_sold"),
    [(499, "USD", True), (499, "JPY", True), (500, "UGX", True), (550, "UGX", False), (501, "ISK", False),
     (1250, "KWD", True), (1255, "KWD", False), (100, "XTR", False)],
)  # fmt: skip
async def test_nothing_is_offered_at_a_price_that_stripe_cannot_take(
    gateway: Stripe, price: int, currency: str, is_sold: bool
) -> None:
    assert gateway.sells(Goods("pack", "small", 500, price, currency)) is is_sold


async def test_a_session_is_made_once_for_an_order_and_says_what_it_is_for(gateway: Stripe, fake: StripeFake) -> None:
    first, second = await made(gateway), await made(gateway)
    assert first == second
    session = fake.objects[ref(first)]
    assert (session["client_reference_id"], session["amount_total"], session["currency"]) == ("o1", 499, "usd")
    assert NOW + SHORTEST // SECOND <= session["expires_at"] <= NOW + LONGEST // SECOND


async def test_a_payment_is_ours_when_it_is_paid(gateway: Stripe, fake: StripeFake) -> None:
    order = await made(gateway)
    assert await gateway.look(order) == Truth("o1", Progress.OPEN)
    fake.pay(ref(order))
    truth = await gateway.confirm(order)
    [capture] = truth.captures
    assert (truth.order, truth.progress, capture.is_complete) == ("o1", Progress.PAID, True)
    assert (capture.money.amount, capture.money.currency, capture.id[:3]) == (499, "USD", "pi_")
    assert back(truth) == [(0, False)]


async def test_money_that_takes_days_is_on_its_way_until_it_is_there_or_fails(
    gateway: Stripe, fake: StripeFake
) -> None:
    order = await made(gateway)
    fake.pay(ref(order), later=True)
    truth = await gateway.look(order)
    [capture] = truth.captures
    assert (truth.progress, capture.is_complete) == (Progress.UNDERWAY, False)
    fake.fail(ref(order))
    assert (await gateway.look(order)).progress is Progress.GONE
    fake.settle(ref(order))
    [capture] = (await gateway.look(order)).captures
    assert capture.is_complete


async def test_a_plan_paid_by_a_debit_is_neither_paid_nor_gone_until_the_money_is_there(
    gateway: Stripe, fake: StripeFake
) -> None:
    order = await made(gateway, PLAN_ORDER)
    fake.pay(ref(order), later=True)
    truth = await gateway.look(order)
    [coming] = truth.captures
    assert (truth.progress, truth.why != "", coming.is_complete, coming.money.amount) == (
        Progress.UNDERWAY,
        True,
        False,
        899,
    )
    fake.objects[fake.objects[ref(order)]["subscription"]]["status"] = "canceled"
    assert (await gateway.look(order)).progress is Progress.UNDERWAY
    fake.settle(ref(order))
    truth = await gateway.look(order)
    assert (truth.progress, truth.captures) == (Progress.PAID, (replace(coming, is_complete=True),))


async def test_a_plan_whose_debit_failed_is_gone_and_can_be_paid_after_all(gateway: Stripe, fake: StripeFake) -> None:
    order = await made(gateway, PLAN_ORDER)
    fake.pay(ref(order), later=True)
    fake.fail(ref(order))
    assert await gateway.look(order) == Truth(
        "o2", Progress.GONE, renews=True, why="Stripe could not collect the money."
    )
    fake.settle(ref(order))
    assert (await gateway.look(order)).progress is Progress.PAID


async def test_a_month_that_is_being_debited_leaves_the_paid_ones_as_they_are(
    gateway: Stripe, fake: StripeFake
) -> None:
    order = await made(gateway, PLAN_ORDER)
    fake.pay(ref(order))
    fake.renew(ref(order), later=True)
    truth = await gateway.look(order)
    assert (truth.progress, [each.is_complete for each in truth.captures]) == (Progress.PAID, [True, False])
    fake.fail(ref(order))
    truth = await gateway.look(order)
    assert (truth.progress, [each.is_complete for each in truth.captures]) == (Progress.PAID, [True])


async def test_a_month_that_was_paid_outside_of_stripe_counts_and_cannot_be_refunded_there(
    gateway: Stripe, fake: StripeFake
) -> None:
    order = await made(gateway, PLAN_ORDER)
    fake.pay(ref(order))
    outside = fake.renew(ref(order), is_outside=True)
    assert back(await gateway.look(order)) == [(0, False), (0, False)]
    with pytest.raises(GatewayError, match="not paid through Stripe"):
        await gateway.refund(order, outside, None, "r1")


async def test_a_refund_that_fails_gives_the_money_back_to_us(gateway: Stripe, fake: StripeFake) -> None:
    for wanted in (ORDER, PLAN_ORDER):
        order = await made(gateway, wanted)
        fake.pay(ref(order))
        await gateway.refund(order, (await gateway.look(order)).captures[0].id, 100, f"r{order.id}")
        assert back(await gateway.look(order)) == [(100, False)]
        [refund] = [
            id_ for id_, each in fake.objects.items() if each["object"] == "refund" and each["status"] != "failed"
        ]
        fake.bounce(refund)
        assert back(await gateway.look(order)) == [(0, False)]


async def test_an_expired_session_is_gone(gateway: Stripe, fake: StripeFake) -> None:
    for wanted in (ORDER, PLAN_ORDER):
        order = await made(gateway, wanted)
        fake.expire(ref(order))
        assert (await gateway.look(order)).progress is Progress.GONE


async def test_refunds_and_disputes_are_told_and_never_more_than_was_paid(gateway: Stripe, fake: StripeFake) -> None:
    order = await made(gateway)
    fake.pay(ref(order))
    intent = (await gateway.look(order)).captures[0].id
    fake.lose = True
    with pytest.raises(GatewayError):
        await gateway.refund(order, intent, 100, "r1")
    await gateway.refund(replace(order, version=9), intent, 100, "r1")
    assert back(await gateway.look(order)) == [(100, False)]
    await gateway.refund(order, intent, 100, "r2")
    assert back(await gateway.look(order)) == [(200, False)]
    dispute = fake.dispute(intent)
    assert back(await gateway.look(order)) == [(499, True)]
    fake.resolve(dispute, won=True)
    assert back(await gateway.look(order)) == [(200, False)]
    await gateway.refund(order, intent, None, "r3")
    await gateway.refund(order, intent, None, "r4")
    assert back(await gateway.look(order)) == [(499, False)]


async def test_an_inquiry_holds_nothing_and_a_lost_dispute_everything(gateway: Stripe, fake: StripeFake) -> None:
    order = await made(gateway)
    fake.pay(ref(order))
    intent = (await gateway.look(order)).captures[0].id
    dispute = fake.dispute(intent, "warning_needs_response")
    assert back(await gateway.look(order)) == [(0, False)]
    fake.resolve(dispute, won=False)
    assert back(await gateway.look(order)) == [(499, True)]


async def test_each_paid_invoice_is_a_month_of_a_plan(gateway: Stripe, fake: StripeFake) -> None:
    order = await made(gateway, PLAN_ORDER)
    assert (await gateway.look(order)).progress is Progress.OPEN
    fake.pay(ref(order))
    fake.renew(ref(order))
    truth = await gateway.look(order)
    assert (truth.renews, len({capture.id for capture in truth.captures})) == (True, 2)
    untils = [capture.until or 0 for capture in truth.captures]
    assert untils == sorted(untils)
    await gateway.refund(order, truth.captures[0].id, None, "r1")
    assert back(await gateway.look(order)) == [(899, False), (0, False)]
    assert str(await gateway.portal(order, "https://us.example")).endswith("/portal")
    await gateway.stop(order)
    assert not (await gateway.look(order)).renews


async def test_an_answer_that_is_lost_leaves_one_session_and_no_trace_of_a_key(
    gateway: Stripe, fake: StripeFake
) -> None:
    fake.lose = True
    with pytest.raises(GatewayError) as lost:
        await made(gateway)
    assert fake.key not in str(lost.value)
    await made(gateway)
    assert len([each for each in fake.objects.values() if each["object"] == "checkout.session"]) == 1
    fake.down = True
    with pytest.raises(GatewayError):
        await gateway.look(replace(ORDER, ref="cs_1"))


async def test_a_session_can_be_asked_for_again_later(gateway: Stripe, fake: StripeFake, clock: ManualClock) -> None:
    fake.lose = True
    with pytest.raises(GatewayError):
        await made(gateway)
    clock.move(HOUR - SECOND)
    again = await made(gateway)
    assert fake.objects[ref(again)]["expires_at"] >= clock.now() // SECOND + 30 * 60


async def test_a_wrong_key_is_a_gateway_that_cannot_be_used(fake: StripeFake, clock: ManualClock) -> None:
    gateway = Stripe("sk_wrong", fake.secret, fake.url, clock)
    with pytest.raises(GatewayError) as refused:
        await made(gateway)
    assert "sk_wrong" not in str(refused.value)
    await gateway.close()


def told_of(fake: StripeFake, kind: str, session: str) -> str:
    """What such an event is about."""
    known = fake.objects[session]
    invoice = next((id_ for id_, each in fake.objects.items() if each["object"] == "invoice"), "")
    intent = fake.objects[invoice]["payment_intent"] if invoice else known["payment_intent"]
    match kind.split("."):
        case ["checkout", *_]:
            return session
        case ["customer", *_]:
            return str(known["subscription"])
        case ["invoice", *_]:
            return invoice
        case ["charge", "dispute", *_]:
            return fake.dispute(intent)
        case ["refund", *_]:
            return fake.give_back(intent, 1)
    return str(fake.objects[intent]["latest_charge"])


def listed_events() -> list[str]:
    page = (Path(__file__).parents[3] / "docs" / "payments" / "stripe.md").read_text()
    return re.findall(r"`((?:checkout|charge|refund|invoice|customer)\.[a-z_.]+)`", page)


def test_the_operator_is_told_to_send_every_event_that_is_a_reason_to_look() -> None:
    reasons = {"async_payment_succeeded", "payment_failed", "funds_withdrawn", "funds_reinstated", "failed", "updated"}
    assert reasons <= {event.rpartition(".")[2] for event in listed_events()}


PLAN_ONLY = ("invoice", "customer")
ABOUT_PACKS = [(kind, ORDER) for kind in listed_events() if not kind.startswith(PLAN_ONLY)]
ABOUT_PLANS = [(kind, PLAN_ORDER) for kind in listed_events()]


@pytest.mark.parametrize(("kind", "wanted"), ABOUT_PACKS + ABOUT_PLANS)
async def test_a_signed_notice_names_what_to_look_at(
    gateway: Stripe, fake: StripeFake, kind: str, wanted: Order
) -> None:
    order = await made(gateway, wanted)
    fake.pay(ref(order))
    capture = (await gateway.look(order)).captures[0].id
    notice = await gateway.notice(*fake.notice(kind, told_of(fake, kind, ref(order)), NOW))
    assert notice.kind == kind
    assert ref(order) == notice.ref or order.id == notice.order or capture == notice.payment


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
async def test_what_goes_back_of_a_month_or_of_a_payment_never_heard_of_is_named_by_asking(
    gateway: Stripe, fake: StripeFake, kind: str
) -> None:
    for wanted in (ORDER, PLAN_ORDER):
        order = await made(gateway, wanted)
        fake.pay(ref(order))
        [capture] = (await gateway.look(order)).captures
        intent = fake.objects[capture.id].get("payment_intent", capture.id)
        thing = fake.dispute(intent) if "dispute" in kind else fake.objects[intent]["latest_charge"]
        notice = await gateway.notice(*fake.notice(kind, thing, NOW))
        assert notice.order == order.id
        assert notice.payment == capture.id
    fake.down = True
    with pytest.raises(GatewayError):
        await gateway.notice(*fake.notice("charge.dispute.created", fake.dispute(intent), NOW))


async def test_what_goes_back_of_a_payment_that_stripe_does_not_know_is_nothing_of_ours(
    gateway: Stripe, fake: StripeFake
) -> None:
    order = await made(gateway)
    fake.pay(ref(order))
    dispute = fake.dispute((await gateway.look(order)).captures[0].id)
    fake.objects[dispute]["payment_intent"] = "pi_of_nobody"
    notice = await gateway.notice(*fake.notice("charge.dispute.created", dispute, NOW))
    assert (notice.order, notice.ref, notice.payment) == (None, None, "pi_of_nobody")


@pytest.mark.parametrize(
    ("seconds", "is_good"),
    [(0, True), (-TOLERANCE_SECONDS, True), (TOLERANCE_SECONDS, True), (-TOLERANCE_SECONDS - 1, False),
     (TOLERANCE_SECONDS + 1, False), (-7 * 86_400, False)],
)  # fmt: skip
async def test_a_notice_is_of_today_neither_replayed_nor_from_the_future(
    gateway: Stripe, fake: StripeFake, seconds: int, is_good: bool
) -> None:
    order = await made(gateway)
    headers, body = fake.notice("checkout.session.completed", ref(order), NOW + seconds)
    if is_good:
        assert (await gateway.notice(headers, body)).ref == order.ref
    else:
        with pytest.raises(Forged):
            await gateway.notice(headers, body)


@pytest.mark.parametrize("header", ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz", "nonsense", "t=1,t=2,v1="])
async def test_a_notice_without_a_right_signature_is_forged(gateway: Stripe, fake: StripeFake, header: str) -> None:
    with pytest.raises(Forged):
        await gateway.notice({"stripe-signature": header}, b'{"object": "event"}')
    body = b'{"object": "event"}'
    with pytest.raises(Forged):
        await gateway.notice({"stripe-signature": fake.signed(body, NOW, "whsec_other")}, body)
    signed = fake.signed(body, NOW)
    assert (await gateway.notice({"stripe-signature": f"{signed},v1=00"}, body)).order is None
    with pytest.raises(Forged):
        await gateway.notice({"stripe-signature": signed}, b"not json at all")


@pytest.mark.parametrize("old", ["+{}", " {}", "0{}", "{}"])
async def test_an_old_notice_is_not_replayed_under_a_second_time(gateway: Stripe, fake: StripeFake, old: str) -> None:
    body, then = b'{"object": "event"}', NOW - 7 * 86_400
    genuine = fake.signed(body, then)
    for times in (f"t={old.format(then)},t={NOW}", f"t={old.format(then)}, t={NOW}", f"t={NOW},t={old.format(then)}"):
        with pytest.raises(Forged):
            await gateway.notice({"stripe-signature": genuine.replace(f"t={then}", times)}, body)


async def test_a_signature_that_is_no_plain_text_is_forged(gateway: Stripe, fake: StripeFake) -> None:
    with pytest.raises(Forged):
        await gateway.notice({"stripe-signature": f"t={NOW},v1=\u00e9"}, b'{"object": "event"}')


@settings(max_examples=40, deadline=None)
@given(bit=st.integers(0, 8 * 40 - 1))
async def test_every_change_of_a_notice_is_noticed(bit: int) -> None:
    fake, body = StripeFake(), b'{"object": "event", "type": "a.b", "id": 1}'
    gateway = Stripe(fake.key, fake.secret, "http://127.0.0.1:9", ManualClock())
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Forged):
        await gateway.notice({"stripe-signature": fake.signed(body, NOW)}, bytes(changed))
    await gateway.close()
