"""What an admin does is written down, done once, and driven on after a crash."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Audited
from core.app import App
from core.clock import MINUTE
from core.credits.verify import verify_ledger
from core.errors import BadOption, NotAllowed, NotFound, StoreBusy
from core.jobs.model import JobState
from core.payments.codes import Terms
from tests.core.test_requests import done
from tests.fakes import Fault, app_on, meddled
from tests.fakes.providers import fails
from tests.support import ALICE, ManualClock, imagine, opened, settings_in

BOSS = Identity("discord", "1")
OTHER = Identity("slack", "T1/U1")


@pytest.fixture
async def admin(app: App) -> Actor:
    account = await app.accounts.for_identity(BOSS)
    await app.stores.accounts.set_role(account.id, Role.ADMIN)
    return Actor(account.id, str(BOSS), Role.ADMIN, account=account.id)


async def available(app: App) -> int:
    account = await app.accounts.for_identity(ALICE)
    return (await app.ledger.balance(account.id)).available


async def lines(app: App) -> list[Audited]:
    return (await app.stores.audit.page(None, 50))[::-1]


async def test_a_grant_is_given_once_and_written_down_with_before_and_after(app: App, admin: Actor) -> None:
    alice = await app.accounts.for_identity(ALICE)
    for _ in range(3):
        await app.admin.grant(admin, "r1", str(ALICE), 50, "for  the\nbug")
    assert await available(app) == 150
    (line,) = await lines(app)
    assert (line.actor, line.label, line.action, line.target, line.why) == (
        admin.id, "discord:1", "grant", alice.id, "for the bug"
    )  # fmt: skip
    assert (line.before, line.after) == ({"available": 100, "debt": 0}, {"available": 150, "debt": 0})


async def test_a_double_click_acts_once(app: App, admin: Actor) -> None:
    await app.accounts.for_identity(ALICE)
    await asyncio.gather(*(app.admin.revoke(admin, "r1", str(ALICE), 60, "spam") for _ in range(5)))
    assert await available(app) == 40
    assert len(await lines(app)) == 1


async def test_no_more_is_taken_than_there_is(app: App, admin: Actor) -> None:
    await app.accounts.for_identity(ALICE)
    with pytest.raises(BadOption, match="at most 100"):
        await app.admin.revoke(admin, "r1", str(ALICE), 101)
    assert (await available(app), await lines(app)) == (100, [])


@pytest.mark.parametrize("credits", [0, -5, 1_000_001])
async def test_an_amount_that_cannot_be_is_refused(app: App, admin: Actor, credits: int) -> None:
    await app.accounts.for_identity(ALICE)
    with pytest.raises(BadOption, match="whole number"):
        await app.admin.grant(admin, "r1", str(ALICE), credits)


async def test_a_request_id_is_good_for_one_action_of_one_admin(app: App, admin: Actor) -> None:
    await app.accounts.for_identity(ALICE)
    await app.admin.grant(admin, "r1", str(ALICE), 5)
    for other, credits in ((admin, 6), (replace(admin, id="token:x"), 5)):
        with pytest.raises(BadOption, match="something else"):
            await app.admin.grant(other, "r1", str(ALICE), credits)
    assert await available(app) == 105


async def test_nobody_but_admins_acts_and_nobody_unknown_is_acted_on(app: App, admin: Actor) -> None:
    await app.accounts.for_identity(ALICE)
    with pytest.raises(NotAllowed):
        await app.admin.grant(replace(admin, role=Role.SUBSCRIBER), "r1", str(ALICE), 5)
    for unknown in ("a123", "discord:999", "nonsense", ""):
        with pytest.raises(NotFound):
            await app.admin.grant(admin, "r2", unknown, 5)
    assert await lines(app) == []


async def test_a_suspension_and_its_end_are_done_noted_and_forgive_strikes(app: App, admin: Actor) -> None:
    alice = await app.accounts.for_identity(ALICE)
    await app.stores.accounts.strike(alice.id, "x")
    with pytest.raises(BadOption, match="reason"):
        await app.admin.suspend(admin, "r0", alice.id, "  ")
    await app.admin.suspend(admin, "r1", alice.id, "spam")
    assert (await app.accounts.for_identity(ALICE)).suspended == "spam"
    await app.admin.unsuspend(admin, "r2", alice.id)
    await app.admin.suspend(admin, "r1", alice.id, "spam")  # the first request, delivered once more
    assert (await app.accounts.for_identity(ALICE)).suspended is None
    assert await app.stores.accounts.strikes(alice.id) == 0
    assert len(await app.stores.events.page(None, 9, kind="suspension")) == 2


async def test_roles_are_given_and_taken(app: App, admin: Actor) -> None:
    alice = await app.accounts.for_identity(ALICE)
    await app.admin.role(admin, "r1", alice.id, Role.SUBSCRIBER)
    assert (await app.accounts.for_identity(ALICE)).role is Role.SUBSCRIBER
    await app.admin.role(admin, "r2", alice.id, Role.USER, "was a mistake")
    assert (await app.accounts.for_identity(ALICE)).role is Role.USER
    assert [(line.before, line.after) for line in await lines(app)] == [
        ({"role": "user"}, {"role": "subscriber"}), ({"role": "subscriber"}, {"role": "user"})
    ]  # fmt: skip


async def test_nobody_raises_or_suspends_themselves(app: App, admin: Actor) -> None:
    for act in (
        app.admin.role(admin, "r1", admin.id, Role.USER), app.admin.suspend(admin, "r2", str(BOSS), "x"),
        app.admin.unsuspend(admin, "r3", admin.id),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="themselves"):
            await act


async def test_only_who_the_operator_named_acts_on_another_admin(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, admins=(BOSS,)), clock) as app:
        boss, other = await app.accounts.for_identity(BOSS), await app.accounts.for_identity(OTHER)
        await app.stores.accounts.set_role(other.id, Role.ADMIN)
        named = Actor(boss.id, "boss", Role.ADMIN, account=boss.id)
        made = Actor(other.id, "other", Role.ADMIN, account=other.id)
        for act in (app.admin.suspend(made, "r1", boss.id, "x"), app.admin.role(made, "r2", boss.id, Role.USER)):
            with pytest.raises(NotAllowed, match="named in ADMINS"):
                await act
        token = Actor("token:cli", "cli", Role.ADMIN)
        with pytest.raises(NotAllowed, match="named in ADMINS"):
            await app.admin.role(token, "r3", boss.id, Role.USER)
        await app.admin.role(named, "r4", other.id, Role.USER)
        assert (await app.accounts.for_identity(OTHER)).role is Role.USER


async def test_codes_are_shown_once(app: App, admin: Actor) -> None:
    line, codes = await app.admin.codes(admin, "r1", 3, Terms(20), "a fair")
    assert (line.after, line.asked["count"], len(set(codes))) == ({}, 3, 3)
    alice = await app.accounts.for_identity(ALICE)
    await app.codes.redeem(alice, codes[0], "x")
    assert await available(app) == 120
    with pytest.raises(BadOption, match="already"):
        await app.admin.codes(admin, "r1", 3, Terms(20), "a fair")
    with pytest.raises(BadOption):
        await app.admin.codes(admin, "r2", 0, Terms(20))
    written = str(await lines(app))
    assert not any(code in written for code in codes)


async def test_a_failed_picture_is_asked_for_once_more(app: App, admin: Actor) -> None:
    job = await done(app, imagine(), fails())
    assert job.state is JobState.FAILED
    for _ in range(2):
        await app.admin.retry(admin, "r1", job.id)
    again = [each for each in await app.stores.jobs.page(None, 9) if each.id != job.id]
    assert [(each.state, each.account, each.spec.prompt) for each in again] == [
        (JobState.QUEUED, job.account, "a red fox")
    ]  # fmt: skip
    with pytest.raises(BadOption, match="queued"):
        await app.admin.retry(admin, "r2", again[0].id)
    with pytest.raises(NotFound):
        await app.admin.retry(admin, "r3", "nothing")


async def test_an_order_that_is_not_there_cannot_be_refunded(app: App, admin: Actor) -> None:
    with pytest.raises(NotFound, match="no order"):
        await app.admin.refund(admin, "r1", "o1")


Act = Callable[[App, Actor], Awaitable[object]]
ACTIONS: dict[str, Act] = {
    "grant": lambda app, admin: app.admin.grant(admin, "r1", str(ALICE), 7),
    "revoke": lambda app, admin: app.admin.revoke(admin, "r1", str(ALICE), 7),
    "suspend": lambda app, admin: app.admin.suspend(admin, "r1", str(ALICE), "spam"),
    "role": lambda app, admin: app.admin.role(admin, "r1", str(ALICE), Role.SUBSCRIBER),
}


async def seen(app: App) -> tuple[object, ...]:
    alice = await app.accounts.for_identity(ALICE)
    return await available(app), alice.suspended, alice.role


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("driven_by", ["the scheduler", "the same request"])
async def test_a_crash_at_any_write_is_driven_on(
    app: App, admin: Actor, clock: ManualClock, tmp_path: Path, action: str, driven_by: str
) -> None:
    await app.accounts.for_identity(ALICE)
    before = await seen(app)
    for at in range(1, 9):
        fault = Fault(at, notes=True)
        with_fault = app_on(app, meddled(app.stores, before=fault))
        try:
            await ACTIONS[action](with_fault, admin)
        except StoreBusy:
            pass
        else:
            break
        if not await lines(app):
            assert await seen(app) == before
            continue
        clock.move(2 * MINUTE)
        if driven_by == "the scheduler":
            await app.admin.recover()
            await app.admin.recover()
        else:
            await ACTIONS[action](app, admin)
        break
    else:
        raise AssertionError("it never came to its end")
    after = await seen(app)
    assert after != before
    await ACTIONS[action](app, admin)
    await app.admin.recover()
    assert await seen(app) == after
    assert len(await lines(app)) == 1
    assert not (await verify_ledger(app.stores)).problems


async def test_what_became_impossible_meanwhile_has_a_line_that_says_so(
    app: App, admin: Actor, clock: ManualClock
) -> None:
    alice = await app.accounts.for_identity(ALICE)
    broken = app_on(app, meddled(app.stores, before=Fault(2)))
    with pytest.raises(StoreBusy):
        await broken.admin.revoke(admin, "r1", alice.id, 80)
    await app.admin.revoke(admin, "r2", alice.id, 90)
    clock.move(2 * MINUTE)
    await app.admin.recover()
    await app.admin.recover()
    assert await available(app) == 10
    assert [line.id for line in await lines(app)] == ["r1", "r2", "r1:refused"]
