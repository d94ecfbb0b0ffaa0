"""Gifts: out of one ledger, into another, once, whatever happens in between."""

import asyncio

import pytest

from core.accounts.model import Account
from core.app import App
from core.clock import DAY, MINUTE
from core.credits.model import ARRIVED, GIFT, Kind, Origin
from core.credits.operations import Give, Grant, PlaceHold, Reverse
from core.credits.verify import verify_ledger
from core.errors import BadAmount, CannotGive, GiftRefused, StoreBusy
from tests.core.accounts.test_linking import link, money, sight
from tests.fakes import Fault, Once, app_on, meddled
from tests.support import ALICE, BOB, ManualClock

WELCOME = 100
"""Free credits of each, which cannot be given."""


@pytest.fixture
async def people(app: App, clock: ManualClock) -> list[Account]:
    """Two, of whom the first has bought 50 credits and was given 30."""
    people = await sight(app, clock, ALICE, BOB)
    await app.ledger.execute(Grant(people[0].id, "pay", 50, Origin.PAID))
    await app.ledger.execute(Grant("another", "bought", 30, Origin.PAID))
    await app.transfers.give("before", "another", people[0].id, 30, "")
    return people


async def sound(app: App) -> None:
    assert (await verify_ledger(app.stores)).problems == ()
    assert await app.stores.transfers.unfinished(app.clock.now() + 1) == []


async def givable(app: App, *people: Account) -> list[int]:
    return [await app.transfers.givable(account.id) for account in people]


async def test_gifts_and_then_bought_credits_go_to_the_other_account_for_good(app: App, people: list[Account]) -> None:
    giver, friend = people
    given = await app.transfers.give("t", giver.id, friend.id, 40, "a gift")
    assert (given.source, given.target, given.amount) == (giver.id, friend.id, 40)
    assert await givable(app, *people) == [40, 40]
    (out,) = await app.stores.ledger.entries(giver.id, kind=Kind.GIVE)
    assert [(part.lot, part.amount) for part in out.parts] == [("gift:before:in", 30), ("pay", 10)]
    lot = (await app.ledger.state(friend.id)).lots[-1]
    assert (lot.origin, lot.expires_at, lot.remaining) == (Origin.PROMO, None, 40)
    await sound(app)


async def test_a_gift_can_be_passed_on(app: App, people: list[Account]) -> None:
    await app.transfers.give("t1", people[0].id, people[1].id, 80, "")
    await app.transfers.give("t2", people[1].id, people[0].id, 80, "")
    assert await givable(app, *people) == [80, 0]
    await sound(app)


@pytest.mark.parametrize("op", ["code:0123", "referral:a7", "welcome", "gift"])
async def test_rewards_and_the_credits_of_codes_stay(app: App, people: list[Account], op: str) -> None:
    await app.ledger.execute(Grant(people[1].id, op, 500, Origin.PROMO))
    with pytest.raises(CannotGive, match="You can give 0 credits, not 1"):
        await app.transfers.give("t", people[1].id, people[0].id, 1, "")


@pytest.mark.parametrize("origin", [Origin.FREE, Origin.SUBSCRIPTION])
async def test_free_credits_and_those_of_a_subscription_stay(app: App, people: list[Account], origin: Origin) -> None:
    await app.ledger.execute(Grant(people[1].id, "more", 500, origin))
    with pytest.raises(CannotGive, match="You can give 0 credits, not 1") as refused:
        await app.transfers.give("t", people[1].id, people[0].id, 1, "")
    assert (refused.value.amount, refused.value.givable) == (1, 0)
    assert await app.stores.transfers.get("t") is None


async def test_nobody_gives_more_than_is_there(app: App, clock: ManualClock, people: list[Account]) -> None:
    await app.ledger.execute(Grant(people[0].id, "soon", 20, Origin.PAID, clock.now() + DAY))
    await app.ledger.execute(PlaceHold(people[0].id, "j", WELCOME + 10, clock.now() + DAY, 9))
    with pytest.raises(CannotGive, match="You can give 90 credits"):
        await app.transfers.give("t", people[0].id, people[1].id, 91, "")
    clock.move(2 * DAY)
    with pytest.raises(CannotGive, match="You can give 70 credits"):
        await app.transfers.give("t", people[0].id, people[1].id, 71, "")
    for amount in (0, -1):
        with pytest.raises(BadAmount):
            await app.transfers.give("t", people[0].id, people[1].id, amount, "")


async def test_nothing_can_be_given_while_there_is_debt(app: App, clock: ManualClock, people: list[Account]) -> None:
    giver, friend = people
    await app.ledger.execute(PlaceHold(giver.id, "j", WELCOME + 80, clock.now() + DAY, 9))
    await app.ledger.execute(Reverse(giver.id, "back", "pay", 50))
    assert (await app.ledger.state(giver.id)).debt == 50
    with pytest.raises(CannotGive):
        await app.transfers.give("t", giver.id, friend.id, 1, "")


async def test_a_payment_that_is_taken_back_is_the_debt_of_who_gave_its_credits_away(
    app: App, people: list[Account]
) -> None:
    giver, friend = people
    await app.transfers.give("t", giver.id, friend.id, 80, "")
    await app.ledger.execute(Reverse(giver.id, "back", "pay", 50))
    assert (await app.ledger.balance(giver.id)).available == WELCOME - 50
    assert await givable(app, friend) == [80]
    await sound(app)


async def test_asked_for_again_it_is_given_once(app: App, people: list[Account]) -> None:
    giver, friend = people
    answers = await asyncio.gather(*(app.transfers.give("t", giver.id, friend.id, 80, "") for _ in range(5)))
    assert len(set(answers)) == 1
    assert await givable(app, *people) == [0, 80]
    await sound(app)


async def test_parallel_gifts_never_give_more_than_there_is(app: App, people: list[Account]) -> None:
    other = app_on(app, app.stores)
    gifts = [(app, other)[n % 2].transfers.give(f"t{n}", people[0].id, people[1].id, 30, "") for n in range(6)]
    outcomes = await asyncio.gather(*gifts, return_exceptions=True)
    assert sum(isinstance(outcome, CannotGive) for outcome in outcomes) == 4
    assert await givable(app, *people) == [20, 60]
    await sound(app)


async def test_nobody_gives_to_themselves(app: App, people: list[Account]) -> None:
    with pytest.raises(GiftRefused, match="to yourself"):
        await app.transfers.give("t", people[0].id, people[0].id, 1, "")
    joint = await link(app, ALICE, BOB)
    with pytest.raises(GiftRefused, match="to yourself"):
        await app.transfers.give("t", joint.id, people[1].id, 1, "")


async def test_who_has_left_is_given_nothing(app: App, people: list[Account]) -> None:
    await app.privacy.delete(people[1])
    with pytest.raises(GiftRefused, match="deleted"):
        await app.transfers.give("t", people[0].id, people[1].id, 1, "")


async def test_a_gift_reaches_who_an_account_was_merged_into(app: App, clock: ManualClock) -> None:
    """Neither side has an account document here: a wallet need not be a person's."""
    for name in ("one", "two"):
        await app.ledger.execute(Grant(name, f"pay-{name}", 10, Origin.PAID))
        await app.ledger.drain(name, f"heir-of-{name}")
    given = await app.transfers.give("t", "one", "two", 10, "")
    assert (given.source, given.target) == ("heir-of-one", "heir-of-two")
    assert await app.transfers.give("t", "heir-of-one", "two", 10, "") == given
    assert await app.transfers.givable("two") == 20


# --- crashes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("write", range(1, 5))
async def test_a_crash_at_each_write_is_driven_on_under_the_same_ids(
    app: App, clock: ManualClock, people: list[Account], write: int, acknowledged: bool
) -> None:
    giver, friend = people
    fault = Fault(write)
    faulty = app_on(app, meddled(app.stores, after=fault) if acknowledged else meddled(app.stores, before=fault))
    with pytest.raises(StoreBusy):
        await faulty.transfers.give("t", giver.id, friend.id, 80, "")
    assert (await verify_ledger(app.stores)).problems == ()
    clock.move(MINUTE)
    await app.sweeper.sweep()
    was_saved = write > 1 or acknowledged
    assert await givable(app, *people) == ([0, 80] if was_saved else [80, 0])
    assert await app.transfers.give("t", giver.id, friend.id, 80, "")
    assert await givable(app, *people) == [0, 80]
    await sound(app)


async def test_a_gift_is_four_writes(app: App, people: list[Account]) -> None:
    """So that the test above covers them all: saved, given, arrived, done."""
    fault = Fault(0)
    await app_on(app, meddled(app.stores, before=fault)).transfers.give("t", people[0].id, people[1].id, 1, "")
    assert fault.calls == 4


@pytest.mark.parametrize("linked", [(ALICE, BOB), (BOB, ALICE)])
async def test_who_is_linked_to_the_giver_on_the_way_still_gets_it(
    app: App, people: list[Account], clock: ManualClock, linked: tuple[object, object]
) -> None:
    """One wallet then, in which both entries stand under ids of their own."""
    before = await money(app, *people)
    faulty = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await faulty.transfers.give("t", people[0].id, people[1].id, 80, "")
    await link(app, *linked)  # type: ignore[arg-type]  # two identities
    clock.move(MINUTE)
    await app.sweeper.sweep()
    assert await money(app, *people) == before
    await sound(app)


async def test_what_was_given_up_is_not_given_by_a_twin_that_finds_more(app: App, people: list[Account]) -> None:
    """The balance was spent between looking and giving; the next payment does not set the gift off again."""
    giver, friend = people

    async def spend() -> None:
        await app.ledger.execute(Give(giver.id, f"{GIFT}other", 80, friend.id))
        await app.ledger.execute(Grant(friend.id, f"{GIFT}other{ARRIVED}", 80, Origin.PROMO))

    other = app_on(app, meddled(app.stores, before=Once("add", spend)))
    with pytest.raises(CannotGive, match="You can give 0 credits"):
        await other.transfers.give("t", giver.id, friend.id, 30, "")
    await app.ledger.execute(Grant(giver.id, "pay2", 100, Origin.PAID))
    with pytest.raises(CannotGive):
        await app.transfers.give("t", giver.id, friend.id, 30, "")
    assert await givable(app, giver) == [100]
    await sound(app)


async def test_gifts_are_forgotten_after_a_month_and_their_entries_are_not(
    app: App, clock: ManualClock, people: list[Account]
) -> None:
    await app.transfers.give("t", people[0].id, people[1].id, 50, "")
    await app.transfers.purge()
    assert await app.stores.transfers.get("t") is not None
    clock.move(31 * DAY)
    await app.transfers.purge()
    assert await app.stores.transfers.get("t") is None
    await sound(app)


# --- the books ----------------------------------------------------------------------------------------------


async def test_a_gift_that_never_arrives_or_comes_from_nowhere_is_named(app: App, people: list[Account]) -> None:
    giver, friend = people
    await app.ledger.execute(Give(giver.id, f"{GIFT}lost", 10, friend.id))
    await app.ledger.execute(Grant(friend.id, f"{GIFT}forged{ARRIVED}", 5, Origin.PROMO))
    await app.ledger.execute(Give(giver.id, f"{GIFT}grown", 10, friend.id))
    await app.ledger.execute(Grant(friend.id, f"{GIFT}grown{ARRIVED}", 11, Origin.PROMO))
    problems = (await verify_ledger(app.stores)).problems
    assert {problem.invariant for problem in problems} == {"I10"}
    assert [problem.detail.split(":")[1] for problem in problems] == ["forged", "grown", "lost"]


async def test_a_gift_made_while_the_books_are_read_is_no_problem(app: App, people: list[Account]) -> None:
    """Its giver, the older account, has been read by then; so what arrives seems to come from nowhere."""
    reads = 0

    async def meanwhile(verb: str) -> None:
        nonlocal reads
        reads += verb == "snapshot"
        if reads == 1 and verb == "snapshot":
            await app.transfers.give("t", people[0].id, people[1].id, 5, "")

    assert (await verify_ledger(meddled(app.stores, after=meanwhile))).problems == ()
