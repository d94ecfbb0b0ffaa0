"""From a link to credits: the ways of a buyer, and whatever is repeated, forged or lost on them."""

import asyncio
from dataclasses import replace

import pytest

from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.errors import AttemptsThrottled, NotFound, StoreBusy
from core.payments.checkout import SHOWN_FOR
from core.payments.orders import OrderState
from core.payments.ports import Forged, GatewayError, Progress
from tests.core.payments.buying import SIGNED, alice, bought, chosen, have, link, ref, told
from tests.fakes import Once, app_on, meddled
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, BOB, ManualClock


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


async def test_who_is_not_credited_as_the_process_died_after_it_had_noted_the_payment_is_so_in_a_minute(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    async def die() -> None:
        raise StoreBusy

    order = await chosen(app, secret)
    gateway.capture(ref(order))
    with pytest.raises(StoreBusy):
        await app_on(app, meddled(app.stores, before=Once("append", die))).checkout.returned(secret)
    assert await have(app) == (0, 0)
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert await have(app) == (500, 0)
