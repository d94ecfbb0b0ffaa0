"""An admin gives and takes credits: once per request, written down, told, and through a crash at any write."""

import asyncio
from dataclasses import replace

import pytest
import structlog

from core.accounts.model import Account, Role
from core.admin.figures import Span
from core.admin.intents import Intent, Intents
from core.admin.model import Scope
from core.app import App
from core.clock import MINUTE
from core.credits.verify import verify_ledger
from core.errors import ActionRefused, BadOption, NotFound, RequestReused, RoleNeeded, ScopeNeeded, StoreBusy
from tests.core.accounts.test_linking import link, sight
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, heard, is_over
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, BOB, ManualClock

STEPS = ("intent", "entry", "audit", "over")


@pytest.fixture
async def anne(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def has(app: App, account: Account) -> int:
    """Credits beyond the welcome."""
    return (await app.ledger.balance(account.id)).available - app.settings.signup_credits


async def test_a_grant_is_in_the_ledger_in_the_audit_log_and_told(app: App, anne: Account) -> None:
    line = await acts(app).grant(BOSS, "r1", anne.id, 50, "for the  bug")
    assert (line.action, line.target, line.label, line.why) == ("grant", anne.id, "boss", "for the bug")
    assert (line.before, line.after) == ({"available": 100}, {"credits": 50, "available": 150})
    assert await has(app, anne) == 50
    [entry] = [entry for entry in await app.stores.ledger.entries(anne.id) if entry.op == "admin:r1"]
    assert (entry.amount, entry.ref) == (50, "for the bug")
    assert await app.stores.audit.page(None, 9) == [line]
    [message] = await heard(app, ALICE)
    assert "+50 credits** from the operator: for the bug." in message
    assert [event.kind for event in await app.stores.events.page(None, 9) if event.kind != "usage"][:1] == ["grant"]
    assert await is_over(app)


async def test_the_same_request_is_one_grant_and_answers_the_same(app: App, anne: Account, clock: ManualClock) -> None:
    first = await acts(app).grant(BOSS, "r1", anne.id, 50)
    clock.move(MINUTE)
    assert await acts(app).grant(BOSS, "r1", anne.id, 50) == first
    assert await has(app, anne) == 50
    assert len(await heard(app, ALICE)) == 1


async def test_the_id_of_a_request_is_not_taken_for_something_else(app: App, anne: Account) -> None:
    bob = await app.accounts.for_identity(BOB)
    await acts(app).grant(BOSS, "r1", anne.id, 50)
    for again in (
        acts(app).grant(BOSS, "r1", anne.id, 51),
        acts(app).grant(BOSS, "r1", bob.id, 50),
        acts(app).revoke(BOSS, "r1", anne.id, 50),
        acts(app).grant(replace(BOSS, id="token:other"), "r1", anne.id, 50),
    ):
        with pytest.raises(RequestReused):
            await again
    assert (await has(app, anne), await has(app, bob)) == (50, 0)


async def test_credits_are_taken_and_the_person_hears_of_it(app: App, anne: Account) -> None:
    line = await acts(app).revoke(BOSS, "r1", anne.id, 30, "spam")
    assert line.after == {"credits": 30, "available": 70}
    assert await has(app, anne) == -30
    assert "taken 30 credits from you: spam" in (await heard(app, ALICE))[0]
    assert await acts(app).revoke(BOSS, "r1", anne.id, 30, "spam") == line


async def test_what_is_given_and_taken_is_in_the_books(app: App, anne: Account) -> None:
    await acts(app).grant(BOSS, "r1", anne.id, 50)
    await acts(app).revoke(BOSS, "r2", anne.id, 30)
    books = (await app.reports.stats(Span("2026-11-23", "2026-11-23"))).books
    assert (books.granted["promo"], books.taken_back, books.outstanding) == (50, 30, 120)


async def test_more_than_there_is_cannot_be_taken_and_how_much_there_is_is_said(app: App, anne: Account) -> None:
    with pytest.raises(ActionRefused, match="They have 100 credits, not 101"):
        await acts(app).revoke(BOSS, "r1", anne.id, 101)
    assert await has(app, anne) == 0
    assert await app.stores.audit.page(None, 9) == []
    assert await is_over(app)


async def test_what_was_spent_just_before_cannot_be_taken_either(app: App, anne: Account) -> None:
    """The look before saw enough; the ledger decides."""

    async def spend(verb: str) -> None:
        if verb == "append":
            spent.setdefault("line", await acts(app).revoke(BOSS, "other", anne.id, 90))

    spent: dict[str, object] = {}
    slow = app_on(app, meddled(app.stores, before=spend))
    with pytest.raises(ActionRefused, match="They have 10 credits, not 50"):
        await acts(slow).revoke(BOSS, "r1", anne.id, 50)
    assert await has(app, anne) == -90
    assert await is_over(app)


@pytest.mark.parametrize("credits", [0, -5, 1_000_001])
async def test_amounts_that_make_no_sense_are_refused(app: App, anne: Account, credits: int) -> None:
    for action in (acts(app).grant, acts(app).revoke):
        with pytest.raises(BadOption):
            await action(BOSS, "r1", anne.id, credits)
    assert await has(app, anne) == 0


async def test_only_an_admin_with_the_right_scope_does_it(app: App, anne: Account) -> None:
    with pytest.raises(RoleNeeded):
        await acts(app).grant(replace(BOSS, role=Role.SUBSCRIBER), "r1", anne.id, 50)
    with pytest.raises(ScopeNeeded):
        await acts(app).grant(replace(BOSS, scopes=frozenset({Scope.READ})), "r1", anne.id, 50)
    with pytest.raises(NotFound):
        await acts(app).grant(BOSS, "r1", "anobody", 50)
    assert await has(app, anne) == 0


@pytest.mark.parametrize(("step", "sign"), [(step, sign) for step in STEPS for sign in (1, -1)])
async def test_a_crash_at_any_write_is_made_good_by_whoever_comes_next(
    app: App, anne: Account, clock: ManualClock, step: str, sign: int
) -> None:
    failing = app_on(app, meddled(app.stores, before=Fault(STEPS.index(step) + 1)))
    ask = acts(failing).grant if sign > 0 else acts(failing).revoke
    with pytest.raises(StoreBusy):
        await ask(BOSS, "r1", anne.id, 50)
    clock.move(MINUTE)
    await app.admin.recover()
    assert await has(app, anne) == (0 if step == "intent" else sign * 50)
    again = acts(app).grant if sign > 0 else acts(app).revoke
    line = await again(BOSS, "r1", anne.id, 50)
    assert line.before == {"available": 100}
    assert await app.stores.audit.page(None, 9) == [line]
    assert await has(app, anne) == sign * 50
    assert len(await heard(app, ALICE)) == 1
    assert await is_over(app)
    assert (await verify_ledger(app.stores)).problems == ()


@pytest.mark.parametrize("step", STEPS[:3])
async def test_after_a_crash_the_same_request_goes_on_at_once(
    app: App, anne: Account, clock: ManualClock, step: str
) -> None:
    failing = app_on(app, meddled(app.stores, after=Fault(STEPS.index(step) + 1)))
    with pytest.raises(StoreBusy):
        await acts(failing).revoke(BOSS, "r1", anne.id, 80)
    line = await acts(app).revoke(BOSS, "r1", anne.id, 80)
    assert (line.before, await has(app, anne)) == ({"available": 100}, -80)
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await has(app, anne), len(await heard(app, ALICE))) == (-80, 1)
    assert await is_over(app)


async def test_somebody_who_was_linked_meanwhile_is_given_to_where_they_went(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await acts(app).grant(BOSS, "r0", new.id, 5)
    merged = await link(app, ALICE, BOB)
    before = await has(app, merged)
    line = await acts(app).grant(BOSS, "r1", new.id, 50)
    assert (line.target, await has(app, merged)) == (old.id, before + 50)
    assert (await acts(app).grant(BOSS, "r0", new.id, 5)).target == new.id
    assert await has(app, merged) == before + 50


async def test_who_has_deleted_their_account_is_given_nothing(app: App, anne: Account) -> None:
    await app.privacy.delete(anne)
    with pytest.raises(ActionRefused, match="deleted"):
        await acts(app).grant(BOSS, "r1", anne.id, 50)
    with pytest.raises(ActionRefused, match="deleted"):
        await acts(app).suspend(BOSS, "r2", anne.id, "spam")


async def test_an_action_that_crashes_keeps_no_other_one_waiting(app: App, anne: Account, clock: ManualClock) -> None:
    """Such as one that a newer version has begun."""
    intents = Intents(app.stores.settings)
    unknown = Intent(request="r0", actor="token:x", label="x", action="teleport", target=anne.id, at=clock.now())
    await intents.begin(unknown)
    await intents.begin(unknown.model_copy(update={"request": "r1", "action": "grant", "args": {"credits": 5}}))
    clock.move(MINUTE)
    with structlog.testing.capture_logs() as logs:
        await app.admin.recover()
    assert [entry["event"] for entry in logs] == ["action crashed"]
    assert await has(app, anne) == 5
    assert [intent.request for intent in await intents.open()] == ["r0"]


async def test_many_at_once_are_each_done_once(app: App, anne: Account) -> None:
    """All that are under way share one document."""
    requests = [f"r{number}" for number in range(12)]
    await asyncio.gather(*(acts(app).grant(BOSS, request, anne.id, 1) for request in [*requests, *requests]))
    assert await has(app, anne) == 12
    assert sorted(line.id for line in await app.stores.audit.page(None, 99)) == sorted(requests)
    assert await is_over(app)
