"""Accounts on first sight: one per identity, welcomed once, admins named, strikes counted."""

import asyncio
from dataclasses import replace

import pytest

from core.accounts.model import Account, Identity, Role, Tombstone
from core.accounts.service import Accounts
from core.app import App
from core.clock import DAY
from core.credits.verify import verify_ledger
from core.errors import EaselError, StoreBusy
from core.ids import digest
from core.settings import Settings
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, BOB, NOON, ManualClock, opened


async def available(app: App, account: Account) -> int:
    return (await app.ledger.balance(account.id)).available


async def test_a_new_person_gets_an_account_with_welcome_credits(app: App, clock: ManualClock) -> None:
    account = await app.accounts.for_identity(ALICE)
    assert (account.created_at, account.role, account.suspended) == (clock.now(), Role.USER, None)
    assert await available(app, account) == 100


async def test_the_next_sight_finds_the_same_account(app: App, clock: ManualClock) -> None:
    first = await app.accounts.for_identity(ALICE)
    clock.move(DAY)
    assert (await app.accounts.for_identity(ALICE)).id == first.id
    assert await available(app, first) == 100


async def test_many_first_sights_at_once_make_one_account_welcomed_once(app: App) -> None:
    other = app_on(app, app.stores)
    found = await asyncio.gather(*((app, other)[n % 2].accounts.for_identity(ALICE) for n in range(30)))
    assert len({account.id for account in found}) == 1
    assert await available(app, found[0]) == 100
    assert len(await app.stores.ledger.entries(found[0].id)) == 1


async def test_two_people_have_two_accounts(app: App) -> None:
    assert (await app.accounts.for_identity(ALICE)).id != (await app.accounts.for_identity(BOB)).id


async def test_the_same_user_id_on_two_platforms_is_two_people(app: App) -> None:
    one = await app.accounts.for_identity(Identity("discord", "7"))
    other = await app.accounts.for_identity(Identity("telegram", "7"))
    assert one.id != other.id


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("write", [1, 2, 3])
async def test_the_welcome_comes_once_also_after_a_crash_at_each_of_its_writes(
    app: App, write: int, acknowledged: bool
) -> None:
    """The writes are: create, grant, mark welcomed; each fails before or after it reached the disk."""
    fault = Fault(write)
    faulty = app_on(app, meddled(app.stores, after=fault) if acknowledged else meddled(app.stores, before=fault))
    with pytest.raises(StoreBusy):
        await faulty.accounts.for_identity(ALICE)
    account = await app.accounts.for_identity(ALICE)
    assert await available(app, account) == 100
    assert len(await app.stores.ledger.entries(account.id)) == 1
    assert (await app.accounts.get(account.id)).welcomed
    assert (await verify_ledger(app.stores)).problems == ()


async def test_the_welcome_is_three_writes(app: App) -> None:
    """So that the test above covers them all."""
    fault = Fault(0)
    await app_on(app, meddled(app.stores, before=fault)).accounts.for_identity(ALICE)
    assert fault.calls == 3


async def test_an_account_linked_before_it_was_welcomed_brings_its_welcome_along(app: App) -> None:
    heir = await app.accounts.for_identity(BOB)
    await app.stores.accounts.create(ALICE, Account("zzz", app.clock.now()))
    await app.stores.accounts.merge("zzz", heir.id)
    await app.linking.recover()
    assert (await app.accounts.for_identity(ALICE)).id == heir.id
    assert await available(app, heir) == 200


async def test_where_nothing_is_given_nothing_is_granted(settings: Settings) -> None:
    async with opened(settings.model_copy(update={"signup_credits": 0})) as app:
        account = await app.accounts.for_identity(ALICE)
        assert await app.stores.ledger.entries(account.id) == []
        assert (await app.accounts.get(account.id)).welcomed


async def test_a_forgotten_person_who_comes_back_is_not_welcomed_again(app: App) -> None:
    await app.stores.accounts.forget([], [Tombstone(digest(str(ALICE)), NOON)])
    assert await available(app, await app.accounts.for_identity(ALICE)) == 0


async def test_those_named_in_admins_become_admins(settings: Settings) -> None:
    async with opened(settings.model_copy(update={"admins": (ALICE,)})) as app:
        assert (await app.accounts.for_identity(ALICE)).role is Role.ADMIN
        assert (await app.accounts.for_identity(BOB)).role is Role.USER


async def test_somebody_known_becomes_an_admin_when_admins_changes(app: App) -> None:
    known = await app.accounts.for_identity(ALICE)
    accounts = Accounts(app.stores.accounts, app.ledger, app.clock, admins=[ALICE], signup_credits=100)
    assert await accounts.for_identity(ALICE) == replace(known, role=Role.ADMIN, welcomed=True)
    assert (await accounts.for_identity(ALICE)).role is Role.ADMIN


async def test_an_admin_named_by_an_identity_that_was_linked_is_the_joint_account(app: App) -> None:
    heir = await app.accounts.for_identity(BOB)
    source = await app.accounts.for_identity(ALICE)
    await app.stores.accounts.merge(source.id, heir.id)
    accounts = Accounts(app.stores.accounts, app.ledger, app.clock, admins=[ALICE], signup_credits=100)
    assert await accounts.for_identity(ALICE) == replace(heir, role=Role.ADMIN, welcomed=True)


async def test_an_account_that_is_nowhere_is_an_error(app: App) -> None:
    with pytest.raises(EaselError, match="does not exist"):
        await app.accounts.get("a0")


async def test_strikes_suspend_at_the_limit_and_not_before(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    assert await app.accounts.strike(account.id, "r1", 2) == 1
    assert (await app.accounts.get(account.id)).suspended is None
    assert await app.accounts.strike(account.id, "r2", 2) == 2
    assert (await app.accounts.get(account.id)).suspended == "2 requests broke the rules"


async def test_the_same_request_strikes_once(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    strikes = await asyncio.gather(*(app.accounts.strike(account.id, "r1", 2) for _ in range(5)))
    assert strikes == [1] * 5
    assert (await app.accounts.get(account.id)).suspended is None


async def test_with_a_limit_of_0_nobody_is_suspended(app: App) -> None:
    account = await app.accounts.for_identity(ALICE)
    for number in range(7):
        await app.accounts.strike(account.id, f"r{number}", 0)
    assert (await app.accounts.get(account.id)).suspended is None
