"""Prices, models, limits and the pause: what admins switch holds for the next request, in every process."""

import pytest

from core.accounts.model import Role
from core.admin.switches import KEPT_FOR
from core.app import App
from core.clock import MINUTE
from core.errors import ActionRefused, BadOption, ModelOff, Paused, RateLimited, StoreBusy, UnknownModel
from core.requests import Accepted
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, is_over
from tests.fakes import Fault, app_on, meddled, settled, working
from tests.support import ManualClock, chat, imagine


async def total(app: App, request: str, **wish: object) -> int:
    """What an accepted request may cost."""
    outcome = await app.requests.submit(imagine(request, **wish))  # type: ignore[arg-type]  # a test knows what it gives
    assert isinstance(outcome, Accepted)
    await acts(app).cancel(BOSS, f"cancel:{request}", outcome.job.id)
    return outcome.job.quote.total


async def test_nothing_is_made_while_it_is_paused_and_nothing_is_held(app: App) -> None:
    accepted = await app.requests.submit(imagine("i0"))
    assert isinstance(accepted, Accepted)
    line = await acts(app).pause(BOSS, "r1", "prices are being checked")
    assert (line.before, line.after) == ({"paused": False}, {"paused": True})
    for request in (imagine("i1"), chat("c1")):
        with pytest.raises(Paused, match="prices are being checked"):
            await app.requests.submit(request)
    assert len(await app.stores.jobs.page(None, 9)) == 1
    async with working(app):
        assert (await settled(app, accepted.job.id)).result is not None
    with pytest.raises(ActionRefused, match="paused already"):
        await acts(app).pause(BOSS, "r2")
    await acts(app).resume(BOSS, "r3")
    assert await total(app, "i2") == 10
    with pytest.raises(ActionRefused, match="not paused"):
        await acts(app).resume(BOSS, "r4")


async def test_other_processes_obey_within_seconds(app: App, clock: ManualClock) -> None:
    other = app_on(app, app.stores)
    assert await total(other, "i1") == 10
    await acts(app).pause(BOSS, "r1")
    clock.move(KEPT_FOR)
    with pytest.raises(Paused):
        await other.requests.submit(imagine("i2"))


async def test_another_price_is_quoted_from_then_on(app: App) -> None:
    line = await acts(app).price(BOSS, "r1", "demo-art", 12)
    assert (line.before, line.after) == ({"price": 10}, {"credits": 12, "price": 12})
    assert await total(app, "i1", count=2) == 24
    await acts(app).price(BOSS, "r2", "demo-art", None)
    assert await total(app, "i2", count=2) == 20
    for model, credits, error in (
        ("nobody", 1, UnknownModel),
        ("demo-art", -1, BadOption),
        ("square", 10**7, BadOption),
    ):
        with pytest.raises(error):
            await acts(app).price(BOSS, "r3", model, credits)


async def test_a_model_that_is_off_is_neither_asked_for_nor_stands_in(app: App) -> None:
    await acts(app).model(BOSS, "r1", "demo-art", enabled=False)
    outcome = await app.requests.submit(imagine("i1"))
    assert isinstance(outcome, Accepted)
    assert (outcome.job.spec.model, outcome.job.quote.total) == ("square", 3)
    with pytest.raises(ModelOff, match="demo-art is switched off"):
        await app.requests.submit(imagine("i2", model="demo-art"))
    with pytest.raises(ActionRefused, match="last image model"):
        await acts(app).model(BOSS, "r2", "square", enabled=False)
    with pytest.raises(ActionRefused, match="last chat model"):
        await acts(app).model(BOSS, "r3", "demo-chat", enabled=False)
    await acts(app).model(BOSS, "r4", "demo-art", enabled=True)
    assert await total(app, "i3", model="demo-art") == 10


async def test_a_limit_of_a_role_is_another(app: App) -> None:
    line = await acts(app).limit(BOSS, "r1", Role.USER, 1)
    assert (line.before, line.after) == ({"limit": 20}, {"per_day": 1, "limit": 1})
    await app.requests.submit(imagine("i1"))
    with pytest.raises(RateLimited):
        await app.requests.submit(imagine("i2"))
    assert (await acts(app).limit(BOSS, "r2", Role.USER, None)).after["limit"] == 20
    await app.requests.submit(imagine("i3"))
    with pytest.raises(BadOption):
        await acts(app).limit(BOSS, "r4", Role.USER, 0)


@pytest.mark.parametrize("write", [1, 2, 3, 4])
async def test_a_crash_at_any_write_is_made_good(app: App, clock: ManualClock, write: int) -> None:
    """The intent, the switch, the audit line, the end of the intent."""
    failing = app_on(app, meddled(app.stores, before=Fault(write)))
    with pytest.raises(StoreBusy):
        await acts(failing).pause(BOSS, "r1", "why")
    clock.move(MINUTE)
    await app.admin.recover()
    assert ((await app.switches.now()).pause is not None) is (write > 1)
    line = await acts(app).pause(BOSS, "r1", "why")
    assert await app.stores.audit.page(None, 9) == [line]
    assert await is_over(app)


async def test_what_is_repeated_late_does_not_undo_what_another_admin_did(app: App, clock: ManualClock) -> None:
    failing = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await acts(failing).pause(BOSS, "r1", "why")
    clock.move(KEPT_FOR)
    await acts(app).resume(BOSS, "r2")
    clock.move(MINUTE)
    await app.admin.recover()
    assert (await app.switches.now()).pause is None
