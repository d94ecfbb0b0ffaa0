"""Who is a subscriber: whoever has a plan paid, however many orders there are and whoever writes it last."""

import asyncio
from dataclasses import replace
from typing import Any

from core.app import App
from core.clock import DAY
from core.payments.orders import Goods, Order, OrderState, Taken
from core.payments.settling import subscribe
from core.stores.trade import PAGE
from tests.core.payments.buying import alice, link
from tests.support import ManualClock


class Slow:
    """An account store in which one write waits until others have written."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def subscribe(self, account: str, until: int) -> None:
        if not self.reached.is_set():
            self.reached.set()
            await self.go_on.wait()
        await self._store.subscribe(account, until)


async def paid(app: App, until: int) -> Order:
    """Alice's plan, paid until then."""
    order = await app.checkout.open(await link(app))
    taken = Taken("m1", 899, 1200, app.clock.now(), until=until)
    plan = replace(order, goods=Goods("plan", "club", 1200, 899, "USD"), payments=(taken,), state=OrderState.FULFILLED)
    assert await app.stores.orders.save(plan)
    return replace(plan, version=plan.version + 1)


async def test_who_writes_late_what_was_read_early_does_not_have_the_last_word(app: App, clock: ManualClock) -> None:
    order, orders, accounts = await paid(app, clock.now() + DAY), app.stores.orders, app.stores.accounts
    slow = Slow(accounts)
    late = asyncio.create_task(subscribe(orders, slow, order.account, 0))
    await slow.reached.wait()
    longer = (replace(order.payments[0], until=clock.now() + 30 * DAY),)
    assert await orders.save(replace(order, payments=longer))
    await subscribe(orders, accounts, order.account, 0)
    slow.go_on.set()
    await late
    assert (await alice(app)).subscriber_until == clock.now() + 30 * DAY


async def test_a_plan_is_found_below_very_many_links_that_were_never_used(app: App, clock: ManualClock) -> None:
    order = await paid(app, clock.now() + DAY)
    unused = replace(order, created_at=clock.now() + 1, payments=(), goods=None, state=OrderState.CREATED, version=0)
    many = (replace(unused, id=f"o{number}", token=f"t{number}") for number in range(PAGE + 1))
    await asyncio.gather(*(app.stores.orders.add(each) for each in many))
    await subscribe(app.stores.orders, app.stores.accounts, order.account, 0)
    assert (await alice(app)).subscriber_until == clock.now() + DAY
