"""How requests went is written down once each."""

import asyncio

import pytest

from core.app import App
from core.clock import DAY, MINUTE
from core.errors import StoreBusy
from core.jobs.model import ChatSpec, Failure
from core.observe.model import Indicators, Usage
from tests.core.jobs.test_settlement import a_job, brought
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, NOON, ManualClock

SAID = Indicators(total_ms=5, status="done")


async def recorded(app: App) -> Usage:
    usage = await app.stores.usage.get("r")
    assert usage is not None
    return usage


async def test_a_request_is_recorded_once_however_often_it_is_told(app: App) -> None:
    other = app_on(app, app.stores)
    await asyncio.gather(*((app, other)[n % 2].recorder.request("r", "a", ALICE, "balance", SAID) for n in range(8)))
    [rollup] = await app.stores.usage.rollups("2026-11-23", "2026-11-23")
    assert (rollup.counters["requests"], sum(rollup.histograms["totalMs"])) == (1, 1)


async def test_a_job_is_recorded_once_however_often_it_is_settled(app: App) -> None:
    job = a_job(state="done", result=brought(2), finished_at=NOON + MINUTE)
    for _ in range(3):
        await app.recorder.job(job, 20, {})
    [rollup] = await app.stores.usage.rollups("2026-11-23", "2026-11-23")
    assert (rollup.counters["requests"], rollup.counters["credits"], rollup.counters["pictures"]) == (1, 20, 2)


async def test_what_is_told_later_does_not_change_the_record(app: App) -> None:
    await app.recorder.request("r", "a", ALICE, "balance", SAID)
    await app.recorder.request("r", "a", ALICE, "balance", SAID.model_copy(update={"total_ms": 9.0}))
    assert (await recorded(app)).indicators == SAID


async def test_a_request_that_cannot_be_recorded_is_answered_all_the_same(app: App) -> None:
    faulty = app_on(app, meddled(app.stores, before=Fault(1)))
    await faulty.recorder.request("r", "a", ALICE, "balance", SAID)
    assert await app.stores.usage.get("r") is None


async def test_a_job_that_cannot_be_recorded_says_so_to_be_recorded_later(app: App) -> None:
    faulty = app_on(app, meddled(app.stores, before=Fault(1)))
    with pytest.raises(StoreBusy):
        await faulty.recorder.job(a_job(state="done", result=brought(1)), 10, {})


async def test_rollups_are_by_day_account_provider_and_operation(app: App, clock: ManualClock) -> None:
    said = SAID.model_copy(update={"provider_used": "demo"})
    await app.recorder.request("r1", "a", ALICE, "image", said)
    await app.recorder.request("r2", "a", ALICE, "image", said)
    await app.recorder.request("r3", "b", ALICE, "image", said)
    await app.recorder.request("r4", "a", ALICE, "chat", said)
    await app.recorder.request("r5", "a", ALICE, "image", SAID)
    clock.move(DAY)
    await app.recorder.request("r6", "a", ALICE, "image", said)
    rollups = await app.stores.usage.rollups("2026-11-23", "2026-11-24")
    assert [(r.day[-2:], r.account, r.provider, r.operation, r.counters["requests"]) for r in rollups] == [
        ("23", "a", "demo", "chat", 1), ("23", "a", "demo", "image", 2), ("23", "a", "none", "image", 1),
        ("23", "b", "demo", "image", 1), ("24", "a", "demo", "image", 1),
    ]  # fmt: skip


async def test_the_time_of_a_job_runs_from_its_request_to_its_end(app: App) -> None:
    job = a_job(state="done", result=brought(2), finished_at=NOON + MINUTE)
    await app.recorder.job(job, 20, {"ai_ms": 5.0})
    usage = await recorded(app)
    assert (usage.indicators.total_ms, usage.indicators.ai_ms) == (MINUTE, 5.0)
    assert (usage.pictures, usage.credits, usage.operation, usage.model) == (2, 20, "image", "m")


async def test_a_job_without_an_end_ends_now(app: App, clock: ManualClock) -> None:
    clock.move(MINUTE)
    await app.recorder.job(a_job(state="failed", failure=Failure(code="internal", message="")), 0, {})
    usage = await recorded(app)
    assert (usage.indicators.total_ms, usage.indicators.status) == (MINUTE, "failed")
    assert usage.indicators.error_name == "internal"


async def test_the_parts_of_a_job_never_exceed_its_total(app: App) -> None:
    """Two clocks measure: one for instants, one for spans."""
    job = a_job(state="done", result=brought(1), finished_at=NOON + 1)
    await app.recorder.job(job, 0, {"ai_ms": 2.5, "db_ms": 0.25})
    said = (await recorded(app)).indicators
    assert said.total_ms == said.ai_ms + said.db_ms == 2.75


@pytest.mark.parametrize(("state", "status"), [("done", "done"), ("cancelled", "cancelled")])
async def test_a_chat_is_recorded_as_one(app: App, state: str, status: str) -> None:
    job = a_job(state=state, spec=ChatSpec(prompt="hello", model="demo-chat"), finished_at=NOON)
    await app.recorder.job(job, 0, {})
    usage = await recorded(app)
    assert (usage.operation, usage.indicators.status, usage.indicators.message_length) == ("chat", status, 5)
