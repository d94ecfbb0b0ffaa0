"""What Prometheus is told: each thing counted once, under names and labels that stay bounded."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from core.app import App
from core.clock import DAY, HOUR, SECOND
from core.credits.model import Origin
from core.credits.operations import Adjust, Grant
from core.observe import scrape
from core.observe.cursor import SCOPE, Cursor
from core.observe.metrics import Bounded, Metrics
from core.observe.model import CallCost, Indicators, Usage
from core.observe.scrape import Scrape
from core.requests import Accepted
from core.schedule import tasks_of
from tests.fakes import Fault, meddled, settled, working
from tests.support import ALICE, NOON, ManualClock, imagine, opened, settings_in

SAID = Indicators(total_ms=5, status="done")
Sample = tuple[str, frozenset[tuple[str, str]]]


def read(page: bytes) -> dict[Sample, float]:
    """A page as Prometheus reads it."""
    families = text_string_to_metric_families(page.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(samples: dict[Sample, float], name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    async with opened(settings_in(tmp_path, metrics_token="a-token-for-prometheus"), clock) as app:
        yield app


async def page(app: App) -> dict[Sample, float]:
    """As it is now, however short ago it was asked."""
    assert app.scrape is not None
    app.scrape._asked_at = None
    return read(await app.scrape.text())


def usage(**changes: object) -> Usage:
    values: dict[str, object] = {
        "request_id": "r", "account": "a", "platform": "discord", "operation": "image", "at": NOON, "indicators": SAID,
    }  # fmt: skip
    return Usage.model_validate(values | changes)


async def test_a_whole_request_is_counted_once_from_its_hold_to_its_latencies(app: App) -> None:
    async with working(app):
        accepted = await app.requests.submit(imagine())
        assert isinstance(accepted, Accepted)
        await settled(app, accepted.job.id)
    now = await page(app)
    assert value(now, "easel_requests_total", operation="image", status="done", platform="playground") == 1
    assert value(now, "easel_provider_calls_total", provider="demo", model="demo-art", outcome="done") == 1
    for change in ("held", "charged"):
        assert value(now, "easel_credits_total", change=change) == 10
    assert value(now, "easel_credits_granted_total", origin="free") == 100
    assert value(now, "easel_pictures_total", model="demo-art") == 1
    for part in ("total", "db", "cache_read", "credit", "ai", "cache_write"):
        assert value(now, "easel_request_latency_seconds_count", part=part, operation="image") == 1
    total = value(now, "easel_request_latency_seconds_sum", part="total", operation="image")
    assert 0 <= total < HOUR / SECOND
    assert value(now, "easel_earned_usd_total", operation="image", model="demo-art") == pytest.approx(0.0998)


async def test_a_record_that_is_told_again_is_not_counted_again(app: App) -> None:
    await asyncio.gather(*(app.recorder.request("r", "a", ALICE, "balance", SAID) for _ in range(5)))
    assert (
        value(await page(app), "easel_requests_total", operation="balance", status="done", platform="playground") == 1
    )


async def test_an_operation_that_is_asked_for_again_moves_no_credits(app: App) -> None:
    for _ in range(3):
        await app.ledger.execute(Grant("a", "g", 50, Origin.PAID))
        await app.ledger.execute(Adjust("a", "minus", -20, "a mistake"))
    now = await page(app)
    assert value(now, "easel_credits_granted_total", origin="paid") == 50
    assert value(now, "easel_credits_total", change="revoked") == 20


def test_costs_failures_and_stand_ins_are_told_apart() -> None:
    metrics = Metrics()
    calls = (
        CallCost(provider="openai", model="gpt", outcome="retryable", cost=0),
        CallCost(provider="gemini", model="flash", outcome="done", cost=2_500_000_000),
        CallCost(provider="gemini", model="flash", outcome="unknown"),
    )
    said = Indicators(total_ms=1, status="failed", fallback_used=True, cached=True, error_name="generation_failed")
    record = usage(calls=calls, indicators=said)
    metrics.recorded(record)
    metrics.recorded(record.addition(2, CallCost(provider="gemini", model="flash", outcome="done", cost=500_000_000)))
    now = read(generate_latest(metrics.registry))
    assert value(now, "easel_cost_usd_total", provider="gemini", model="flash") == pytest.approx(3.0)
    assert value(now, "easel_cost_unknown_total", provider="gemini", model="flash") == 1
    assert value(now, "easel_provider_calls_total", provider="openai", model="gpt", outcome="retryable") == 1
    assert value(now, "easel_provider_calls_total", provider="gemini", model="flash", outcome="done") == 1
    assert value(now, "easel_provider_calls_reconciled_total", provider="gemini", outcome="done") == 1
    assert value(now, "easel_requests_fallback_total", operation="image") == 1
    assert value(now, "easel_requests_cached_total", operation="image") == 1
    assert value(now, "easel_request_errors_total", error="generation_failed") == 1
    assert value(now, "easel_requests_total", operation="image", status="failed", platform="discord") == 1


async def test_the_queue_and_the_age_of_its_oldest_job_are_asked_of_the_database(app: App, clock: ManualClock) -> None:
    await app.requests.submit(imagine("one"))
    clock.move(90 * SECOND)
    await app.requests.submit(imagine("two"))
    now = await page(app)
    assert value(now, "easel_jobs", state="queued") == 2
    assert value(now, "easel_jobs_oldest_queued_age_seconds") == 90
    assert value(now, "easel_database_up") == 1
    assert value(now, "easel_provider_breaker", provider="demo", state="closed") == 1


async def test_the_database_is_not_asked_more_often_than_every_few_seconds(app: App) -> None:
    asked: list[str] = []

    async def note(verb: str) -> None:
        asked.append(verb)

    looking = scrape_of(app, replace(meddled(app.stores, before=note)).jobs)
    await asyncio.gather(*(looking.text() for _ in range(20)))
    assert asked == ["queue"]


def scrape_of(app: App, jobs: object) -> Scrape:
    check, health = app.ledger_check, app.chain.health
    return Scrape(Metrics(), jobs, app.stores.settings, check, ["demo"], health, app.clock)  # type: ignore[arg-type]  # the one verb it needs


async def test_events_that_are_not_taken_are_told(app: App) -> None:
    assert value(await page(app), "easel_events_push_failures") == 0
    stuck = Cursor.starting(NOON).failed(NOON, None).failed(NOON, None)
    assert await app.stores.settings.put(SCOPE, stuck.model_dump_json(), 0)
    assert value(await page(app), "easel_events_push_failures") == 2


async def test_without_a_database_the_other_numbers_are_there(app: App) -> None:
    busy = meddled(app.stores, before=Fault(1, lasts=99, reads=True)).jobs
    now = read(await scrape_of(app, busy).text())
    assert value(now, "easel_database_up") == 0
    assert [name for name, _ in now if name == "easel_build_info"]


async def test_a_database_that_hangs_is_not_waited_for(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrape, "LIMIT_SECONDS", 0.02)

    async def hang(verb: str) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        now = read(await scrape_of(app, meddled(app.stores, before=hang).jobs).text())
    assert value(now, "easel_database_up") == 0


async def test_wrong_books_are_told_until_they_are_right(app: App, clock: ManualClock) -> None:
    [task] = [each for each in tasks_of(app) if each.name == "ledger check"]
    assert value(await page(app), "easel_ledger_checked_timestamp_seconds") == 0
    entry = await app.ledger.execute(Grant("a", "g", 50, Origin.PAID))
    await app.stores.ledger.append(replace(entry, seq=3, op="lost"), None)
    await task.run()
    now = await page(app)
    assert value(now, "easel_ledger_problems") == 1
    assert value(now, "easel_ledger_checked_timestamp_seconds") == NOON / SECOND
    clock.move(22 * HOUR)
    await task.run()
    assert value(await page(app), "easel_ledger_checked_timestamp_seconds") == NOON / SECOND
    clock.move(2 * HOUR)
    await task.run()
    assert value(await page(app), "easel_ledger_checked_timestamp_seconds") == (NOON + DAY) / SECOND


def test_labels_stay_bounded() -> None:
    bounded = Bounded(3)
    assert [bounded(name) for name in ("a", "b", "a", None, "c", "d", "b")] == [
        "a", "b", "a", "none", "other", "other", "b",
    ]  # fmt: skip


async def test_no_label_names_a_person_and_names_follow_the_conventions(app: App) -> None:
    await app.requests.submit(imagine())
    await app.recorder.request("r", "acc-secret", ALICE, "balance", SAID)
    text = (await app.scrape.text()).decode() if app.scrape else ""
    assert "alice" not in text
    assert "acc-secret" not in text
    names = set(re.findall(r"^# TYPE (\S+) counter", text, re.MULTILINE))
    assert names
    assert all(re.fullmatch(r"easel_[a-z_]+_total", name) for name in names)


async def test_nothing_is_counted_where_nobody_asks(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)) as app:
        assert app.scrape is None
        await app.recorder.request("r", "a", ALICE, "balance", SAID)
