"""The pipeline when something happens midway: a link, a redelivery at the worst moment, a failing database."""

import asyncio

import pytest

from core.app import App
from core.clock import HOUR, MINUTE
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.errors import EaselError, InsufficientCredits, StoreBusy, StoreError
from core.jobs.model import JobState
from core.requests import Accepted
from core.settings import Settings
from tests.core.accounts.test_linking import link, sight
from tests.core.test_requests import accepted, done, person
from tests.fakes import Fault, Once, app_on, job_of, meddled, settled, with_provider, working
from tests.fakes.providers import Provider
from tests.support import ALICE, BOB, ManualClock, imagine, opened


async def balanced(app: App, credits: int = 100) -> None:
    """Whoever's job it was: it ran and was paid, or is gone and was not."""
    account = await person(app)
    balance = await app.ledger.balance(account.id)
    jobs = await app.stores.jobs.all_jobs([account.id])
    paid = sum(job.charged or 0 for job in jobs)
    assert (balance.available, balance.held, balance.debt) == (credits - paid, 0, 0)
    assert all(not job.is_open and job.settled_at for job in jobs)
    report = await verify_ledger(app.stores)
    assert (report.problems, report.open_holds) == ((), 0)


async def recover(app: App, clock: ManualClock) -> None:
    """What happens by itself in the next hours."""
    for wait in (MINUTE, 2 * HOUR):
        clock.move(wait)
        await app.sweeper.sweep()
        async with working(with_provider(app, Provider())):
            for job in await app.stores.jobs.open_jobs([(await person(app)).id]):
                await settled(app, job.id)


# --- linked meanwhile -----------------------------------------------------------------------------------------


async def test_an_account_merged_between_lookup_and_hold_is_followed(app: App, clock: ManualClock) -> None:
    old, _ = await sight(app, clock, ALICE, BOB)
    before = Once("create", lambda: link(app, ALICE, BOB))
    outcome = await app_on(app, meddled(app.stores, before=before)).requests.submit(imagine("r1", BOB))
    assert before.done
    assert isinstance(outcome, Accepted)
    assert (outcome.job.account, outcome.job.state) == (old.id, JobState.QUEUED)
    assert (await app.ledger.balance(old.id)).held == 10
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_request_that_followed_a_link_counts_once(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    before = Once("create", lambda: link(app, ALICE, BOB))
    await app_on(app, meddled(app.stores, before=before)).requests.submit(imagine("r1", BOB))
    assert [(await app.limits.left(account.id, 20)).remaining for account in (old, new)] == [20, 19]


async def test_a_request_refused_after_it_followed_a_link_is_recorded_too(app: App, clock: ManualClock) -> None:
    await sight(app, clock, ALICE, BOB)
    for number in range(2):
        await app.requests.submit(imagine(f"r{number}", ALICE))
    before = Once("create", lambda: link(app, ALICE, BOB))
    with pytest.raises(EaselError, match="in the works"):
        await app_on(app, meddled(app.stores, before=before)).requests.submit(imagine("late", BOB))
    usage = await app.stores.usage.get("late")
    assert usage is not None
    assert usage.indicators.error_name == "too_many_in_flight"


# --- delivered twice, at the worst moment ---------------------------------------------------------------------


async def test_a_refused_delivery_does_not_remove_the_job_that_its_twin_has_paid_for(
    settings: Settings, clock: ManualClock
) -> None:
    """One delivery lacks the credits; they arrive; its twin holds them; then the first one clears up."""
    async with opened(settings.model_copy(update={"signup_credits": 5}), clock) as app:
        account = await person(app)
        held, go_on = asyncio.Event(), asyncio.Event()

        async def pause() -> None:
            held.set()
            await go_on.wait()

        twin = app_on(app, meddled(app.stores, before=Once("enqueue", pause)))
        twins: list[asyncio.Task[object]] = []

        async def meanwhile() -> None:
            await app.ledger.execute(Grant(account.id, "pay", 100, Origin.PAID))
            twins.append(asyncio.create_task(twin.requests.submit(imagine())))
            await held.wait()

        after = Once("load", meanwhile)
        with pytest.raises(InsufficientCredits):
            await app_on(app, meddled(app.stores, after=after)).requests.submit(imagine())
        go_on.set()
        await asyncio.wait(twins)
        await recover(app, clock)
        await balanced(app, 105)


async def test_a_job_that_is_queued_at_last_is_not_given_up_as_abandoned(app: App, clock: ManualClock) -> None:
    """After a crash the request comes again, just when the sweeper decides that it never got its hold."""
    crashing = app_on(app, meddled(app.stores, before=Fault(6)))
    with pytest.raises(StoreBusy):
        await crashing.requests.submit(imagine())
    [job] = await app.stores.jobs.all_jobs([(await person(app)).id])
    assert (job.state, await app.ledger.entry(job.account, f"job:{job.id}:hold")) == (JobState.ACCEPTING, None)
    clock.move(MINUTE)
    after = Once("load", lambda: accepted(app, imagine()))
    await app_on(app, meddled(app.stores, after=after)).sweeper.sweep()
    assert after.done
    assert (await job_of(app, job.id)).state is JobState.QUEUED


# --- a failing database ---------------------------------------------------------------------------------------

WRITES = 7  # create and welcome an account: 3; then count, job, hold, queue
CALLS = 14


async def test_an_accepted_request_of_a_new_person_is_seven_writes(app: App) -> None:
    """So that the tests below cover them all."""
    fault = Fault(0)
    await app_on(app, meddled(app.stores, before=fault)).requests.submit(imagine())
    assert fault.calls == WRITES


@pytest.mark.parametrize("lasts", [1, 99])
@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("write", range(1, WRITES + 1))
async def test_a_database_error_at_each_write_loses_nothing(
    app: App, clock: ManualClock, write: int, acknowledged: bool, lasts: int
) -> None:
    """The write fails before or after it reached the disk, and works again at once or not at all."""
    fault = Fault(write, lasts=lasts)
    faulty = app_on(app, meddled(app.stores, after=fault) if acknowledged else meddled(app.stores, before=fault))
    with pytest.raises(StoreError):
        await faulty.requests.submit(imagine())
    await recover(app, clock)
    await balanced(app)


@pytest.mark.parametrize("write", range(1, WRITES + 1))
async def test_a_request_that_comes_again_after_a_database_error_is_done_once(
    app: App, clock: ManualClock, write: int
) -> None:
    with pytest.raises(StoreBusy):
        await app_on(app, meddled(app.stores, before=Fault(write))).requests.submit(imagine())
    job = await done(app, imagine())
    assert (job.state, job.charged) == (JobState.DONE, 10)
    await recover(app, clock)
    await balanced(app)
    assert len(await app.stores.jobs.all_jobs([job.account])) == 1


async def test_an_accepted_request_of_a_new_person_is_fourteen_reads_and_writes(app: App) -> None:
    """So that the test below covers them all."""
    fault = Fault(0, reads=True)
    await app_on(app, meddled(app.stores, before=fault)).requests.submit(imagine())
    assert fault.calls == CALLS


@pytest.mark.parametrize("call", range(1, CALLS + 1))
async def test_a_database_error_at_each_read_or_write_loses_nothing(app: App, clock: ManualClock, call: int) -> None:
    faulty = app_on(app, meddled(app.stores, before=Fault(call, reads=True)))
    with pytest.raises(StoreBusy):
        await faulty.requests.submit(imagine())
    await recover(app, clock)
    await balanced(app)


@pytest.mark.parametrize("write", range(1, 6))
async def test_a_database_error_at_each_write_of_a_refusal_loses_nothing(
    app: App, clock: ManualClock, write: int
) -> None:
    """The writes are: count, job, discard, give back, usage."""
    await person(app)
    for number in range(2):
        await accepted(app, imagine(f"r{number}", count=4))
    with pytest.raises(EaselError):
        await app_on(app, meddled(app.stores, before=Fault(write))).requests.submit(imagine("late", count=3))
    await recover(app, clock)
    await balanced(app)


async def test_a_request_abandoned_before_its_account_was_merged_ends_in_an_error(app: App, clock: ManualClock) -> None:
    await sight(app, clock, ALICE, BOB)

    async def meanwhile() -> None:
        clock.move(MINUTE)
        await app.sweeper.sweep()
        await link(app, ALICE, BOB)

    late = app_on(app, meddled(app.stores, after=Once("create", meanwhile)))
    with pytest.raises(EaselError):
        await late.requests.submit(imagine("r1", BOB))
    await recover(app, clock)
    await balanced(app, 200)
