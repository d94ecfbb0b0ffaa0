"""Invitations: one reward for one friend, on the first purchase, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.accounts.model import Account, Identity
from core.app import App
from core.credits.model import Kind
from core.credits.operations import Adjust
from core.credits.verify import verify_ledger
from core.errors import AttemptsThrottled, CodeRefused, InviteRefused, LinkRefused, StoreBusy
from core.news import Rewarded
from core.payments.ports import Payment
from tests.core.accounts.test_linking import link, sight
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, BOB, NOON, SMALL_MODELS, Heard, ManualClock, opened, settings_in

REWARD = 70
CAROL = Identity("slack", "T1/U1")
PAYMENT = Payment("tg", "p1", BOB, 500, "XTR", 400)
AGAIN = replace(PAYMENT, payment_id="p2")
MAX_WRITES = 12


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    (tmp_path / "small.toml").write_text(f"{SMALL_MODELS}[shop]\nreferral = {REWARD}\n")
    async with opened(settings_in(tmp_path), clock) as app:
        yield app


@pytest.fixture
async def people(app: App, clock: ManualClock) -> list[Account]:
    return await sight(app, clock, ALICE, BOB, CAROL)


async def gained(app: App, identity: Identity = ALICE) -> int:
    account = await app.accounts.for_identity(identity)
    return (await app.ledger.balance(account.id)).available - app.settings.signup_credits


async def invite(app: App, inviter: Account, friend: Account) -> None:
    await app.referrals.accept(friend, await app.referrals.code(inviter))


async def test_a_code_is_the_same_each_time_and_another_for_each_person(app: App, people: list[Account]) -> None:
    alice, bob = [await app.referrals.code(person) for person in people[:2]]
    assert (alice, alice != bob) == (await app.referrals.code(people[0]), True)
    named = await app.referrals.named(alice.lower())
    assert named is not None
    assert named.id == people[0].id


async def test_the_first_purchase_rewards_the_inviter_and_tells_them(app: App, people: list[Account]) -> None:
    heard = Heard()
    app.messengers["playground"] = heard
    await invite(app, people[0], people[1])
    assert await gained(app) == 0
    await app.fulfilment.credited(PAYMENT)
    assert await gained(app) == REWARD
    assert heard.news == [(ALICE, Rewarded(REWARD, app.settings.signup_credits + REWARD))]


async def test_later_purchases_and_repeated_reports_reward_nobody(app: App, people: list[Account]) -> None:
    await invite(app, people[0], people[1])
    await asyncio.gather(*(app.fulfilment.credited(payment) for payment in [PAYMENT, AGAIN] * 5))
    assert await gained(app) == REWARD


async def test_who_was_not_invited_rewards_nobody(app: App, people: list[Account]) -> None:
    await app.fulfilment.credited(PAYMENT)
    assert [await gained(app, who) for who in (ALICE, CAROL)] == [0, 0]


async def test_who_has_bought_something_cannot_be_invited(app: App, people: list[Account]) -> None:
    await app.fulfilment.credited(PAYMENT)
    with pytest.raises(InviteRefused, match="not bought"):
        await invite(app, people[0], people[1])


async def test_nobody_can_be_invited_twice_or_by_themselves(app: App, people: list[Account]) -> None:
    alice, bob, carol = people
    with pytest.raises(InviteRefused, match="yourself"):
        await invite(app, alice, alice)
    await invite(app, alice, bob)
    with pytest.raises(InviteRefused, match="already"):
        await invite(app, carol, bob)


async def test_ones_own_linked_account_counts_as_oneself(app: App, people: list[Account]) -> None:
    code = await app.referrals.code(people[1])
    merged = await link(app, ALICE, BOB)
    with pytest.raises(InviteRefused, match="yourself"):
        await app.referrals.accept(merged, code)


async def test_who_is_linked_with_their_inviter_later_rewards_nobody(app: App, people: list[Account]) -> None:
    await invite(app, people[0], people[1])
    await link(app, ALICE, BOB)
    before = await gained(app)
    await app.fulfilment.credited(PAYMENT)
    assert await gained(app) == before + PAYMENT.credits


async def test_who_deletes_an_account_and_comes_back_cannot_be_invited_anew(app: App, people: list[Account]) -> None:
    await app.privacy.delete(people[1])
    with pytest.raises(InviteRefused, match="not been here"):
        await invite(app, people[0], await app.accounts.for_identity(BOB))


async def test_a_refund_after_the_friend_deleted_everything_takes_the_reward_back(
    app: App, people: list[Account]
) -> None:
    await invite(app, people[0], people[1])
    await app.fulfilment.credited(PAYMENT)
    await app.privacy.delete(people[1])
    await app.fulfilment.reversed(PAYMENT)
    assert await gained(app) == 0


async def test_who_is_linked_before_the_reward_and_after_it_does_not_keep_it_from_a_refund(
    app: App, people: list[Account], clock: ManualClock
) -> None:
    """It is in the ledger of the account in the middle, neither in the first one's nor in the last one's."""
    friend = Identity("telegram", "9")
    await invite(app, people[2], await app.accounts.for_identity(friend))
    await link(app, BOB, CAROL, "one")
    await app.fulfilment.credited(replace(PAYMENT, identity=friend))
    merged = await link(app, ALICE, BOB, "two")
    have = (await app.ledger.balance(merged.id)).available
    await app.fulfilment.reversed(replace(PAYMENT, identity=friend))
    assert have - (await app.ledger.balance(merged.id)).available == REWARD


async def test_a_code_that_nobody_has_is_refused(app: App, people: list[Account]) -> None:
    for code in ("AAAAAAAA", "hello", "", "invite:x"):
        with pytest.raises(CodeRefused):
            await app.referrals.accept(people[0], code)


async def test_a_purchase_that_is_taken_back_takes_the_reward_once_and_a_won_dispute_gives_it_back(
    app: App, people: list[Account]
) -> None:
    heard = Heard()
    app.messengers["playground"] = heard
    await invite(app, people[0], people[1])
    await app.fulfilment.credited(PAYMENT)
    for word, total, there in (
        (1, 200, REWARD),
        (2, 500, 0),
        (2, 500, 0),
        (3, 0, REWARD),
        (4, 500, 0),
        (5, 499, REWARD),
    ):
        await asyncio.gather(*(app.fulfilment.reversed(PAYMENT, total, word) for _ in range(3)))
        await app.fulfilment.credited(PAYMENT)
        assert await gained(app) == there
    assert len(heard.news) == 1
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_reward_stays_while_anything_that_the_friend_bought_stands(app: App, people: list[Account]) -> None:
    await invite(app, people[0], people[1])
    for payment in (PAYMENT, AGAIN):
        await app.fulfilment.credited(payment)
    await app.fulfilment.reversed(PAYMENT)
    assert await gained(app) == REWARD
    await app.fulfilment.reversed(AGAIN)
    assert await gained(app) == 0


async def test_a_reward_that_is_spent_is_no_debt_when_the_friend_takes_their_money_back(
    app: App, people: list[Account]
) -> None:
    await invite(app, people[0], people[1])
    await app.fulfilment.credited(PAYMENT)
    have = (await app.ledger.balance(people[0].id)).available
    await app.ledger.execute(Adjust(people[0].id, "spent", 10 - have, "spent"))
    await app.fulfilment.reversed(PAYMENT)
    balance = await app.ledger.balance(people[0].id)
    assert (balance.available, balance.debt) == (0, 0)
    await app.fulfilment.reversed(PAYMENT, 0, 2)
    assert (await app.ledger.balance(people[0].id)).available == 10


async def test_a_refund_that_is_reported_before_its_purchase_rewards_nobody(app: App, people: list[Account]) -> None:
    await invite(app, people[0], people[1])
    await app.fulfilment.reversed(PAYMENT)
    await app.fulfilment.credited(PAYMENT)
    assert await gained(app) == 0
    await app.fulfilment.credited(AGAIN)
    assert await gained(app) == REWARD


@pytest.mark.parametrize("at", range(1, MAX_WRITES))
async def test_a_crash_at_any_write_of_a_refund_is_made_good(app: App, people: list[Account], at: int) -> None:
    await invite(app, people[0], people[1])
    await app.fulfilment.credited(PAYMENT)
    fault = Fault(at)
    failing = app_on(app, meddled(app.stores, before=fault))
    with suppress(StoreBusy):
        await failing.fulfilment.reversed(PAYMENT)
    assert fault.calls < MAX_WRITES - 1
    for _ in range(2):
        await app.fulfilment.reversed(PAYMENT)
    assert await gained(app) == 0
    assert (await verify_ledger(app.stores)).problems == ()


@pytest.mark.parametrize("at", range(1, MAX_WRITES))
async def test_a_crash_at_any_write_of_a_purchase_is_made_good(app: App, people: list[Account], at: int) -> None:
    await invite(app, people[0], people[1])
    fault = Fault(at)
    failing = app_on(app, meddled(app.stores, before=fault))
    crashed = False
    try:
        await failing.fulfilment.credited(PAYMENT)
    except StoreBusy:
        crashed = True
    assert crashed == (fault.calls >= at)
    assert fault.calls < MAX_WRITES - 1
    for _ in range(2):
        await app.fulfilment.credited(PAYMENT)
    assert await gained(app) == REWARD
    assert (await verify_ledger(app.stores)).problems == ()


@hypothesis_settings(max_examples=15)
@given(steps=st.lists(st.sampled_from(["alice", "carol", "buy", "again", "link", "back", "won"]), max_size=9))
def test_whatever_happens_in_any_order_one_friend_is_worth_one_reward(
    steps: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(_campaign(steps, tmp_path_factory.mktemp("order")))


async def _campaign(steps: Sequence[str], folder: Path) -> None:
    (folder / "small.toml").write_text(f"{SMALL_MODELS}[shop]\nreferral = {REWARD}\n")
    clock = ManualClock(NOON)
    async with opened(settings_in(folder), clock) as app:
        people = await sight(app, clock, ALICE, BOB, CAROL)
        for number, step in enumerate(steps):
            bob = await app.accounts.for_identity(BOB)
            try:
                if step in {"alice", "carol"}:
                    await invite(app, people[0] if step == "alice" else people[2], bob)
                elif step == "link":
                    await link(app, BOB, CAROL, f"link{number}")
                elif step in {"back", "won"}:
                    back = await app.fulfilment.reversed(PAYMENT, 500 if step == "back" else 0, number + 1)
                    assert back.credits == PAYMENT.credits
                else:
                    await app.fulfilment.credited(PAYMENT if step == "buy" else AGAIN)
            except (InviteRefused, LinkRefused, AttemptsThrottled):
                continue
        rewards = [
            entry
            for person in people
            for entry in await app.stores.ledger.entries(person.id)
            if entry.op.startswith("referral:")
        ]
        assert len([entry for entry in rewards if entry.kind is Kind.GRANT]) <= 1
        buyer = await app.accounts.root(await app.accounts.for_identity(BOB))
        bought = await app.stores.orders.of_accounts(await app.stores.accounts.family(buyer.id), 100)
        stands = any(taken.back < taken.credits for order in bought for taken in order.payments)
        assert sum(entry.amount for entry in rewards) == (REWARD if rewards and stands else 0)
        assert (await verify_ledger(app.stores)).problems == ()
