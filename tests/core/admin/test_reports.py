"""Reports add up what was recorded, by whatever they are asked by."""

import pytest

from core.admin.figures import Figures, Filter, Percentiles, Span
from core.app import App
from core.clock import DAY, utc_date
from core.observe.model import BUCKETS_MS, CallCost, Indicators, Usage
from tests.support import ALICE, BOB, NOON, ManualClock

TODAY = utc_date(NOON)
SPAN = Span(TODAY, utc_date(NOON + DAY))


async def record(app: App, number: int, account: str, cost: int, **changes: object) -> None:
    said = Indicators(total_ms=120.0 + number, ai_ms=100, status="done", provider_used="p", fallback_used=number == 2)
    calls = (CallCost(provider="p", model="m", outcome="done", cost=cost),)
    usage = Usage(
        request_id=f"r{number}", account=account, platform="discord", operation="image", model="m", model_used="m",
        at=NOON, credits=10, pictures=1, calls=calls, earned=100, indicators=said,
    )  # fmt: skip
    await app.stores.usage.record(usage.model_copy(update=changes))


async def test_a_span_at_a_glance_has_every_day_and_the_sums_of_all(app: App, clock: ManualClock) -> None:
    alice, bob = await app.accounts.for_identity(ALICE), await app.accounts.for_identity(BOB)
    for number, account in enumerate((alice.id, alice.id, bob.id)):
        await record(app, number, account, cost=7)
    await record(app, 3, bob.id, cost=1, at=NOON + DAY, operation="chat")
    clock.move(DAY)
    stats = await app.reports.stats(SPAN)
    assert (stats.total.count("requests"), stats.total.count("pictures"), stats.total.cost_nano) == (4, 4, 22)
    assert (stats.total.earned_nano, stats.total.margin_nano) == (400, 378)
    assert stats.total.rate("fallback") == pytest.approx(0.25)
    assert [(day, figures.count("requests")) for day, figures, _ in stats.days] == [(SPAN.first, 3), (SPAN.last, 1)]
    assert (stats.books.users, stats.books.active) == (2, 2)
    assert [books.active for _, _, books in stats.days] == [2, 1]


async def test_a_place_where_nothing_happened_has_zeros(app: App) -> None:
    stats = await app.reports.stats(SPAN)
    assert (stats.total, stats.books.outstanding, stats.books.users) == (Figures(), 0, 0)
    assert len(stats.days) == 2
    assert await app.reports.costs(SPAN, ["provider"]) == []
    assert stats.total.rate("failed") == 0.0
    assert stats.total.latency("totalMs") == Percentiles()


async def test_costs_are_by_what_is_asked_and_of_what_is_asked(app: App) -> None:
    for number, (account, cost) in enumerate([("a", 5), ("b", 9), ("a", 1)]):
        await record(app, number, account, cost)
    await record(app, 9, "c", 50, operation="chat")
    reports = app.reports
    lines = await reports.costs(SPAN, ["account", "operation"])
    assert [(*line.by.values(), line.figures.cost_nano) for line in lines] == [
        ("c", "chat", 50), ("b", "image", 9), ("a", "image", 6)
    ]  # fmt: skip
    images = await reports.costs(SPAN, ["account"], Filter(operation="image"))
    assert [(line.by["account"], line.figures.count("requests")) for line in images] == [("b", 1), ("a", 2)]
    assert [line.by for line in await reports.costs(SPAN, ["day", "model"])] == [{"day": TODAY, "model": "m"}]
    assert (await reports.total(SPAN, Filter(account="a"))).cost_nano == 6
    assert (await reports.total(SPAN)).cost_nano == 65
    assert len(await reports.costs(SPAN, ["account"], limit=1)) == 1


async def test_percentiles_are_the_bounds_of_the_buckets(app: App) -> None:
    row = [0] * (len(BUCKETS_MS) + 1)
    row[0], row[3], row[-1] = 90, 8, 2
    figures = Figures(histograms={"totalMs": tuple(row)})
    assert figures.latency("totalMs") == Percentiles(100, 1.0, 10.0, 120_000.0)


async def test_who_was_merged_into_an_account_is_part_of_it(app: App, clock: ManualClock) -> None:
    alice = await app.accounts.for_identity(ALICE)
    clock.move(1)
    bob = await app.accounts.for_identity(BOB)
    await record(app, 1, bob.id, cost=5)
    await app.stores.accounts.merge(bob.id, alice.id)
    (line,) = await app.reports.costs(SPAN, ["account"], Filter(account=alice.id))
    assert (line.by["account"], line.figures.cost_nano) == (alice.id, 5)
