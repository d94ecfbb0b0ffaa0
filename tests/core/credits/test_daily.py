"""Free credits once per UTC day."""

import asyncio
from pathlib import Path

import pytest

from core.accounts.model import Account, Identity
from core.app import App
from core.clock import DAY, HOUR, next_midnight, utc_date
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.errors import AccountMoved, AlreadyClaimed, FreeCreditsLater, NoFreeCredits, StoreBusy
from core.settings import Settings
from tests.core.accounts.test_linking import link, money, sight
from tests.core.accounts.test_linking_crashes import joined
from tests.fakes import Fault, Once, app_on, meddled
from tests.support import ALICE, BOB, NOON, SMALL_MODELS, ManualClock, opened, settings_in


async def person(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def available(app: App) -> int:
    return (await app.ledger.balance((await person(app)).id)).available


async def test_todays_credits_are_added(app: App) -> None:
    entry = await app.daily.claim(await person(app))
    assert (entry.amount, await available(app)) == (5, 105)


async def test_they_come_once_a_day_and_the_refusal_says_when_the_next_come(app: App) -> None:
    await app.daily.claim(await person(app))
    with pytest.raises(AlreadyClaimed) as caught:
        await app.daily.claim(await person(app))
    assert caught.value.next_at == next_midnight(NOON) == NOON + 12 * HOUR
    assert await available(app) == 105


async def test_the_day_ends_at_midnight_utc(app: App, clock: ManualClock) -> None:
    await app.daily.claim(await person(app))
    clock.move(12 * HOUR - 1)
    assert await app.daily.is_claimed(await person(app))
    clock.move(1)
    assert not await app.daily.is_claimed(await person(app))
    await app.daily.claim(await person(app))
    assert await available(app) == 110


async def test_many_claims_at_once_give_one_days_credits(app: App) -> None:
    account = await person(app)
    other = app_on(app, app.stores)
    await asyncio.gather(*((app, other)[n % 2].daily.claim(account) for n in range(10)), return_exceptions=True)
    assert await available(app) == 105
    assert (await verify_ledger(app.stores)).problems == ()


async def test_they_expire_seven_days_after_their_day(app: App, clock: ManualClock) -> None:
    await app.daily.claim(await person(app))
    clock.move(12 * HOUR + 7 * DAY - 1)
    assert await available(app) == 105
    clock.move(1)
    assert await available(app) == 100


async def test_where_none_are_given_the_claim_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, daily_free_credits=0), clock) as app:
        with pytest.raises(NoFreeCredits):
            await app.daily.claim(await person(app))
        assert await available(app) == 100


@pytest.mark.parametrize("claimant", [ALICE, BOB])
async def test_the_joint_account_has_had_what_either_had_before_the_link(
    app: App, clock: ManualClock, claimant: object
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await app.daily.claim(old if claimant == ALICE else new)
    await link(app, ALICE, BOB)
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(await person(app))
    assert await available(app) == 205


async def test_a_claim_that_a_link_overtakes_counts_for_the_joint_account(app: App, clock: ManualClock) -> None:
    """The account was looked up, then linked, then claims."""
    _, new = await sight(app, clock, ALICE, BOB)
    await link(app, ALICE, BOB)
    await app.daily.claim(new)
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(await person(app))
    assert await available(app) == 205


# --- for everybody, without asking ---------------------------------------------------------------------------


async def several(app: App, number: int = 3) -> list[Account]:
    return [await app.accounts.for_identity(Identity("discord", str(n))) for n in range(number)]


async def amounts(app: App, accounts: list[Account]) -> list[int]:
    return [(await app.ledger.balance(account.id)).available for account in accounts]


async def test_everybody_gets_them_once_a_day(app: App, clock: ManualClock) -> None:
    people = await several(app)
    assert [await app.daily.give_all() for _ in range(3)] == [3, 0, 0]
    assert await amounts(app, people) == [105, 105, 105]
    clock.move(12 * HOUR)
    assert await app.daily.give_all() == 3
    assert await amounts(app, people) == [110, 110, 110]


async def test_who_asked_already_gets_nothing_more_and_who_asks_later_is_told_so(app: App) -> None:
    people = await several(app)
    await app.daily.claim(people[0])
    assert await app.daily.give_all() == 2
    for one in people:
        with pytest.raises(AlreadyClaimed):
            await app.daily.claim(one)
    assert await amounts(app, people) == [105, 105, 105]


async def test_asking_and_giving_in_several_processes_at_once_gives_one_days_credits(app: App) -> None:
    people = await several(app, 5)
    other = app_on(app, app.stores)
    askings = [one.daily.claim(account) for account in people for one in (app, other)]
    givings = [one.daily.give_all() for one in (app, other) * 2]
    await asyncio.gather(*askings, *givings, return_exceptions=True)
    assert await amounts(app, people) == [105] * 5
    assert (await verify_ledger(app.stores)).problems == ()


async def test_who_is_suspended_or_has_left_gets_none(app: App) -> None:
    suspended, left, fine = await several(app)
    await app.stores.accounts.suspend(suspended.id, "rude")
    await app.privacy.delete(left)
    assert await app.daily.give_all() == 1
    assert await amounts(app, [suspended, left, fine]) == [100, 100, 105]


async def test_linked_accounts_are_one(app: App, clock: ManualClock) -> None:
    await sight(app, clock, ALICE, BOB)
    await link(app, ALICE, BOB)
    assert await app.daily.give_all() == 1
    assert await available(app) == 205


async def test_more_than_a_page_of_people_all_get_theirs(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.credits.daily.PAGE", 2)
    people = await several(app, 5)
    assert await app.daily.give_all() == 5
    assert await amounts(app, people) == [105] * 5


async def test_a_failing_database_is_no_loss_as_the_next_round_gives_the_rest(app: App) -> None:
    people = await several(app)
    faulty = app_on(app, meddled(app.stores, before=Fault(2)))
    with pytest.raises(StoreBusy):
        await faulty.daily.give_all()
    assert await faulty.daily.give_all() == 2
    assert await amounts(app, people) == [105] * 3


async def test_nobody_gets_any_where_there_are_none(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, daily_free_credits=0), clock) as app:
        await several(app)
        assert await app.daily.give_all() == 0


async def test_a_claim_that_a_link_overtakes_gets_nothing_when_the_joint_account_has_claimed(
    app: App, clock: ManualClock
) -> None:
    _, new = await sight(app, clock, ALICE, BOB)
    await link(app, ALICE, BOB)
    await app.daily.claim(await person(app))
    assert await app.daily.is_claimed(new)
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(new)
    assert await available(app) == 205


def granting(account: Account) -> Grant:
    """What a claim is about to write that has looked before a merge."""
    return Grant(account.id, f"daily:{account.id}:{utc_date(NOON)}", 5, Origin.FREE)


@pytest.mark.parametrize("step", ["merge", "move out"])
async def test_of_a_claim_in_the_midst_of_a_merge_and_one_after_it_only_the_first_counts(
    app: App, clock: ManualClock, step: str
) -> None:
    """A claim has looked, then its account was merged; while it pauses, its heir claims."""
    old, new = await sight(app, clock, ALICE, BOB)
    await joined(app, old, new, step)
    await app.daily.claim(old)
    with pytest.raises(AccountMoved):
        await app.ledger.execute(granting(new))
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(new)
    await app.linking.recover()
    assert await available(app) == await money(app, old, new) == 205


async def test_a_claim_that_was_faster_than_the_end_of_its_merge_counts_for_the_heir(
    app: App, clock: ManualClock
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await joined(app, old, new, "merge")
    await app.ledger.execute(granting(new))
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(old)
    assert await available(app) == await money(app, old, new) == 205


async def test_a_claim_whose_account_is_merged_before_it_writes_goes_to_the_heir_once(
    app: App, clock: ManualClock
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    overtaken = app_on(app, meddled(app.stores, before=Once("append", lambda: joined(app, old, new, "drained"))))
    entry = await overtaken.daily.claim(new)
    assert entry.account == old.id
    with pytest.raises(AlreadyClaimed):
        await app.daily.claim(old)
    assert await money(app, old, new) == 205


async def test_a_claim_whose_account_is_merged_into_one_that_claims_before_it_writes_gets_nothing(
    app: App, clock: ManualClock
) -> None:
    old, new = await sight(app, clock, ALICE, BOB)

    async def merge_and_claim() -> None:
        await joined(app, old, new, "drained")
        await app.daily.claim(old)

    overtaken = app_on(app, meddled(app.stores, before=Once("append", merge_and_claim)))
    with pytest.raises(AlreadyClaimed):
        await overtaken.daily.claim(new)
    assert await money(app, old, new) == 205


def aged(folder: Path, days: int) -> Settings:
    """Settings under which free credits are for accounts of that age."""
    folder.mkdir()
    (folder / "small.toml").write_text(f"{SMALL_MODELS}[limits]\nfree_credits_after_days = {days}\n")
    return settings_in(folder)


async def test_an_account_that_is_too_new_is_told_when_it_may_have_them(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(aged(tmp_path / "aged", 3), clock) as app:
        account = await person(app)
        clock.move(3 * DAY - 1)
        with pytest.raises(FreeCreditsLater) as caught:
            await app.daily.claim(account)
        assert (caught.value.at, await app.daily.give_all(), await available(app)) == (NOON + 3 * DAY, 0, 100)
        clock.move(1)
        assert (await app.daily.claim(account)).amount == 5
