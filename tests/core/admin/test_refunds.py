"""Money that an admin pays back: once, whatever the provider or a crash does, and with its credits taken."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.driving import GIVEN_UP_AFTER
from core.admin.intents import Intent, Intents
from core.admin.refunds import CreditsToFollow, left
from core.app import App
from core.clock import MINUTE
from core.credits.operations import MoveOut
from core.credits.verify import verify_ledger
from core.errors import ActionRefused, BadOption, NotFound, StoreBusy
from core.payments.orders import Order, OrderState, Taken, credits_back
from core.payments.ports import GatewayError
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, heard, is_over
from tests.core.payments.buying import bought, have, link, sold_by
from tests.fakes import Fault, Once, app_on, meddled
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, BOB, ManualClock


@pytest.fixture
def gateway(app: App) -> MemoryGateway:
    return sold_by(app)


@pytest.fixture
async def order(app: App, gateway: MemoryGateway) -> Order:
    return await bought(app, gateway, await link(app))


def paid_back(gateway: MemoryGateway, order: Order) -> int:
    [capture] = gateway.accounts[order.ref or ""].captures.values()
    return capture.back


async def test_a_refund_pays_money_back_takes_the_credits_and_is_told(
    app: App, gateway: MemoryGateway, order: Order
) -> None:
    line = await acts(app).refund(BOSS, "r1", order.id, why="did not like it")
    assert paid_back(gateway, order) == 499
    assert await have(app) == (0, 0)
    assert (line.before["state"], line.after["state_now"]) == ("fulfilled", "refunded")
    assert await app.stores.audit.page(None, 9) == [line]
    assert "4.99 USD of order" in (await heard(app, ALICE))[-1]
    with pytest.raises(ActionRefused, match="paid back already"):
        await acts(app).refund(BOSS, "r2", order.id)
    assert await acts(app).refund(BOSS, "r1", order.id, why="did not like it") == line


async def test_one_request_that_comes_twice_at_once_has_one_answer(
    app: App, gateway: MemoryGateway, order: Order
) -> None:
    lines = []

    async def comes_first() -> None:
        lines.append(await acts(app).refund(BOSS, "r1", order.id))

    second = app_on(app, meddled(app.stores, after=Once("get", comes_first)))
    assert [await acts(second).refund(BOSS, "r1", order.id)] == lines
    assert paid_back(gateway, order) == 499


async def test_a_part_can_be_paid_back_and_the_same_request_does_it_once(
    app: App, gateway: MemoryGateway, order: Order
) -> None:
    for _ in range(2):
        await acts(app).refund(BOSS, "r1", order.id, amount=100)
    assert paid_back(gateway, order) == 100
    await acts(app).refund(BOSS, "r2", order.id, amount=100)
    assert paid_back(gateway, order) == 200


async def test_the_buyer_is_not_told_that_parts_come_back_twice(app: App, gateway: MemoryGateway, order: Order) -> None:
    await acts(app).refund(BOSS, "r1", order.id, amount=100)
    assert "1.00 USD of order" in (await heard(app, ALICE))[-1]
    await acts(app).refund(BOSS, "r2", order.id)
    assert paid_back(gateway, order) == 499
    assert "What was left of order" in (await heard(app, ALICE))[-1]


async def test_no_more_is_paid_back_than_is_left(app: App, gateway: MemoryGateway, order: Order) -> None:
    await acts(app).refund(BOSS, "r1", order.id, amount=300)
    with pytest.raises(BadOption, match="1 to 199"):
        await acts(app).refund(BOSS, "r2", order.id, amount=200)
    await acts(app).refund(BOSS, "r3", order.id, amount=199)
    assert paid_back(gateway, order) == 499


@given(amount=st.integers(1, 10**6), credits=st.integers(1, 10**6), share=st.integers(0, 999))
def test_what_can_be_left_is_never_said_to_be_too_much(amount: int, credits: int, share: int) -> None:
    gone = amount * share // 1_000
    back = credits_back(credits, amount, gone)
    assert amount - gone <= left(Taken("p", amount, credits, 0, back=back)) <= amount or back == credits


async def test_of_two_refunds_at_once_one_is_made(app: App, gateway: MemoryGateway, order: Order) -> None:
    both = [acts(app).refund(BOSS, f"r{number}", order.id, amount=300) for number in range(2)]
    found = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["ActionRefused", "Audited"]
    assert paid_back(gateway, order) == 300
    assert await is_over(app)


async def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    app: App, gateway: MemoryGateway, order: Order
) -> None:
    unpaid = await app.checkout.open(await link(app, request="r9"))
    with pytest.raises(NotFound):
        await acts(app).refund(BOSS, "r1", "nothing")
    with pytest.raises(ActionRefused, match="Nothing was paid"):
        await acts(app).refund(BOSS, "r1", unpaid.id)
    for payment, amount in ((None, 0), (None, 500), ("another", None)):
        with pytest.raises(BadOption):
            await acts(app).refund(BOSS, "r1", order.id, payment, amount)
    assert "refund" not in gateway.calls
    assert await is_over(app)


async def test_a_refund_amid_a_merge_is_written_down_and_is_not_made_twice(
    app: App, gateway: MemoryGateway, clock: ManualClock
) -> None:
    """A crash between the two entries of a merge: the heir does not know the payment's lot yet."""
    heir = await app.accounts.for_identity(ALICE)
    clock.move(1)
    order = await bought(app, gateway, await link(app, BOB))
    await app.ledger.execute(MoveOut(order.account, "merge", heir.id))
    with pytest.raises(CreditsToFollow):
        await acts(app).refund(BOSS, "r1", order.id, amount=100)
    with pytest.raises(ActionRefused, match="not through yet"):
        await acts(app).refund(BOSS, "r2", order.id, amount=100)
    await app.ledger.drain(order.account, heir.id)
    clock.move(MINUTE)
    await app.admin.recover()
    assert (paid_back(gateway, order), await have(app)) == (100, (499, 0))  # 100 of each as a welcome, 500 bought
    assert [line.action for line in await app.stores.audit.page(None, 9)] == ["refund"]


async def test_a_refund_that_crashes_each_time_does_not_keep_every_later_one_away(
    app: App, gateway: MemoryGateway, order: Order, clock: ManualClock
) -> None:
    broken = Intent(
        request="r1", actor=BOSS.id, label=BOSS.label, action="refund", target=order.id, args={}, at=clock.now()
    )
    await Intents(app.stores.settings).begin(broken)
    clock.move(MINUTE)
    await app.admin.recover()
    with pytest.raises(ActionRefused, match="not through yet"):
        await acts(app).refund(BOSS, "r2", order.id)
    clock.move(GIVEN_UP_AFTER)
    await app.admin.recover()
    await acts(app).refund(BOSS, "r2", order.id)
    assert [line.after.get("failed") for line in await app.stores.audit.page(None, 9)] == [None, "KeyError"]


async def test_a_provider_that_does_not_answer_is_asked_again_and_no_second_refund_begins(
    app: App, gateway: MemoryGateway, order: Order, clock: ManualClock
) -> None:
    gateway.down = True
    with pytest.raises(GatewayError):
        await acts(app).refund(BOSS, "r1", order.id, amount=100)
    with pytest.raises(ActionRefused, match="not through yet"):
        await acts(app).refund(BOSS, "r2", order.id, amount=100)
    gateway.down = False
    clock.move(MINUTE)
    await app.admin.recover()
    assert paid_back(gateway, order) == 100
    assert [line.id for line in await app.stores.audit.page(None, 9)] == ["r1"]
    assert await is_over(app)


async def test_a_lost_answer_is_one_refund(app: App, gateway: MemoryGateway, order: Order) -> None:
    gateway.lost = True
    with pytest.raises(GatewayError):
        await acts(app).refund(BOSS, "r1", order.id, amount=100)
    await acts(app).refund(BOSS, "r1", order.id, amount=100)
    assert paid_back(gateway, order) == 100


async def test_after_an_hour_it_is_given_up_and_the_audit_log_says_so(
    app: App, gateway: MemoryGateway, order: Order, clock: ManualClock
) -> None:
    gateway.down = True
    with pytest.raises(GatewayError):
        await acts(app).refund(BOSS, "r1", order.id)
    clock.move(GIVEN_UP_AFTER)
    await app.admin.recover()
    [line] = await app.stores.audit.page(None, 9)
    assert line.after["failed"] == "Memory Pay does not answer."
    assert await is_over(app)


async def test_what_no_gateway_here_took_is_not_paid_back_here(app: App, gateway: MemoryGateway, order: Order) -> None:
    del app.checkout.gateways[gateway.name]  # type: ignore[attr-defined]  # a dict, which the test has filled
    with pytest.raises(ActionRefused, match="with memory, which is not set up"):
        await acts(app).refund(BOSS, "r1", order.id)


@pytest.mark.parametrize("write", range(1, 7))
async def test_a_crash_at_any_write_is_made_good(
    app: App, gateway: MemoryGateway, order: Order, clock: ManualClock, write: int
) -> None:
    """The intent, the order's line, its credits, its state, the audit line, the end of the intent."""
    failing = app_on(app, meddled(app.stores, before=Fault(write)))
    with pytest.raises(StoreBusy):
        await acts(failing).refund(BOSS, "r1", order.id)
    clock.move(MINUTE)
    await app.admin.recover()
    line = await acts(app).refund(BOSS, "r1", order.id)
    assert await app.stores.audit.page(None, 9) == [line]
    assert paid_back(gateway, order) == 499
    assert (await have(app))[0] == 0
    assert (await app.stores.orders.get(order.id) or order).state is OrderState.REFUNDED
    assert await is_over(app)
    assert (await verify_ledger(app.stores)).problems == ()
