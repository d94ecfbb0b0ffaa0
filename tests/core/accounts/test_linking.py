"""Linking: two accounts become one, once, whatever happens in between."""

import asyncio
from random import Random

import pytest

from core.accounts.linking import CODE_LENGTH, MOST_LINKED
from core.accounts.model import Account, Identity, LinkCode, Role
from core.app import App
from core.clock import HOUR, MINUTE
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.errors import AttemptsThrottled, LinkRefused
from core.ids import CODE_ALPHABET, digest
from tests.fakes import Once, app_on, meddled
from tests.support import ALICE, BOB, ManualClock, imagine

CEM = Identity("telegram", "7")


async def sight(app: App, clock: ManualClock, *people: Identity) -> list[Account]:
    """Their accounts, the first the oldest."""
    accounts = []
    for person in people:
        accounts.append(await app.accounts.for_identity(person))
        clock.move(1)
    return accounts


async def link(app: App, giver: Identity, taker: Identity, request_id: str = "link") -> Account:
    code, _ = await app.linking.offer(await app.accounts.for_identity(giver), f"{request_id}-ask")
    return await app.linking.redeem(await app.accounts.for_identity(taker), code, f"{request_id}-try")


async def money(app: App, *accounts: Account) -> int:
    balances = [await app.ledger.balance(account.id) for account in accounts]
    return sum(balance.available + balance.held - balance.debt for balance in balances)


async def sound(app: App) -> None:
    assert (await verify_ledger(app.stores)).problems == ()
    assert await app.stores.accounts.undrained() == []
    assert await app.stores.links.unmerged() == []


async def test_guessing_under_one_and_the_same_request_id_is_throttled_as_well(app: App) -> None:
    """The playground's page chooses its messages' ids itself."""
    bob = await app.accounts.for_identity(BOB)
    for number in range(app.catalogue.limits.link.tries_per_hour):
        with pytest.raises(LinkRefused):
            await app.linking.redeem(bob, CODE_ALPHABET[number] * CODE_LENGTH, "guess")
    with pytest.raises(AttemptsThrottled):
        await app.linking.redeem(bob, "Z" * CODE_LENGTH, "guess")


@pytest.mark.parametrize(("giver", "taker"), [(ALICE, BOB), (BOB, ALICE)])
async def test_linking_joins_balances_in_the_older_account(
    app: App, clock: ManualClock, giver: Identity, taker: Identity
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    assert (await link(app, giver, taker)).id == old.id
    assert (await app.ledger.balance(old.id)).available == 200
    assert (await app.ledger.balance(new.id)).available == 0
    assert (await app.accounts.for_identity(BOB)).id == old.id
    await sound(app)


@pytest.mark.parametrize(("giver", "taker"), [(ALICE, BOB), (BOB, ALICE)])
async def test_nobody_loses_their_credits_to_the_code_of_a_deleted_account(
    app: App, clock: ManualClock, giver: Identity, taker: Identity
) -> None:
    """Whoever sends somebody a code can delete their own account before it is typed."""
    accounts = dict(zip((ALICE, BOB), await sight(app, clock, ALICE, BOB), strict=True))
    code, _ = await app.linking.offer(accounts[giver], "ask")
    await app.privacy.delete(accounts[giver])
    with pytest.raises(LinkRefused, match="deleted"):
        await app.linking.redeem(accounts[taker], code, "try")
    assert (await app.accounts.for_identity(taker)).id == accounts[taker].id
    assert await money(app, accounts[taker]) == 100
    await sound(app)


async def test_one_link_that_cannot_be_finished_keeps_no_other_one_waiting(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await app.stores.links.add(LinkCode("broken", "nobody", clock.now() + 1))
    await app.stores.links.claim("broken", old.id, clock.now())
    await app.stores.accounts.merge(new.id, old.id)
    await app.linking.recover()
    assert await money(app, old) == 200


async def test_nobody_collects_the_welcome_credits_of_ever_more_accounts(app: App, clock: ManualClock) -> None:
    many = [Identity("telegram", str(number)) for number in range(MOST_LINKED + 1)]
    old, *others = await sight(app, clock, *many)
    for other in others[:-1]:
        await app.stores.accounts.merge(other.id, old.id)
    with pytest.raises(LinkRefused, match="No more than 20"):
        await link(app, many[0], many[-1])
    assert (await app.accounts.for_identity(many[-1])).id == others[-1].id
    await app.linking.recover()
    await sound(app)


async def test_linking_joins_histories(app: App, clock: ManualClock) -> None:
    await sight(app, clock, ALICE, BOB)
    for number, person in enumerate((ALICE, BOB)):
        await app.requests.submit(imagine(f"r{number}", person))
    joint = await link(app, ALICE, BOB)
    family = await app.stores.accounts.family(joint.id)
    assert {job.request_id for job in await app.stores.jobs.history(family, 10)} == {"r0", "r1"}


@pytest.mark.parametrize("person", [0, 1])
async def test_the_joint_account_has_the_higher_role(app: App, clock: ManualClock, person: int) -> None:
    accounts = await sight(app, clock, ALICE, BOB)
    await app.stores.accounts.raise_role(accounts[person].id, Role.SUBSCRIBER)
    assert (await link(app, ALICE, BOB)).role is Role.SUBSCRIBER


async def test_lots_keep_their_origin_and_expiry(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    ends = clock.now() + HOUR
    await app.ledger.execute(Grant(new.id, "pay", 30, Origin.SUBSCRIPTION, ends))
    await link(app, ALICE, BOB)
    lot = next(lot for lot in (await app.ledger.state(old.id)).lots if lot.id == "pay")
    assert (lot.origin, lot.expires_at, lot.remaining) == (Origin.SUBSCRIPTION, ends, 30)


# --- codes -------------------------------------------------------------------------------------------------


async def test_a_code_is_easy_to_type_and_kept_by_its_digest_only(app: App, clock: ManualClock) -> None:
    account = await app.accounts.for_identity(ALICE)
    code, expires_at = await app.linking.offer(account, "ask")
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_ALPHABET)
    assert expires_at == clock.now() + 10 * MINUTE
    assert await app.stores.links.claim(code, account.id, clock.now()) is None


async def test_a_code_may_be_typed_in_small_letters_with_blanks_around(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "ask")
    assert (await app.linking.redeem(new, f"  {code.lower()} ", "try")).id == old.id


async def test_a_code_is_good_until_10_minutes_are_over(app: App, clock: ManualClock) -> None:
    old, new, other = await sight(app, clock, ALICE, BOB, CEM)
    code, _ = await app.linking.offer(old, "ask")
    late, _ = await app.linking.offer(old, "ask again")
    clock.move(10 * MINUTE - 1)
    assert (await app.linking.redeem(new, code, "try")).id == old.id
    clock.move(1)
    with pytest.raises(LinkRefused):
        await app.linking.redeem(other, late, "try")


async def test_a_code_works_once(app: App, clock: ManualClock) -> None:
    old, new, other = await sight(app, clock, ALICE, BOB, CEM)
    code, _ = await app.linking.offer(old, "ask")
    await app.linking.redeem(new, code, "try")
    with pytest.raises(LinkRefused):
        await app.linking.redeem(other, code, "try")
    assert (await app.accounts.for_identity(CEM)).id == other.id


async def test_of_many_who_type_a_code_at_once_one_is_linked(app: App, clock: ManualClock) -> None:
    [giver] = await sight(app, clock, ALICE)
    others = await sight(app, clock, *(Identity("slack", f"T1/U{n}") for n in range(6)))
    code, _ = await app.linking.offer(giver, "ask")
    outcomes = await asyncio.gather(
        *(app.linking.redeem(other, code, "try") for other in others), return_exceptions=True
    )
    assert sum(isinstance(outcome, Account) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LinkRefused) for outcome in outcomes) == 5
    await sound(app)


async def test_a_redelivered_link_command_is_answered_like_the_first(app: App, clock: ManualClock) -> None:
    """The older account redeems, and stays the root: its second try meets its own claim."""
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(new, "ask")
    first = await app.linking.redeem(old, code, "try")
    assert await app.linking.redeem(old, code, "try") == first
    assert (await app.ledger.balance(old.id)).available == 200


async def test_the_own_code_joins_nothing_and_is_refused(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    code, _ = await app.linking.offer(account, "ask")
    with pytest.raises(LinkRefused):
        await app.linking.redeem(account, code, "try")


async def test_accounts_that_are_one_already_stay_as_they_are(app: App, clock: ManualClock) -> None:
    old, _ = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "early")
    joint = await link(app, ALICE, BOB)
    await app.stores.links.claim(digest(code), joint.id, clock.now())
    await app.linking.recover()
    assert await money(app, old) == 200
    await sound(app)


async def test_a_sixth_code_within_the_hour_is_refused(app: App, clock: ManualClock) -> None:
    account = await app.accounts.for_identity(ALICE)
    for number in range(5):
        await app.linking.offer(account, f"ask{number}")
    with pytest.raises(AttemptsThrottled) as caught:
        await app.linking.offer(account, "one more")
    assert "60 minutes" in caught.value.message or "61 minutes" in caught.value.message
    clock.move(HOUR)
    await app.linking.offer(account, "an hour later")


async def test_a_sixth_try_within_the_hour_is_refused_even_with_the_right_code(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "ask")
    for number in range(5):
        with pytest.raises(LinkRefused):
            await app.linking.redeem(new, "AAAAAAAA", f"try{number}")
    with pytest.raises(AttemptsThrottled):
        await app.linking.redeem(new, code, "right")


@pytest.mark.parametrize("suspended", [ALICE, BOB])
async def test_a_suspended_account_cannot_be_linked(app: App, clock: ManualClock, suspended: Identity) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    code, _ = await app.linking.offer(old, "ask")
    await app.stores.accounts.suspend((old if suspended == ALICE else new).id, "spam")
    with pytest.raises(LinkRefused):
        await app.linking.redeem(new, code, "try")
    assert (await app.accounts.for_identity(BOB)).id == new.id
    assert await app.stores.links.unmerged() == []


# --- more than two ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [[(0, 1), (1, 2)], [(2, 1), (1, 0)], [(1, 2), (0, 2)], [(0, 2), (1, 2)]])
async def test_a_chain_of_links_ends_in_the_oldest_account(
    app: App, clock: ManualClock, pairs: list[tuple[int, int]]
) -> None:
    people = (ALICE, BOB, CEM)
    accounts = await sight(app, clock, *people)
    for giver, taker in pairs:
        await link(app, people[giver], people[taker], f"{giver}{taker}")
    assert {(await app.accounts.for_identity(person)).id for person in people} == {accounts[0].id}
    assert (await app.ledger.balance(accounts[0].id)).available == 300
    await sound(app)


async def test_links_made_crosswise_at_once_make_one_account(app: App, clock: ManualClock) -> None:
    other = app_on(app, app.stores)
    old, new = await sight(app, clock, ALICE, BOB)
    mine, _ = await app.linking.offer(old, "ask")
    yours, _ = await app.linking.offer(new, "ask")
    joints = await asyncio.gather(app.linking.redeem(old, yours, "1"), other.linking.redeem(new, mine, "2"))
    assert {joint.id for joint in joints} == {old.id}
    assert (await app.ledger.balance(old.id)).available == 200
    await sound(app)


@pytest.mark.parametrize("seed", range(8))
async def test_links_in_a_ring_at_once_make_one_account_and_keep_every_credit(
    app: App, clock: ManualClock, seed: int
) -> None:
    chance = Random(seed)
    apps = [app, app_on(app, app.stores)]
    people = [Identity("slack", f"T1/U{number}") for number in range(4)]
    accounts = await sight(app, clock, *people)
    codes = [(await app.linking.offer(account, "ask"))[0] for account in accounts]
    ring = list(zip(codes, [*accounts[1:], accounts[0]], strict=True))
    chance.shuffle(ring)
    await asyncio.gather(*(apps[n % 2].linking.redeem(who, code, "try") for n, (code, who) in enumerate(ring)))
    await app.linking.recover()
    assert {(await app.accounts.for_identity(person)).id for person in people} == {accounts[0].id}
    assert (await app.ledger.balance(accounts[0].id)).available == 400
    await sound(app)


async def test_no_role_is_lost_when_the_heir_itself_is_linked_meanwhile(app: App, clock: ManualClock) -> None:
    """The role reaches the middle account after its own role was carried on."""
    old, middle, new = await sight(app, clock, ALICE, BOB, CEM)
    await app.stores.accounts.raise_role(new.id, Role.SUBSCRIBER)
    code, _ = await app.linking.offer(middle, "ask")
    before = Once("raise_role", lambda: link(app, ALICE, BOB))
    other = app_on(app, meddled(app.stores, before=before))
    await other.linking.redeem(new, code, "try")
    await app.linking.recover()
    assert (await app.accounts.for_identity(CEM)).id == old.id
    assert (await app.accounts.for_identity(CEM)).role is Role.SUBSCRIBER


async def test_an_account_that_was_linked_elsewhere_meanwhile_is_followed(app: App, clock: ManualClock) -> None:
    old, middle, new = await sight(app, clock, ALICE, BOB, CEM)
    code, _ = await app.linking.offer(middle, "ask")
    before = Once("merge", lambda: link(app, ALICE, CEM))
    other = app_on(app, meddled(app.stores, before=before))
    assert (await other.linking.redeem(new, code, "try")).id == old.id
    assert await money(app, old, middle, new) == (await app.ledger.balance(old.id)).available == 300
    await sound(app)
