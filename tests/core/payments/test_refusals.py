"""A card that is refused: the next one is another try, and nobody tries again without the buyer."""

import asyncio

import pytest

from core.app import App
from core.clock import HOUR, MINUTE
from core.payments.orders import Order, OrderState, Standing
from core.payments.ports import GatewayError
from tests.core.payments.buying import SIGNED, chosen, have, ref
from tests.fakes import app_on
from tests.fakes.gateway import MemoryGateway
from tests.support import ManualClock


async def refused(app: App, gateway: MemoryGateway, secret: str) -> Order:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    gateway.refusal = "declined"
    return await app.checkout.returned(secret)


async def test_the_second_card_is_another_try_and_pays(app: App, gateway: MemoryGateway, secret: str) -> None:
    order = await refused(app, gateway, secret)
    assert (order.state, order.standing, order.why, order.tries) == (OrderState.PENDING, "refused", "declined", 1)
    gateway.refusal = ""
    assert (await app.checkout.returned(secret)).state is OrderState.FULFILLED
    assert (gateway.tries, await have(app)) == ([0], (500, 0))


async def test_the_reason_outlives_every_look_and_no_look_tries_again(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    order = await refused(app, gateway, secret)
    for _ in range(3):
        clock.move(10 * MINUTE)
        await app.checkout.seen(secret)
        await app.checkout.noticed("memory", SIGNED, ref(order).encode())
        await app.checkout.reconcile()
    order = await app.checkout.open(secret)
    assert (gateway.tries, order.standing, order.why, order.tries) == ([0], "refused", "declined", 1)


async def test_many_who_hear_of_the_same_refusal_make_one_try(app: App, gateway: MemoryGateway, secret: str) -> None:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    gateway.refusal, gateway.agreed_at = "declined", app.clock.now()
    others = [app_on(app, app.stores), app_on(app, app.stores)]
    await asyncio.gather(
        app.checkout.returned(secret),
        *(each.checkout.noticed("memory", SIGNED, ref(order).encode()) for each in others),
    )
    assert (set(gateway.tries), (await app.checkout.open(secret)).tries) == ({0}, 1)


async def test_a_notice_of_consent_tries_again_if_the_consent_came_after_the_refusal(
    app: App, gateway: MemoryGateway, secret: str
) -> None:
    order = await refused(app, gateway, secret)
    gateway.refusal, gateway.agreed_at = "", order.refused_at
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert await have(app) == (0, 0)
    gateway.agreed_at = order.refused_at + 1
    await app.checkout.noticed("memory", SIGNED, ref(order).encode())
    assert await have(app) == (500, 0)


async def test_a_second_try_whose_end_is_not_known_stays_the_same_try_and_the_reconciler_goes_on_with_it(
    app: App, gateway: MemoryGateway, clock: ManualClock, secret: str
) -> None:
    await refused(app, gateway, secret)
    gateway.refusal, gateway.down = "", True
    with pytest.raises(GatewayError):
        await app.checkout.returned(secret)
    order = await app.checkout.open(secret)
    assert (order.standing, order.tries) == (Standing.OPEN, 1)
    gateway.down = False
    clock.move(HOUR)
    await app.checkout.reconcile()
    assert await have(app) == (500, 0)


async def test_money_that_is_on_its_way_says_why_it_is_not_here(app: App, gateway: MemoryGateway, secret: str) -> None:
    order = await chosen(app, secret)
    gateway.capture(ref(order), is_complete=False)
    gateway.why = "the bank takes its time"
    order = await app.checkout.returned(secret)
    assert (order.standing, order.why) == (Standing.UNDERWAY, "the bank takes its time")
