"""Whatever happens at once, too late, or in the middle of a crash, the books say what the gateway says."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts.model import Identity
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from core.jobs.model import Job
from core.news import News
from core.payments.settling import OrderChanged, Settling
from tests.core.payments.buying import SIGNED, bought, chosen, have, link, ref, sold_by
from tests.fakes import Fault, app_on, meddled
from tests.fakes.gateway import MemoryGateway
from tests.support import BOB, ManualClock, Silent, opened, settings_in


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
        await settling.book(order, gateway, disputed)
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
