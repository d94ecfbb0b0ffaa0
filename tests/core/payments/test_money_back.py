"""Money that goes back, by a refund or a dispute, takes its credits along, and brings them back."""

import asyncio

import pytest

from core.app import App
from core.clock import DAY, MINUTE
from core.credits.verify import verify_ledger
from core.errors import BadOption, NotFound
from core.payments.orders import OrderState
from core.payments.ports import GatewayError
from tests.core.payments.buying import SIGNED, bought, chosen, have, link, ref, told
from tests.fakes import app_on, meddled
from tests.fakes.gateway import MemoryGateway
from tests.support import BOB, ManualClock


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
    _, taken_back, returned, *again = await told(app)
    assert "is disputed, so 500 credits of it are taken back until that is decided." in taken_back
    assert "**+500 credits** are yours again" in returned
    assert len(again) == 1


async def test_a_part_that_went_back_at_the_gateway_is_told_once_and_what_an_admin_pays_back_by_the_admins_words(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await bought(app, gateway, secret)
    [taken] = order.payments
    gateway.change(ref(order), taken.payment, back=100)
    await asyncio.gather(*(app.checkout.noticed("memory", SIGNED, ref(order).encode()) for _ in range(3)))
    assert [said.partition(". ")[0].split(") ")[1] for said in (await told(app))[1:]] == [
        "went back, so 101 credits of it are taken back"
    ]
    now = await app.stores.orders.get(order.id)
    assert now is not None
    await app.checkout.refund(now, taken.payment, None, "r1")
    assert len(await told(app)) == 2


@pytest.mark.parametrize("moment", [1, 2])
async def test_of_two_notices_in_two_processes_at_once_one_tells_the_buyer(
    app: App, gateway: MemoryGateway, secret: str, moment: int
) -> None:
    """The other one comes just before the order is changed: by its lines, or by its state."""
    order = await bought(app, gateway, secret)
    gateway.change(ref(order), order.payments[0].payment, back=499, is_disputed=True)
    saves: list[str] = []

    async def between(verb: str) -> None:
        saves.extend([verb] if verb == "save" else [])
        if verb == "save" and len(saves) == moment:
            await app.checkout.noticed("memory", SIGNED, ref(order).encode())

    other = app_on(app, meddled(app.stores, before=between))
    await other.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert ["is disputed" in said for said in (await told(app))] == [False, True]


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


async def test_money_that_went_back_before_it_was_heard_of_is_no_news(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await chosen(app, secret)
    gateway.change(ref(order), gateway.capture(ref(order)), back=499)
    order = await app.checkout.returned(secret)
    assert (order.state, order.told, await have(app)) == (OrderState.REFUNDED, 1, (0, 0))
    assert await told(app) == []
