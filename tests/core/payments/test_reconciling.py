"""The reconciler: a gateway that is down, or an order that is broken, delays nobody else."""

import asyncio
from dataclasses import replace

import pytest

from core.accounts.model import Identity
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.errors import StoreBusy
from core.payments.orders import Order
from core.payments.ports import Truth
from core.payments.reconciling import AT_ONCE, BATCH, DOWN_AFTER
from tests.core.payments.buying import added, chosen, have, link, ref
from tests.fakes import Fault, app_on, meddled, until
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, BOB, ManualClock


class Other(MemoryGateway):
    """Another provider. `busy`: so many asked at once, at most; `answers`: set when it may answer."""

    name = "other"
    provider = "other:cap"

    def __init__(self) -> None:
        super().__init__()
        self.now = self.busy = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def confirm(self, order: Order) -> Truth:
        self.now += 1
        self.busy = max(self.busy, self.now)
        await asyncio.sleep(0)
        await self.answers.wait()
        self.now -= 1
        return await super().confirm(order)


@pytest.fixture
def other(app: App) -> Other:
    return added(app, Other())


async def due(app: App, gateway: MemoryGateway, number: int, first: int) -> list[Order]:
    """So many orders that are paid at it without our knowing."""
    secret = await link(app, Identity("playground", f"{gateway.name}-buyer"), gateway.name)
    order = await app.checkout.choose(secret, "pack", "small", gateway.name)
    orders = []
    for at in range(number):
        name = f"{gateway.name}{at}"
        copy = replace(order, id=name, token=name, ref=f"ref-{name}", version=0, look_at=app.clock.now() + first + at)
        await app.stores.orders.add(copy)
        assert copy.goods is not None
        gateway.accounts[f"ref-{name}"] = type(gateway.accounts[ref(order)])(name, copy.goods)
        orders.append(copy)
    return orders


async def looked_at(app: App, orders: list[Order]) -> int:
    """How many of them are due later than before."""
    now = [await app.stores.orders.get(order.id) for order in orders]
    return sum((each.look_at or 0) > (order.look_at or 0) for each, order in zip(now, orders, strict=True) if each)


async def test_a_gateway_that_hangs_delays_no_order_of_another_one(
    app: App, gateway: MemoryGateway, other: Other, clock: ManualClock
) -> None:
    await due(app, other, 5, 0)
    order = await chosen(app, await link(app))
    gateway.agree(ref(order))
    clock.move(HOUR)
    other.answers.clear()
    running = asyncio.create_task(app.checkout.reconcile())

    async def arrived() -> bool:
        return await have(app) == (500, 0)

    await until(arrived)
    assert not running.done()
    other.answers.set()
    await running


async def test_a_gateway_is_asked_for_a_few_orders_at_once(app: App, other: Other, clock: ManualClock) -> None:
    orders = await due(app, other, 3 * AT_ONCE, 0)
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert (await looked_at(app, orders), other.busy) == (len(orders), AT_ONCE)


async def test_a_gateway_that_is_down_is_asked_a_few_times_and_later_first_for_those_not_asked_for(
    app: App, other: Other, clock: ManualClock
) -> None:
    orders = await due(app, other, 5 * AT_ONCE, 0)
    other.down, other.calls = True, []
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert DOWN_AFTER <= len(other.calls) < DOWN_AFTER + AT_ONCE
    assert await looked_at(app, orders) == len(orders)
    asked = {f"ref-{order.id}" for order in orders[: len(other.calls)]}
    rest = await app.stores.orders.due(clock.now() + 6 * MINUTE, BATCH)
    assert not asked & {each.ref for each in rest}


async def test_more_orders_of_a_gateway_that_is_down_than_one_batch_do_not_hide_the_others(
    app: App, gateway: MemoryGateway, other: Other, clock: ManualClock
) -> None:
    await due(app, other, BATCH + 5, -DAY)
    order = await chosen(app, await link(app, BOB))
    gateway.agree(ref(order))
    other.down = True
    clock.move(MINUTE)
    await app.checkout.reconcile()
    assert await have(app, BOB) == (500, 0)
    assert await have(app, ALICE) == (0, 0)


async def test_a_database_that_is_away_ends_the_run_and_the_orders_stay_due(
    app: App, gateway: MemoryGateway, clock: ManualClock
) -> None:
    order = await chosen(app, await link(app))
    gateway.agree(ref(order))
    clock.move(HOUR)
    with pytest.raises(StoreBusy):
        await app_on(app, meddled(app.stores, before=Fault(1))).checkout.reconcile()
    await app.checkout.reconcile()
    assert await have(app) == (500, 0)
