"""Plans: a month after the other, and who is a subscriber."""

import pytest

from core.accounts.model import Role
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.errors import PlanRenews
from core.payments.orders import OrderState
from tests.core.payments.buying import SIGNED, alice, chosen, have, ref, told
from tests.fakes.gateway import MemoryGateway
from tests.support import ManualClock


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
