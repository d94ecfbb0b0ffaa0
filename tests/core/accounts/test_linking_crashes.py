"""Linking while credits move: jobs in the works, crashes after each step, two processes that spend meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from core.accounts.model import Account, Identity, LinkCode
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.credits.ledger import Ledger
from core.credits.model import Kind, Origin
from core.credits.operations import EndHold, Grant, MoveIn, MoveOut, PlaceHold
from core.errors import AccountMoved, EaselError, StoreBusy
from core.ids import digest
from tests.core.accounts.test_linking import link, money, sight, sound
from tests.fakes import Fault, Once, app_on, meddled, settled, with_provider, working
from tests.fakes.providers import Provider, fails
from tests.support import ALICE, BOB, NOON, ManualClock, imagine, opened

STEPS = ("claim", "merge", "move out", "move in", "drained", "merged")


async def joined(app: App, old: Account, new: Account, upto: str) -> None:
    """The steps of a link as the stores see them, up to and including this one."""
    stores, code = app.stores, digest("CODE")
    await stores.links.add(LinkCode(code, old.id, NOON + HOUR))
    out = MoveOut(new.id, f"merge:{new.id}:{(await app.ledger.state(new.id)).seq + 1}", old.id)

    async def move_in() -> None:
        for entry in await stores.ledger.entries(new.id, kind=Kind.MOVE_OUT):
            await app.ledger.execute(MoveIn(old.id, entry))

    doing: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: stores.links.claim(code, new.id, app.clock.now()),
        lambda: stores.accounts.merge(new.id, old.id),
        lambda: app.ledger.execute(out),
        move_in,
        lambda: stores.accounts.mark_drained(new.id),
        lambda: stores.links.mark_merged(code),
    )
    for step, do in zip(STEPS, doing, strict=True):
        await do()
        if step == upto:
            return


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_after_each_step_is_finished_by_recovery(app: App, clock: ManualClock, step: str) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await joined(app, old, new, step)
    await app.linking.recover()
    assert (await app.accounts.for_identity(BOB)).id == old.id
    assert (await app.ledger.balance(old.id)).available == await money(app, old, new) == 200
    await sound(app)


async def test_recovering_twice_changes_nothing(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await joined(app, old, new, "move out")
    await asyncio.gather(app.linking.recover(), app_on(app, app.stores).linking.recover(), app.linking.recover())
    assert (await app.ledger.balance(old.id)).available == 200
    await sound(app)


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("write", range(1, 10))
async def test_a_database_error_at_each_write_of_a_link_loses_and_doubles_nothing(
    app: App, clock: ManualClock, write: int, acknowledged: bool
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "ask")
    fault = Fault(write)
    faulty = app_on(app, meddled(app.stores, after=fault) if acknowledged else meddled(app.stores, before=fault))
    with pytest.raises(StoreBusy):
        await faulty.linking.redeem(new, code, "try")
    await app.linking.recover()
    assert await money(app, old, new) == 200
    await sound(app)
    clock.move(1)
    again = await app.accounts.for_identity(BOB)
    if again.id != old.id:
        assert (await app.linking.redeem(again, code, "try")).id == old.id
    assert (await app.ledger.balance(old.id)).available == 200
    await sound(app)


async def test_a_link_is_nine_writes(app: App, clock: ManualClock) -> None:
    """So that the test above covers them all: try, claim, role, merge, move out, move in, drained, role, merged."""
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "ask")
    fault = Fault(0)
    await app_on(app, meddled(app.stores, before=fault)).linking.redeem(new, code, "try")
    assert fault.calls == 9


# --- jobs in the works ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("provider", "left"), [(Provider(), 180), (fails(), 200)])
async def test_a_job_that_ends_after_the_link_is_paid_and_the_rest_follows(
    app: App, clock: ManualClock, provider: Provider, left: int
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    job = (await app.requests.submit(imagine("r", BOB, count=2))).job  # type: ignore[union-attr]  # never None here: it was just made
    await link(app, ALICE, BOB)
    assert await app.stores.accounts.undrained() == [(new.id, old.id)]
    app = with_provider(app, provider)
    async with working(app):
        assert (await settled(app, job.id)).account == new.id
    await app.linking.recover()
    assert (await app.ledger.balance(old.id)).available == await money(app, old, new) == left
    await sound(app)


async def test_a_job_of_the_account_that_was_merged_can_be_drawn_again_by_the_joint_one(
    app: App, clock: ManualClock
) -> None:
    old, _ = await sight(app, clock, ALICE, BOB)
    job = (await app.requests.submit(imagine("r", BOB))).job  # type: ignore[union-attr]  # never None here: it was just made
    await link(app, ALICE, BOB)
    assert (await app.requests.owned_job(old, job.id)).id == job.id


async def test_what_a_job_gives_back_at_the_end_of_a_drain_is_not_left_behind(app: App, clock: ManualClock) -> None:
    """The hold is released after everything had moved out, and before the drain looks for open holds."""
    old, new = await sight(app, clock, ALICE, BOB)
    await app.ledger.execute(PlaceHold(new.id, "j", 40, NOON + HOUR, 2))
    before = Once("entries", lambda: app.ledger.execute(EndHold(new.id, "j", Kind.RELEASE)))
    other = app_on(app, meddled(app.stores, before=before))
    await link(other, ALICE, BOB)
    assert before.done
    await app.linking.recover()
    assert (await app.ledger.balance(old.id)).available == await money(app, old, new) == 200


async def test_a_drain_does_not_trust_another_one_that_may_crash_before_it_moves_in(
    app: App, clock: ManualClock
) -> None:
    """After our list of what moved out, the job ends, another process moves its credits out, and dies."""
    old, new = await sight(app, clock, ALICE, BOB)
    await app.ledger.execute(PlaceHold(new.id, "j", 40, NOON + HOUR, 2))

    async def meanwhile() -> None:
        await app.ledger.execute(EndHold(new.id, "j", Kind.RELEASE))
        seq = (await app.ledger.state(new.id)).seq + 1
        await app.ledger.execute(MoveOut(new.id, f"merge:{new.id}:{seq}", old.id))

    after = Once("entries", meanwhile)
    other = app_on(app, meddled(app.stores, after=after))
    await link(other, ALICE, BOB)
    assert after.done
    await app.linking.recover()
    assert (await app.ledger.balance(old.id)).available == 200


async def test_credits_that_expired_while_a_failing_job_held_them_stay_usable_after_a_link_too(
    app: App, clock: ManualClock
) -> None:
    """Without a link they get an hour of grace: a failure costs nothing."""
    old, new = await sight(app, clock, ALICE, BOB)
    await app.ledger.execute(Grant(new.id, "soon", 30, Origin.PROMO, clock.now() + MINUTE))
    await app.ledger.execute(PlaceHold(new.id, "j", 130, NOON + HOUR, 2))
    await link(app, ALICE, BOB)
    clock.move(2 * MINUTE)
    await app.ledger.execute(EndHold(new.id, "j", Kind.RELEASE))
    await app.linking.recover()
    assert (await app.ledger.balance(old.id)).available == 230


async def test_a_merged_account_takes_no_new_hold(app: App, clock: ManualClock) -> None:
    _, new = await sight(app, clock, ALICE, BOB)
    await link(app, ALICE, BOB)
    with pytest.raises(AccountMoved):
        await app.ledger.execute(PlaceHold(new.id, "late", 1, NOON + DAY, 9))


# --- two processes --------------------------------------------------------------------------------------------


async def spend(app: App, person: Identity, chance: Random, number: int) -> None:
    """Hold through the pipeline's rules, dawdle, then settle a part or release. `spent` is told by the ledger."""
    ledger: Ledger = app.ledger
    job = f"{person}-{number}"
    for _ in range(3):
        account = await app.accounts.for_identity(person)
        try:
            await ledger.execute(PlaceHold(account.id, job, chance.randrange(1, 30), NOON + HOUR, 50))
        except AccountMoved:
            continue
        except EaselError:
            return
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        kind = chance.choice([Kind.SETTLE, Kind.RELEASE])
        await ledger.execute(EndHold(account.id, job, kind, 1 if kind is Kind.SETTLE else 0))
        return


@pytest.mark.parametrize("seed", range(12))
async def test_spending_on_both_sides_of_two_processes_while_linking_conserves_every_credit(
    app: App, clock: ManualClock, seed: int
) -> None:
    chance = Random(seed)

    async def dawdle(verb: str) -> None:
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)

    async with opened(app.settings, clock) as other:
        one, two = (app_on(each, meddled(each.stores, before=dawdle)) for each in (app, other))
        people = [ALICE, BOB, Identity("telegram", "7")]
        accounts = await sight(app, clock, *people)
        first, second = [(await app.linking.offer(account, "ask"))[0] for account in accounts[:2]]
        deeds = [
            one.linking.redeem(accounts[1], first, "1"),
            two.linking.redeem(accounts[2], second, "2"),
            one.linking.recover(),
            two.linking.recover(),
            *(spend(chance.choice([one, two]), person, chance, n) for n in range(5) for person in people),
        ]
        chance.shuffle(deeds)
        await asyncio.gather(*deeds)
        for _ in range(2):
            await asyncio.gather(one.linking.recover(), two.linking.recover())
        entries = [entry for account in accounts for entry in await app.stores.ledger.entries(account.id)]
        spent = -sum(entry.amount for entry in entries if entry.kind is Kind.SETTLE)
        assert (await app.ledger.balance(accounts[0].id)).available == await money(app, *accounts) == 300 - spent
        await sound(app)
