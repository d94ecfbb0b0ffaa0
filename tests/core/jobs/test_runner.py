"""The worker: from a claimed job to its end, whatever the provider does meanwhile."""

import asyncio

import pytest

from core.app import App
from core.clock import HOUR
from core.credits.operations import PlaceHold
from core.ids import job_id
from core.jobs.model import JobState
from core.providers.ports import Bill, ProviderRefused
from tests.core.jobs.running import paid, run
from tests.core.test_requests import accepted
from tests.fakes import app_on, meddled, settled, until, with_provider, working
from tests.fakes.providers import Gives, Hangs, Provider, Raises, crashes, fails, refuses
from tests.support import ALICE, BOB, ManualClock, chat, imagine


async def test_a_job_runs_to_its_result_is_paid_and_shown(app: App) -> None:
    job = await run(app, Provider(), imagine(count=2))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.DONE, 20, 20)
    assert job.result is not None
    assert len(job.result.pictures) == 2
    assert job.delivered_at is not None
    assert len(await app.stores.feed.since(str(ALICE), 0, 10)) == 1


async def test_a_question_is_answered_and_paid(app: App) -> None:
    job = await run(app, Provider(), chat())
    assert job.result is not None
    assert (job.result.text, job.charged, await paid(app, job)) == ("You said hello", 1, 1)


async def test_fewer_pictures_than_ordered_cost_less(app: App) -> None:
    job = await run(app, Gives(3), imagine(count=4))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.DONE, 30, 30)


async def test_more_pictures_than_ordered_cost_no_more_and_are_not_kept(app: App) -> None:
    job = await run(app, Gives(4), imagine(count=2))
    assert job.result is not None
    assert (len(job.result.pictures), job.charged, await paid(app, job)) == (2, 20, 20)


@pytest.mark.parametrize(
    ("provider", "code"),
    [
        (fails, "generation_failed"),
        (refuses, "generation_refused"),
        (crashes, "internal"),
        (lambda: Raises(TimeoutError()), "generation_failed"),
    ],
)
@pytest.mark.parametrize("request_", [imagine(), chat()])
async def test_a_failure_costs_nothing_and_does_not_count(
    app: App, provider: type[Provider], code: str, request_: object
) -> None:
    job = await run(app, provider(), request_)
    assert job.failure is not None
    assert (job.state, job.failure.code, job.charged, await paid(app, job)) == (JobState.FAILED, code, 0, 0)
    assert (await app.limits.left(job.account, 20)).remaining == 20
    assert job.delivered_at is not None


async def test_no_picture_at_all_is_a_failure(app: App) -> None:
    job = await run(app, Gives(0))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.FAILED, 0, 0)


async def test_a_job_whose_books_are_wrong_does_not_stop_the_worker(app: App, clock: ManualClock) -> None:
    """Its hold is smaller than its price, so it can never be settled. The next job must not suffer."""
    account = await app.accounts.for_identity(ALICE)
    await app.ledger.execute(PlaceHold(account.id, job_id("r1"), 5, app.clock.now() + HOUR, 2))
    await accepted(app, imagine("r1"))
    clock.move(1)
    good = await accepted(app, imagine("r2", BOB))
    async with working(with_provider(app, Provider())):
        assert (await settled(app, good.id, seconds=2)).state is JobState.DONE


async def test_what_a_crash_was_about_is_not_shown(app: App) -> None:
    job = await run(app, crashes())
    assert job.failure is not None
    assert "nobody thought of" not in job.failure.message


async def test_progress_is_told_while_it_works_and_forgotten_after(app: App) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()
    async with working(with_provider(app, provider)):

        async def told() -> bool:
            return app.signals.progress.get(job.id) == 0.5

        await until(told)
        provider.released.set()
        await settled(app, job.id)
        await asyncio.sleep(0)
        assert app.signals.progress == {}


async def test_a_worker_takes_several_jobs_at_a_time_and_no_more(app: App) -> None:
    for number, person in enumerate((ALICE, BOB, BOB)):
        await accepted(app, imagine(f"r{number}", person))
    provider = Hangs()
    async with working(with_provider(app, provider, concurrency=2)):
        await provider.started.wait()
        await asyncio.sleep(0.1)
        assert len(provider.calls) == 2


async def test_a_job_wakes_one_lane_and_not_all_of_them(app: App) -> None:
    looks = 0

    async def count(verb: str) -> None:
        nonlocal looks
        looks += verb == "claim"

    core = app_on(app, meddled(app.stores, before=count))
    async with working(with_provider(core, Provider(), concurrency=20)):
        job = await accepted(core, imagine())
        await settled(app, job.id)
    assert 2 <= looks < 20


@pytest.mark.parametrize(("bill", "left"), [(Bill(), 20), (Bill(billed=True), 19)])
async def test_a_refusal_that_the_operator_pays_for_counts_as_one_of_the_days_requests(
    app: App, bill: Bill, left: int
) -> None:
    """It is free for the person; if it did not count either, anybody could have as many billed as they like."""
    job = await run(app, Raises(ProviderRefused("Policy.", bill)))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.FAILED, 0, 0)
    assert (await app.limits.left(job.account, 20)).remaining == left
