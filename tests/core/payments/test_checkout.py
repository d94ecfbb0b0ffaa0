"""From a link to credits: whatever is repeated, reordered, forged or lost, the books say what the gateway says."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts.model import Account, Identity, Role
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.credits.verify import verify_ledger
from core.errors import AttemptsThrottled, BadOption, NotFound, PlanRenews, StoreBusy
from core.jobs.model import Job
from core.news import News
from core.payments.checkout import SHOWN_FOR
from core.payments.orders import Order, OrderState
from core.payments.ports import Forged, GatewayError, Progress
from core.payments.settling import OrderChanged, Settling
from tests.fakes import Fault, app_on, meddled
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, BOB, ManualClock, Silent, opened, settings_in, to_feed

SIGNED = {"signature": "right"}


@pytest.fixture
def gateway(app: App) -> MemoryGateway:
    return sold_by(app)


@pytest.fixture
async def secret(app: App) -> str:
    return await link(app)


def sold_by(app: App) -> MemoryGateway:
    gateway = MemoryGateway()
    cast(dict[str, Any], app.checkout.gateways)[gateway.name] = gateway
    return gateway


async def link(app: App, identity: Identity = ALICE, request: str = "r1") -> str:
    account = await app.accounts.for_identity(identity)
    return (await app.checkout.link(account, identity, to_feed(identity), "en", request)).rpartition("/")[2]


async def chosen(app: App, secret: str, kind: str = "pack", name: str = "small") -> Order:
    return await app.checkout.choose(secret, kind, name, "memory")


async def bought(app: App, gateway: MemoryGateway, secret: str) -> Order:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    return await app.checkout.returned(secret)


def ref(order: Order) -> str:
    assert order.ref is not None
    return order.ref


async def have(app: App, identity: Identity = ALICE) -> tuple[int, int]:
    """Credits beyond the welcome, and what is owed."""
    account = await app.accounts.for_identity(identity)
    balance = await app.ledger.balance(account.id)
    return balance.available - app.settings.signup_credits, balance.debt


async def told(app: App, identity: Identity = ALICE) -> list[str]:
    return [message.body for message in await app.stores.feed.since(str(identity), 0, 99)]


async def test_a_purchase_from_the_link_to_the_credits_and_the_message(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await chosen(app, secret)
    assert (order.state, order.url) == (OrderState.PENDING, f"https://pay.example/{order.ref}")
    gateway.agree(ref(order))
    order = await app.checkout.returned(secret)
    assert (order.state, order.told) == (OrderState.FULFILLED, 1)
    assert [line.state for line in order.history] == ["pending", "paid", "fulfilled"]
    assert await have(app) == (500, 0)
    [message] = await told(app)
    assert "+500 credits" in message
    assert order.id in message


async def test_a_link_is_nobody_elses_and_its_secret_is_not_in_the_database(app: App, secret: str) -> None:
    order = await app.checkout.open(secret)
    assert secret not in repr(order)
    with pytest.raises(NotFound):
        await app.checkout.open(order.token)
    with pytest.raises(NotFound):
        await app.checkout.open("guess")


async def test_links_are_throttled(app: App) -> None:
    for number in range(app.catalogue.shop.links_per_hour):
        await link(app, request=f"r{number}")
    with pytest.raises(AttemptsThrottled):
        await link(app, request="one more")


async def test_a_link_expires_and_what_was_paid_by_it_is_seen_for_another_day(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    other = await link(app, request="r2")
    await bought(app, gateway, secret)
    clock.move(HOUR)
    with pytest.raises(NotFound, match="expired"):
        await chosen(app, other)
    clock.move(SHOWN_FOR - 1)
    assert (await app.checkout.open(secret)).state is OrderState.FULFILLED
    clock.move(1)
    for each in (other, secret):
        with pytest.raises(NotFound):
            await app.checkout.open(each)


async def test_a_link_that_somebody_waits_with_never_expires(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret)
    gateway.capture(ref(order), is_complete=False)
    await app.checkout.returned(secret)
    clock.move(30 * DAY)
    assert (await app.checkout.open(secret)).state is OrderState.PENDING


async def test_choosing_the_same_again_changes_nothing_and_something_else_is_not_sold_as_it(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    first = await chosen(app, secret)
    assert await chosen(app, secret) == first
    with pytest.raises(NotFound, match="Something else"):
        await chosen(app, secret, "plan", "club")
    assert len(gateway.accounts) == 1


async def test_two_tabs_that_choose_at_once_make_one_order(app: App, gateway: MemoryGateway, secret: str) -> None:
    orders = await asyncio.gather(*(chosen(app, secret) for _ in range(5)))
    assert len({order.ref for order in orders}) == len(gateway.accounts) == 1


@pytest.mark.parametrize("name", ["unknown", "", "club"])
async def test_what_is_not_for_sale_cannot_be_chosen(app: App, gateway: MemoryGateway, secret: str, name: str) -> None:
    with pytest.raises(NotFound):
        await chosen(app, secret, name=name)
    with pytest.raises(NotFound):
        await app.checkout.choose(secret, "pack", "small", "nobody")
    assert gateway.calls == []


async def test_a_gateway_that_is_down_charges_nothing_and_can_be_asked_again(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    gateway.down = True
    with pytest.raises(GatewayError):
        await chosen(app, secret)
    with pytest.raises(NotFound, match="Something else"):
        await chosen(app, secret, "plan", "club")
    gateway.down, gateway.lost = False, True
    with pytest.raises(GatewayError):
        await chosen(app, secret)
    assert (await chosen(app, secret)).ref is not None
    assert len(gateway.accounts) == 1


async def test_money_that_was_taken_while_the_answer_got_lost_is_credited_by_the_reconciler(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    gateway.lost = True
    with pytest.raises(GatewayError):
        await app.checkout.returned(secret)
    assert await have(app) == (0, 0)
    clock.move(HOUR)
    await app.checkout.reconcile()
    assert await have(app) == (500, 0)


async def test_a_forged_notice_and_one_about_nothing_do_nothing(app: App, gateway: MemoryGateway, secret: str) -> None:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    with pytest.raises(Forged):
        await app.checkout.noticed("memory", {}, ref(order).encode())
    await app.checkout.noticed("memory", SIGNED, b"unknown")
    with pytest.raises(NotFound):
        await app.checkout.noticed("nobody", SIGNED, ref(order).encode())
    assert await have(app) == (0, 0)


@pytest.mark.parametrize("what", ["another amount", "another currency", "another payee", "another order", "not ours"])
async def test_a_payment_that_differs_from_its_order_credits_nothing(
    app: App, gateway: MemoryGateway, secret: str, what: str
) -> None:
    order = await chosen(app, secret)
    capture = gateway.capture(ref(order))
    money = gateway.accounts[ref(order)].captures[capture].money
    match what:
        case "another amount":
            gateway.change(ref(order), capture, money=replace(money, amount=money.amount - 1))
        case "another currency":
            gateway.change(ref(order), capture, money=replace(money, currency="EUR"))
        case "another payee":
            gateway.payee_told = "them"
        case "another order":
            gateway.accounts[ref(order)].order = "o-else"
        case _:
            gateway.change(ref(order), capture, is_complete=False)
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert await have(app) == (0, 0)
    assert (await app.checkout.open(secret)).payments == ()


async def test_a_payment_that_is_only_pending_shows_so_and_is_credited_when_it_completes(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret)
    capture = gateway.capture(ref(order), is_complete=False)
    assert (await app.checkout.returned(secret)).state is OrderState.PENDING
    clock.move(3 * DAY)
    await app.checkout.reconcile()
    assert (await app.checkout.open(secret)).state is OrderState.PENDING
    gateway.change(ref(order), capture, is_complete=True)
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert await have(app) == (500, 0)


async def test_an_order_that_failed_or_expired_is_credited_if_it_is_paid_after_all(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret)
    clock.move(HOUR)
    await app.checkout.reconcile()
    assert (await app.checkout.open(secret)).state is OrderState.EXPIRED
    gateway.accounts[ref(order)].progress = Progress.GONE
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert (await app.checkout.open(secret)).state is OrderState.EXPIRED
    gateway.agree(ref(order))
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert (await app.checkout.open(secret)).state is OrderState.FULFILLED
    assert await have(app) == (500, 0)


async def test_refunds_take_their_share_of_the_credits(app: App, gateway: MemoryGateway, secret: str) -> None:
    order = await bought(app, gateway, secret)
    [taken] = order.payments
    order = await app.checkout.refund(order, taken.payment, 100, "r1")
    assert order.state is OrderState.FULFILLED
    assert await have(app) == (500 - 101, 0)
    order = await app.checkout.refund(order, taken.payment, None, "r2")
    assert order.state is OrderState.REFUNDED
    assert await have(app) == (0, 0)


async def test_a_refund_of_an_old_order_whose_answer_is_lost_takes_the_credits_within_minutes(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await bought(app, gateway, secret)
    clock.move(30 * DAY)
    await app.checkout.reconcile()
    gateway.lost, old = True, await app.stores.orders.get(order.id)
    assert old is not None
    with pytest.raises(GatewayError):
        await app.checkout.refund(old, old.payments[0].payment, None, "r1")
    clock.move(2 * MINUTE)
    await app.checkout.reconcile()
    assert await have(app) == (0, 0)


async def test_a_payment_of_another_order_and_more_than_was_paid_cannot_be_given_back(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await bought(app, gateway, secret)
    theirs = await chosen(app, await link(app, BOB, "r2"))
    gateway.agree(ref(theirs))
    await app.checkout.noticed("memory", SIGNED, ref(theirs).encode())
    paid = await app.stores.orders.get(theirs.id)
    assert paid is not None
    with pytest.raises(NotFound, match="not one of this order"):
        await app.checkout.refund(order, paid.payments[0].payment, None, "r1")
    for amount in (-1, 0, 500):
        with pytest.raises(BadOption):
            await app.checkout.refund(order, order.payments[0].payment, amount, "r2")
    assert "refund" not in gateway.calls
    assert (await have(app), await have(app, BOB)) == ((500, 0), (500, 0))


async def test_a_dispute_takes_the_credits_and_when_it_is_won_they_are_back(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await bought(app, gateway, secret)
    [taken] = order.payments
    for back, disputed, state, credits in (
        (499, True, OrderState.DISPUTED, 0), (0, False, OrderState.FULFILLED, 500),
        (499, True, OrderState.DISPUTED, 0), (499, False, OrderState.REFUNDED, 0),
    ):  # fmt: skip
        gateway.change(ref(order), taken.payment, back=back, is_disputed=disputed)
        for _ in range(2):
            await app.checkout.noticed("memory", SIGNED, ref(order).encode())
        assert (await app.checkout.open(secret)).state is state
        assert await have(app) == (credits, 0)
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_month_that_is_announced_before_it_is_listed_is_credited_a_minute_later(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret, "plan", "club")
    gateway.named = "m1"
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    gateway.capture(ref(order), "m1", until=clock.now() + 30 * DAY)
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert await have(app) == (1200, 0)


async def test_money_that_went_back_before_it_was_heard_of_is_no_news(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await chosen(app, secret)
    gateway.change(ref(order), gateway.capture(ref(order)), back=499)
    order = await app.checkout.returned(secret)
    assert (order.state, order.told, await have(app)) == (OrderState.REFUNDED, 1, (0, 0))
    assert await told(app) == []


async def test_each_month_of_a_plan_is_credited_once_and_makes_a_subscriber(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret, "plan", "club")
    gateway.accounts[ref(order)].renews = True
    gateway.capture(ref(order), "m1", until=clock.now() + 30 * DAY)
    await app.checkout.returned(secret)
    assert await have(app) == (1200, 0)
    assert (await alice(app)).role is Role.SUBSCRIBER
    clock.move(30 * DAY + HOUR)
    assert (await alice(app)).role is Role.SUBSCRIBER
    assert await have(app) == (0, 0)
    gateway.capture(ref(order), "m2", until=clock.now() + 30 * DAY)
    await app.checkout.reconcile()
    assert await have(app) == (1200, 0)
    order = await app.checkout.stop(await app.checkout.open(secret))
    assert not order.renews
    clock.move(30 * DAY + HOUR + app.catalogue.shop.grace_days * DAY)
    await app.checkout.reconcile()
    assert (await app.checkout.open(secret)).state is OrderState.EXPIRED
    assert (await alice(app)).role is Role.USER
    assert len(await told(app)) == 2


async def test_who_gets_a_plans_money_back_is_no_subscriber_any_more(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret, "plan", "club")
    gateway.capture(ref(order), "m1", until=clock.now() + 30 * DAY)
    order = await app.checkout.returned(secret)
    await app.checkout.refund(order, "m1", None, "r1")
    assert (await alice(app)).role is Role.USER
    assert await have(app) == (0, 0)


async def test_who_cannot_be_told_has_the_credits_and_is_told_later(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    messenger = app.messengers.pop("playground")
    order = await bought(app, gateway, secret)
    assert (await have(app), order.told) == ((500, 0), 0)
    for _ in range(3):
        clock.move(HOUR)
        await app.checkout.reconcile()
    due = (await app.checkout.open(secret)).look_at or 0
    assert clock.now() + HOUR <= due <= clock.now() + 3 * HOUR, "neither every minute nor only tomorrow"
    app.messengers["playground"] = messenger
    clock.move(due - clock.now())
    await app.checkout.reconcile()
    assert len(await told(app)) == 1
    clock.move(DAY)
    await app.checkout.reconcile()
    assert len(await told(app)) == 1


async def test_what_was_bought_goes_to_the_wallet_into_which_the_account_was_merged(
    app: App, gateway: MemoryGateway, clock: ManualClock
) -> None:
    bob = await app.accounts.for_identity(BOB)
    clock.move(1)
    secret = await link(app)
    order = await chosen(app, secret)
    code, _ = await app.linking.offer(bob, "offer")
    await app.linking.redeem(await alice(app), code, "redeem")
    gateway.agree(ref(order))
    await app.checkout.returned(secret)
    assert (await app.ledger.balance(bob.id)).available == 500 + 2 * app.settings.signup_credits


async def test_many_returns_notices_and_reconcilers_at_once_credit_once(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    clock.move(MINUTE)
    apps = [app, app_on(app, app.stores), app_on(app, app.stores)]
    deeds = [
        deed
        for each in apps
        for deed in (
            each.checkout.returned(secret), each.checkout.noticed("memory", SIGNED, ref(order).encode()),
            each.checkout.reconcile(),
        )
    ]  # fmt: skip
    heard: list[str] = []

    class Hearing(Silent):
        async def deliver(self, job: Job) -> str:
            return "never"

        async def tell(self, identity: Identity, news: News, key: str) -> None:
            heard.append(key)
            await asyncio.sleep(0.01)

    for each in apps:
        each.messengers["playground"] = Hearing()
    await asyncio.gather(*deeds)
    assert await have(app) == (500, 0)
    assert len(heard) == 1


async def test_an_answer_that_is_older_than_what_is_known_changes_nothing(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    """A process has asked, and is slow; meanwhile another one hears of the refund."""
    order = await bought(app, gateway, secret)
    old = await gateway.look(order)
    gateway.change(ref(order), order.payments[0].payment, back=499)
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    settling = Settling(app.stores.orders, app.stores.accounts, app.fulfilment, app.clock, 0)
    disputed = replace(old, captures=tuple(replace(each, back=100) for each in old.captures))
    with pytest.raises(OrderChanged):
        await settling.settle(order, gateway, disputed)
    assert await have(app) == (0, 0)


@pytest.mark.parametrize("deed", ["buy", "refund", "win"])
async def test_a_crash_at_any_write_is_put_right_by_the_reconciler(app: App, clock: ManualClock, deed: str) -> None:
    gateway = sold_by(app)
    for at in range(1, 12):
        for after in (False, True):
            identity = Identity("playground", f"{deed}{at}{after}")
            secret = await link(app, identity)
            order = await chosen(app, secret)
            if deed != "buy":
                gateway.agree(ref(order))
                order = await app.checkout.returned(secret)
                gateway.change(ref(order), order.payments[0].payment, back=499, is_disputed=True)
            if deed == "win":
                await app.checkout.noticed("memory", SIGNED, ref(order).encode())
                gateway.change(ref(order), order.payments[0].payment, back=0, is_disputed=False)
            gateway.agree(ref(order))
            fault = Fault(at)
            stores = meddled(app.stores, after=fault) if after else meddled(app.stores, before=fault)
            with suppress(StoreBusy):
                await app_on(app, stores).checkout.noticed("memory", SIGNED, ref(order).encode())
            clock.move(DAY)
            await app.checkout.reconcile()
            assert await have(app, identity) == (0 if deed == "refund" else 500, 0)
    assert (await verify_ledger(app.stores)).problems == ()


EVENTS = ["return", "notice", "reconcile", "refund some", "refund all", "dispute", "win", "lose", "complete", "notice"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=14))
def test_the_books_depend_only_on_what_is_true(tmp_path_factory: pytest.TempPathFactory, events: list[str]) -> None:
    asyncio.run(_play(tmp_path_factory.mktemp("books"), events))


async def _play(folder: Path, events: list[str]) -> None:
    clock = ManualClock()
    async with opened(settings_in(folder), clock) as app:
        gateway = sold_by(app)
        secret = await link(app)
        order = await chosen(app, secret)
        capture = gateway.capture(ref(order), is_complete=False)
        for event in events:
            await _happens(app, gateway, event, secret, ref(order), capture)
            clock.move(HOUR)
        await app.checkout.noticed("memory", SIGNED, ref(order).encode())
        truth = gateway.accounts[ref(order)].captures[capture]
        expected = 500 - -(-500 * truth.back // 499) if truth.is_complete else 0
        assert await have(app) == (expected, 0)
        assert (await verify_ledger(app.stores)).problems == ()


async def _happens(app: App, gateway: MemoryGateway, event: str, secret: str, ref: str, capture: str) -> None:
    known = gateway.accounts[ref].captures[capture]
    match event:
        case "return":
            await app.checkout.returned(secret)
        case "notice":
            await app.checkout.noticed("memory", SIGNED, ref.encode())
        case "reconcile":
            await app.checkout.reconcile()
        case "complete":
            gateway.change(ref, capture, is_complete=True)
        case _ if not known.is_complete:
            return
        case "refund some" if not known.is_disputed:
            gateway.change(ref, capture, back=min(499, known.back + 100))
        case "refund all" if not known.is_disputed:
            gateway.change(ref, capture, back=499)
        case "dispute":
            gateway.change(ref, capture, back=499, is_disputed=True)
        case "win" if known.is_disputed:
            gateway.change(ref, capture, back=0, is_disputed=False)
        case "lose" if known.is_disputed:
            gateway.change(ref, capture, back=499, is_disputed=False)


async def alice(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def test_a_person_sees_their_orders_and_after_deletion_the_books_have_no_name(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await bought(app, gateway, secret)
    [exported] = (await app.privacy.export(await alice(app)))["orders"]
    assert (exported["id"], exported["state"], exported["goods"]["price"]) == (order.id, "fulfilled", 499)
    assert (exported["payments"][0]["amount"], exported["payments"][0]["credits"]) == (499, 500)
    await app.privacy.delete(await alice(app))
    kept = await app.stores.orders.get(order.id)
    assert kept is not None
    assert ALICE.user not in repr(kept)
    gateway.change(ref(order), order.payments[0].payment, back=499)
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert (await app.ledger.balance(order.account)).available == app.settings.signup_credits


async def test_who_has_a_plan_that_renews_stops_it_before_they_are_forgotten(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await chosen(app, secret, "plan", "club")
    gateway.accounts[ref(order)].renews = True
    gateway.capture(ref(order), "m1", until=clock.now() + 30 * DAY)
    order = await app.checkout.returned(secret)
    with pytest.raises(PlanRenews):
        await app.privacy.delete(await alice(app))
    await app.checkout.stop(order)
    await app.privacy.delete(await alice(app))


@pytest.mark.parametrize("is_seen_late", [False, True])
async def test_a_month_that_is_won_back_or_seen_only_after_its_end_is_booked_and_over(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str, is_seen_late: bool
) -> None:
    order = await chosen(app, secret, "plan", "club")
    gateway.capture(ref(order), "m1", until=clock.now() + 30 * DAY)
    if not is_seen_late:
        await app.checkout.returned(secret)
        gateway.change(ref(order), "m1", back=899, is_disputed=True)
        await app.checkout.noticed("memory", SIGNED, ref(order).encode())
        gateway.change(ref(order), "m1", back=0, is_disputed=False)
    clock.move(60 * DAY)
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert (await app.checkout.open(secret)).state is OrderState.EXPIRED


async def test_an_order_that_crashes_keeps_no_other_one_waiting(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    broken = await chosen(app, secret)
    other = await link(app, BOB, "r2")
    order = await chosen(app, other)
    gateway.agree(ref(order))
    del gateway.accounts[ref(broken)]  # looking at it raises KeyError
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert await have(app, BOB) == (500, 0)
    assert broken.id not in [each.id for each in await app.stores.orders.due(clock.now() + MINUTE, 9)]
