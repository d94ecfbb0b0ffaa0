"""Roles and suspensions by an admin: who may, what it does, who is told, and what a crash leaves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.accounts.model import Account, Identity, Role
from core.app import App
from core.clock import MINUTE
from core.errors import ActionRefused, BadOption, StoreBusy, Suspended
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, actor_of, heard, is_over, promoted
from tests.fakes import Fault, Once, app_on, meddled
from tests.support import ALICE, ManualClock, imagine, opened, settings_in

CHIEF, CARL = Identity("playground", "chief"), Identity("playground", "carl")


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    settings = settings_in(tmp_path, admins=(CHIEF,), support_contact="help@example.org")
    async with opened(settings, clock) as app:
        yield app


@pytest.fixture
async def anne(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def test_a_role_is_changed_and_the_person_hears_of_it(app: App, anne: Account) -> None:
    line = await acts(app).role(BOSS, "r1", anne.id, Role.SUBSCRIBER, "won it")
    assert (line.before, line.after) == ({"was": "user"}, {"role": "subscriber"})
    assert (await app.accounts.for_identity(ALICE)).role is Role.SUBSCRIBER
    assert "Your role here is **subscriber** now." in (await heard(app, ALICE))[0]
    [event] = await app.stores.events.page(None, 9, kind="role")
    assert (event.account, event.data["target"]) == (anne.id, anne.id)


async def test_nobody_changes_their_own_role_or_suspends_themselves(app: App) -> None:
    chief = await actor_of(app, CHIEF)
    with pytest.raises(ActionRefused, match="themselves"):
        await acts(app).role(chief, "r1", chief.id, Role.USER)
    with pytest.raises(ActionRefused, match="themselves"):
        await acts(app).suspend(chief, "r2", chief.id)


async def test_an_admin_acts_on_another_only_if_the_settings_name_them(app: App, anne: Account) -> None:
    await promoted(app, ALICE)
    carl, chief = await promoted(app, CARL), await actor_of(app, CHIEF)
    with pytest.raises(ActionRefused, match="ADMINS names does that"):
        await acts(app).role(await actor_of(app, CARL), "r1", anne.id, Role.USER)
    with pytest.raises(ActionRefused, match="ADMINS names this person"):
        await acts(app).suspend(await actor_of(app, CARL), "r2", chief.id)
    await acts(app).role(chief, "r3", carl.id, Role.USER)
    assert (await app.accounts.for_identity(CARL)).role is Role.USER


async def test_the_last_admin_stays(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path), clock) as app:
        anne, carl = await promoted(app, ALICE), await promoted(app, CARL)
        await acts(app).role(BOSS, "r1", carl.id, Role.USER)
        with pytest.raises(ActionRefused, match="The last admin stays"):
            await acts(app).role(BOSS, "r2", anne.id, Role.USER)
        assert (await app.accounts.for_identity(ALICE)).role is Role.ADMIN


async def test_of_two_who_are_demoted_at_once_one_stays(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path), clock) as app:
        anne, carl = await promoted(app, ALICE), await promoted(app, CARL)
        between = Once("set_role", lambda: acts(app).role(BOSS, "r1", carl.id, Role.USER))
        with pytest.raises(ActionRefused, match="The last admin stays"):
            await acts(app_on(app, meddled(app.stores, before=between))).role(BOSS, "r2", anne.id, Role.USER)
        assert len(await app.stores.accounts.page(None, 9, role=Role.ADMIN)) == 1


async def test_who_is_suspended_is_told_why_and_whom_to_write_to(app: App, anne: Account) -> None:
    await acts(app).suspend(BOSS, "r1", anne.id, "spam in every channel")
    [told] = await heard(app, ALICE)
    assert "suspended: spam in every channel. If you think that is a mistake, write to help@example.org." in told
    with pytest.raises(Suspended, match="spam in every channel"):
        await app.requests.submit(imagine("i1"))
    with pytest.raises(ActionRefused, match="already"):
        await acts(app).suspend(BOSS, "r2", anne.id)
    line = await acts(app).unsuspend(BOSS, "r3", anne.id)
    assert (line.before, line.after) == ({"suspended": "spam in every channel"}, {"suspended": None})
    assert "not suspended any more" in (await heard(app, ALICE))[-1]
    await app.requests.submit(imagine("i2"))
    with pytest.raises(ActionRefused, match="not suspended"):
        await acts(app).unsuspend(BOSS, "r4", anne.id)
    assert len(await app.stores.events.page(None, 9, kind="suspension")) == 2


async def test_a_role_that_there_is_not_is_refused(app: App, anne: Account) -> None:
    with pytest.raises(BadOption):
        await app.admin.perform(BOSS, "role", "r1", anne.id, {"role": "king"})
    with pytest.raises(ActionRefused, match="already"):
        await acts(app).role(BOSS, "r2", anne.id, Role.USER)


@pytest.mark.parametrize("write", [1, 2, 3, 4])
async def test_a_crash_at_any_write_is_made_good(app: App, anne: Account, clock: ManualClock, write: int) -> None:
    """The intent, the suspension, the audit line, the end of the intent."""
    failing = app_on(app, meddled(app.stores, before=Fault(write)))
    with pytest.raises(StoreBusy):
        await acts(failing).suspend(BOSS, "r1", anne.id, "spam")
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.accounts.get(anne.id)).suspended == (None if write == 1 else "spam")
    line = await acts(app).suspend(BOSS, "r1", anne.id, "spam")
    assert await app.stores.audit.page(None, 9) == [line]
    assert (line.before, line.after) == ({"suspended": None}, {"suspended": "spam"})
    assert await is_over(app)


@pytest.mark.parametrize("write", [2, 3, 4, 5])
async def test_whoever_may_go_on_begins_anew_wherever_it_crashed(
    app: App, anne: Account, clock: ManualClock, write: int
) -> None:
    await app.stores.accounts.strike(anne.id, "bad words")
    await acts(app).suspend(BOSS, "r1", anne.id, "spam")
    failing = app_on(app, meddled(app.stores, before=Fault(write)))
    with pytest.raises(StoreBusy):
        await acts(failing).unsuspend(BOSS, "r2", anne.id)
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.accounts.get(anne.id)).suspended is None
    assert await app.stores.accounts.strikes(anne.id) == 0


async def test_what_is_repeated_late_does_not_undo_what_another_admin_did(
    app: App, anne: Account, clock: ManualClock
) -> None:
    failing = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await acts(failing).suspend(BOSS, "r1", anne.id, "spam")
    await acts(app).unsuspend(BOSS, "r2", anne.id)
    await app.stores.accounts.suspend(anne.id, "something else")
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.accounts.get(anne.id)).suspended == "something else"


async def test_nobody_becomes_admin_again_by_what_is_repeated_after_their_demotion(
    app: App, anne: Account, clock: ManualClock
) -> None:
    """The role was given, and a crash kept it from being written down; by then they are what they were before it."""
    await app.accounts.for_identity(CHIEF)  # or anne would be the last admin, who stays
    failing = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await acts(failing).role(BOSS, "r1", anne.id, Role.ADMIN)
    clock.move(1)
    await acts(app).role(BOSS, "r2", anne.id, Role.USER)
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.accounts.get(anne.id)).role is Role.USER
    assert await is_over(app)


async def test_nobody_is_suspended_again_by_what_is_repeated_after_they_were_let_go_on(
    app: App, anne: Account, clock: ManualClock
) -> None:
    failing = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await acts(failing).suspend(BOSS, "r1", anne.id, "spam")
    clock.move(1)
    await acts(app).unsuspend(BOSS, "r2", anne.id)
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.accounts.get(anne.id)).suspended is None
    assert await is_over(app)
