"""Each payment is credited once and taken back once, whatever is repeated, mixed up, or cut short."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts.model import Identity
from core.admin.journal import REFUND
from core.app import App
from core.clock import DAY
from core.credits.model import Origin
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from core.payments.fulfilment import LedgerFulfilment
from core.payments.orders import credits_back
from core.payments.ports import Payment
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, BOB, ManualClock, opened, settings_in

PAYMENT = Payment("tg", "stx1", ALICE, 500, "XTR", 400)
OTHER = replace(PAYMENT, payment_id="stx2")
MONTH = 30 * DAY
CYCLE = replace(PAYMENT, payment_id="stx3", plan="monthly")


async def balance(app: App, identity: Identity = ALICE) -> tuple[int, int]:
    """What can be spent beyond the welcome credits, and what is owed."""
    account = await app.accounts.for_identity(identity)
    have = await app.ledger.balance(account.id)
    return have.available - app.settings.signup_credits, have.debt


async def test_a_payment_becomes_paid_credits(app: App) -> None:
    done = await app.fulfilment.credited(PAYMENT)
    assert (done.credits, done.is_new) == (500, True)
    state = await app.ledger.state(done.account)
    assert [(lot.id, lot.origin.name, lot.expires_at) for lot in state.lots if lot.id == "tg:stx1"] == [
        ("tg:stx1", "PAID", None)
    ]
    assert await balance(app) == (500, 0)


async def test_the_same_payment_again_changes_nothing_and_another_does(app: App) -> None:
    done = [await app.fulfilment.credited(payment) for payment in (PAYMENT, PAYMENT, OTHER)]
    assert [each.is_new for each in done] == [True, False, True]
    assert await balance(app) == (1_000, 0)


async def test_many_reports_at_once_credit_once(app: App) -> None:
    await asyncio.gather(*(app.fulfilment.credited(PAYMENT) for _ in range(20)))
    assert await balance(app) == (500, 0)


async def test_a_payment_that_is_reported_again_after_a_link_is_not_credited_to_the_new_wallet(
    app: App, clock: ManualClock
) -> None:
    bob = await app.accounts.for_identity(BOB)
    clock.move(1)  # else which of the two is the older one, and stays, is a matter of chance
    await app.fulfilment.credited(PAYMENT)
    await link(app)
    assert (await app.accounts.for_identity(ALICE)).id == bob.id
    await app.fulfilment.credited(PAYMENT)
    await app.fulfilment.reversed(PAYMENT)
    await app.fulfilment.reversed(PAYMENT)
    assert await balance(app) == (app.settings.signup_credits, 0)


async def test_a_refund_takes_the_credits_back_once(app: App) -> None:
    await app.fulfilment.credited(PAYMENT)
    done = [await app.fulfilment.reversed(PAYMENT) for _ in range(2)]
    assert [each.is_new for each in done] == [True, False]
    assert await balance(app) == (0, 0)


@pytest.mark.parametrize(("amount", "back"), [(499, 100), (499, 1), (2**53 + 1, 2**53 + 1)])
async def test_what_is_noted_as_paid_back_is_the_money_to_the_last_cent(app: App, amount: int, back: int) -> None:
    paid = replace(PAYMENT, amount=amount)
    await app.fulfilment.credited(paid)
    await app.fulfilment.reversed(paid, credits_back(paid.credits, amount, back))
    [refund] = await app.stores.events.page(None, 9, kind=REFUND)
    assert refund.data["amount"] == back


async def test_a_refund_that_comes_before_its_payment_leaves_nothing(app: App) -> None:
    await app.fulfilment.reversed(PAYMENT)
    await app.fulfilment.credited(PAYMENT)
    assert await balance(app) == (0, 0)


@pytest.mark.parametrize("deed", ["credited", "reversed"])
async def test_what_a_crash_cuts_short_is_driven_on_by_a_repetition(app: App, deed: str) -> None:
    """The store fails at each write in turn, and after each."""
    number = 0
    for after in (False, True):
        for at in range(1, 8):
            number += 1
            payment = replace(PAYMENT, payment_id=f"{deed}{number}", identity=Identity("telegram", str(number)))
            fault = Fault(at)
            stores = meddled(app.stores, after=fault) if after else meddled(app.stores, before=fault)
            with suppress(StoreBusy):
                await getattr(app_on(app, stores).fulfilment, deed)(payment)
            await getattr(app.fulfilment, deed)(payment)
            await getattr(app.fulfilment, deed)(payment)
            assert await balance(app, payment.identity) == (500 if deed == "credited" else 0, 0)


async def test_a_cycle_of_a_subscription_is_a_lot_that_ends_with_it(app: App, clock: ManualClock) -> None:
    """Unlike what was bought, it burns first and is gone when the next cycle begins."""
    cycle = replace(CYCLE, until=clock.now() + MONTH)
    await app.fulfilment.credited(PAYMENT)
    done = [await app.fulfilment.credited(cycle) for _ in range(2)]
    lots = {lot.id: lot for lot in (await app.ledger.state(done[0].account)).lots}
    assert (lots["tg:stx3"].origin, lots["tg:stx3"].expires_at) == (Origin.SUBSCRIPTION, clock.now() + MONTH)
    assert await balance(app) == (1_000, 0)
    clock.move(MONTH)
    assert await balance(app) == (500, 0)
    assert [each.is_new for each in done] == [True, False]


async def test_the_credits_of_a_plan_that_rolls_over_stay(app: App, clock: ManualClock) -> None:
    rolling = LedgerFulfilment(app.stores.settings, app.accounts, app.ledger, app.events, {"monthly"})
    await rolling.credited(replace(CYCLE, until=clock.now() + MONTH))
    clock.move(MONTH)
    assert await balance(app) == (500, 0)


async def test_a_cycle_that_is_told_after_its_end_is_on_record_and_spends_nothing(app: App, clock: ManualClock) -> None:
    await app.fulfilment.credited(replace(CYCLE, until=clock.now() - 1))
    assert await balance(app) == (0, 0)
    assert (await verify_ledger(app.stores)).problems == ()


async def test_the_refund_of_a_cycle_takes_its_lot_back_whatever_comes_first(app: App, clock: ManualClock) -> None:
    told = replace(CYCLE, until=clock.now() + MONTH)
    other = replace(told, payment_id="stx4")
    for payment in (told, other):
        await app.fulfilment.credited(payment)
    await app.fulfilment.reversed(CYCLE)  # a refund does not say until when
    late = replace(told, payment_id="stx5")
    await app.fulfilment.reversed(replace(late, until=None))
    await app.fulfilment.credited(late)
    assert await balance(app) == (500, 0)
    assert (await verify_ledger(app.stores)).problems == ()


DEEDS = st.lists(st.sampled_from(["credit", "refund", "again", "link"]), max_size=8)


@settings(max_examples=25)
@given(DEEDS)
async def test_in_any_order_one_payment_has_one_effect(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[str]
) -> None:
    async with opened(settings_in(tmp_path_factory.mktemp("order"))) as app:
        await app.accounts.for_identity(BOB)
        for deed in deeds:
            if deed == "link":
                await link(app)
            elif deed == "refund":
                await app.fulfilment.reversed(PAYMENT)
            else:
                await app.fulfilment.credited(PAYMENT)
        both = {(await app.accounts.for_identity(who)).id for who in (ALICE, BOB)}
        have = [await app.ledger.balance(account) for account in both]
        assert (await verify_ledger(app.stores)).problems == ()
        paid = 500 if {"credit", "again"} & set(deeds) and "refund" not in deeds else 0
        assert sum(each.available - each.debt for each in have) == 2 * app.settings.signup_credits + paid


async def link(app: App) -> None:
    alice, bob = [await app.accounts.for_identity(who) for who in (ALICE, BOB)]
    if alice.id != bob.id:
        code, _ = await app.linking.offer(bob, f"offer:{alice.id}")
        await app.linking.redeem(alice, code, f"redeem:{alice.id}")
