"""How requests went, what they cost and what they earned is written down once each."""

import asyncio
import json

import pytest

from core.app import App
from core.clock import DAY, MINUTE
from core.errors import StoreBusy
from core.jobs.attempts import Attempt, Outcome, Tokens
from core.jobs.model import Job
from core.jobs.results import Failure
from core.jobs.specs import ChatSpec
from core.log import configure_logging
from core.observe.model import CallCost, Indicators, Rollup, Usage
from tests.core.jobs.test_settlement import a_job, brought
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, NOON, ManualClock

SAID = Indicators(total_ms=5, status="done")
CREDIT = 9_980_000
"""Nano-USD: 500 credits for 4.99 USD."""


def attempt(provider: str, outcome: Outcome | None, cost: int | None, **more: object) -> Attempt:
    values = {"provider": provider, "model": "m", "started_at": NOON, "outcome": outcome, "cost": cost}
    return Attempt.model_validate(values | more)


def done(*attempts: Attempt, **result: object) -> Job:
    return a_job(
        state="done", result=brought(2).model_copy(update=result), attempts=attempts, finished_at=NOON + MINUTE
    )


async def rows(app: App, counter: str) -> dict[tuple[str, str], int]:
    """One counter of today by provider and model."""
    found: list[Rollup] = await app.stores.usage.rollups("2026-11-23", "2026-11-23")
    return {(row.provider, row.model): row.counters.get(counter, 0) for row in found}


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


async def test_an_answer_from_the_cache_is_counted_at_the_model_that_gave_it_once(app: App) -> None:
    said = SAID.model_copy(update={"provider_used": "demo", "cached": True})
    await app.recorder.request("r1", "a", ALICE, "chat", said, model="one")
    await app.recorder.request("r2", "a", ALICE, "chat", said, model="one", served="two")
    await app.recorder.request("r3", "a", ALICE, "chat", SAID, model="one")
    assert await rows(app, "requests") == {("demo", "one"): 1, ("demo", "two"): 1, ("none", "none"): 1}
    usage = await app.stores.usage.get("r2")
    assert usage is not None
    assert (usage.model, usage.cost, usage.earned, usage.margin) == ("one", 0, 0, 0)


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


# --- costs and margins -----------------------------------------------------------------------------------------


async def test_a_record_has_every_call_with_its_cost_and_what_was_left(app: App) -> None:
    tokens = Tokens(input=9, output=5)
    job = done(
        attempt("p", "retryable", 0, error="provider_failed"),
        attempt("q", "done", 7_000, served="m-001", tokens=tokens),
    )
    await app.recorder.job(job, 20, {})
    usage = await recorded(app)
    assert usage.calls == (
        CallCost(provider="p", model="m", outcome="retryable", cost=0),
        CallCost(provider="q", model="m", served="m-001", outcome="done", tokens=tokens, cost=7_000),
    )
    assert (usage.cost, usage.earned, usage.margin) == (7_000, 20 * CREDIT, 20 * CREDIT - 7_000)


async def test_a_call_of_unknown_cost_makes_cost_and_margin_unknown(app: App) -> None:
    await app.recorder.job(done(attempt("p", "unknown", None), attempt("q", "done", 7)), 20, {})
    usage = await recorded(app)
    assert (usage.cost, usage.earned, usage.margin) == (None, 20 * CREDIT, None)
    assert (await rows(app, "cost_unknown"))["p", "m"] == 1


async def test_a_failed_job_earned_nothing_and_cost_what_it_cost(app: App) -> None:
    failure = Failure(code="generation_failed", message="")
    await app.recorder.job(a_job(state="failed", failure=failure, attempts=(attempt("p", "fatal", 5),)), 0, {})
    usage = await recorded(app)
    assert (usage.cost, usage.earned, usage.margin) == (5, 0, -5)


async def test_cost_and_margin_are_in_the_log_line(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    await app.recorder.job(done(attempt("p", "done", 7)), 1, {})
    await app.recorder.request("r2", "a", ALICE, "balance", SAID)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    said = [(line["requestId"], line["cost"], line["margin"]) for line in lines if line["event"] == "request"]
    assert said == [("r", 7, CREDIT - 7), ("r2", 0, 0)]


# --- the twelve indicators -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (done(attempt("demo", "done", 0)), ("done", "demo", False, False, None)),
        (done(attempt("p", "retryable", 0), attempt("demo", "done", 0), fallback_used=True),
         ("done", "demo", True, False, None)),
        (done(cached=True), ("done", "demo", False, True, None)),
        (a_job(state="failed", failure=Failure(code="generation_refused", message="")),
         ("refused", None, False, False, "generation_refused")),
        (a_job(state="failed", failure=Failure(code="generation_failed", message=""), result=brought(1)),
         ("failed", None, False, False, "generation_failed")),
        (a_job(state="cancelled", failure=Failure(code="cancelled", message="")),
         ("cancelled", None, False, False, "cancelled")),
    ],
    ids=["served", "fallback", "cached", "refused by the provider", "failed or late", "cancelled"],
)  # fmt: skip
async def test_who_served_is_said_only_when_somebody_did(
    app: App, job: Job, said: tuple[str, str | None, bool, bool, str | None]
) -> None:
    await app.recorder.job(job, 0, {})
    found = (await recorded(app)).indicators
    assert (found.status, found.provider_used, found.fallback_used, found.cached, found.error_name) == said
    at = ("demo", "m") if found.provider_used else ("none", "none")
    assert {row for row, count in (await rows(app, "requests")).items() if count} == {at}


async def test_the_parts_of_a_request_never_exceed_its_total(app: App) -> None:
    """Each was rounded by itself."""
    said = Indicators(total_ms=0.3, db_ms=0.101, credit_ms=0.2, status="done")
    await app.recorder.request("r", "a", ALICE, "balance", said)
    found = (await recorded(app)).indicators
    assert found.total_ms >= found.db_ms + found.credit_ms > 0.3


# --- what became known later -----------------------------------------------------------------------------------


async def reconcile(app: App, ended: Attempt, number: int = 0) -> None:
    await app.recorder.reconciled(done(*([attempt("q", "done", 1)] * number), ended), number)


async def test_what_became_of_a_call_is_added_once_and_as_no_request(app: App) -> None:
    await app.recorder.job(done(attempt("q", "done", 7), attempt("p", "unknown", None)), 20, {})
    for cost in (40, 50):
        await reconcile(app, attempt("p", "done", cost), 1)
    assert await rows(app, "requests") == {("demo", "m"): 1, ("p", "m"): 0, ("q", "m"): 0}
    assert await rows(app, "calls") == {("demo", "m"): 0, ("p", "m"): 1, ("q", "m"): 1}
    assert await rows(app, "cost_nano") == {("demo", "m"): 0, ("p", "m"): 40, ("q", "m"): 7}
    assert sum((await rows(app, "cost_unknown")).values()) == 0
    assert [usage.margin for usage in await app.stores.usage.of_accounts(["a"])] == [None, -40]


async def test_what_is_known_later_belongs_to_the_day_of_the_request(app: App, clock: ManualClock) -> None:
    await app.recorder.job(done(attempt("p", "unknown", None)), 0, {})
    clock.move(DAY)
    await reconcile(app, attempt("p", "done", 40))
    assert await app.stores.usage.rollups("2026-11-24", "2026-11-24") == []
    assert (await rows(app, "cost_nano"))["p", "m"] == 40


async def test_nothing_is_added_to_what_was_known_or_while_nothing_is(app: App) -> None:
    await reconcile(app, attempt("p", "done", 40))
    assert await rows(app, "calls") == {}
    await app.recorder.job(done(attempt("p", "unknown", None), attempt("q", "done", 7)), 0, {})
    before = await app.stores.usage.rollups("2026-11-23", "2026-11-23")
    await reconcile(app, attempt("p", "unknown", None))
    await reconcile(app, attempt("p", None, None))
    await reconcile(app, attempt("q", "done", 40), 1)
    await reconcile(app, attempt("p", "done", 40), 2)
    assert await app.stores.usage.rollups("2026-11-23", "2026-11-23") == before
    await reconcile(app, attempt("p", "done", 40))
    assert (await rows(app, "cost_nano"))["p", "m"] == 40


async def test_what_is_known_later_is_no_request_in_the_log_either(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("INFO")
    await app.recorder.job(done(attempt("p", "unknown", None)), 0, {})
    await reconcile(app, attempt("p", "done", 40))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["cost"]) for line in lines] == [("request", None), ("call reconciled", 40)]
