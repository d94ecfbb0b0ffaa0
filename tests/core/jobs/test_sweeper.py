"""Whatever a crash left behind is driven on, once, and one bad job does not hold up the others."""

import asyncio

import pytest

from core.app import App
from core.clock import HOUR, MINUTE, SECOND
from core.credits.model import Kind
from core.credits.operations import PlaceHold
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from core.ids import job_id
from core.jobs.ending import Ending
from core.jobs.making import LEASE
from core.jobs.model import Job, JobState
from core.jobs.sweeper import ACCEPT_WITHIN, BATCH
from core.observe.model import Rollup
from core.tasks import stopped
from tests.core.jobs.test_settlement import a_job, brought
from tests.core.test_requests import accepted
from tests.fakes import READS, Fault, Once, app_on, job_of, meddled, settled, until, with_provider, working
from tests.fakes.providers import Provider
from tests.support import ALICE, BOB, ManualClock, imagine


async def claimed(app: App, job: Job, times: int = 1) -> Job:
    """Taken by workers that died each time."""
    for number in range(times):
        if number:
            app.clock.move(LEASE)  # type: ignore[attr-defined]  # tests have a ManualClock
            await app.sweeper.sweep()
        now = app.clock.now()
        found = await app.stores.jobs.claim(f"dead{number}", now, now + LEASE)
        assert found is not None
        assert found.id == job.id
        job = found
    return job


async def books(app: App, job: Job) -> tuple[int, int]:
    assert (await verify_ledger(app.stores)).problems == ()
    balance = await app.ledger.balance(job.account)
    return balance.available, balance.held


async def test_a_job_whose_worker_died_is_queued_again_when_its_lease_ends(app: App, clock: ManualClock) -> None:
    job = await claimed(app, await accepted(app, imagine()))
    clock.move(LEASE - 1)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.RUNNING
    clock.move(1)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.QUEUED
    async with working(with_provider(app, Provider())):
        assert (await settled(app, job.id)).charged == 10


async def test_a_job_that_kills_its_worker_three_times_fails_and_gives_its_credits_back(
    app: App, clock: ManualClock
) -> None:
    job = await claimed(app, await accepted(app, imagine()), times=3)
    clock.move(LEASE)
    await app.sweeper.sweep()
    ended = await job_of(app, job.id)
    assert ended.failure is not None
    assert (ended.state, ended.failure.code, ended.charged) == (JobState.FAILED, "worker_lost", 0)
    assert ended.delivered_at is not None
    assert await books(app, job) == (100, 0)
    assert (await app.limits.left(job.account, 20)).remaining == 20


async def test_a_job_that_was_cancelled_while_its_worker_died_ends_cancelled(app: App, clock: ManualClock) -> None:
    job = await claimed(app, await accepted(app, imagine()))
    await app.stores.jobs.request_cancel(job.id, clock.now())
    clock.move(LEASE)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.CANCELLED
    assert await books(app, job) == (100, 0)


@pytest.mark.parametrize("running", [False, True])
async def test_a_job_older_than_its_hold_is_given_up(app: App, clock: ManualClock, running: bool) -> None:
    job = await accepted(app, imagine())
    clock.move(HOUR - 1)
    if running:
        await claimed(app, job)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).is_open
    clock.move(1)
    await app.sweeper.sweep()
    ended = await job_of(app, job.id)
    assert ended.failure is not None
    assert (ended.state, ended.failure.code) == (JobState.FAILED, "expired")
    assert (await app.stores.ledger.entries(job.account))[-1].kind is Kind.EXPIRE
    assert await books(app, job) == (100, 0)


async def interrupted(app: App, verb: str) -> Job:
    """A request that crashed just before this write."""

    async def crash(this: str) -> None:
        if this == verb:
            raise StoreBusy

    with pytest.raises(StoreBusy):
        await app_on(app, meddled(app.stores, before=crash)).requests.submit(imagine())
    return await job_of(app, job_id("r1"))


@pytest.mark.parametrize(("verb", "state"), [("append", JobState.FAILED), ("enqueue", JobState.QUEUED)])
async def test_the_ledger_decides_about_a_request_that_was_interrupted(
    app: App, clock: ManualClock, verb: str, state: JobState
) -> None:
    await app.accounts.for_identity(ALICE)
    job = await interrupted(app, verb)
    clock.move(ACCEPT_WITHIN - 1)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.ACCEPTING
    clock.move(1)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is state
    assert await books(app, job) == ((90, 10) if state is JobState.QUEUED else (100, 0))


async def test_nobody_is_told_of_a_request_that_was_never_accepted(app: App, clock: ManualClock) -> None:
    await app.accounts.for_identity(ALICE)
    job = await interrupted(app, "append")
    clock.move(ACCEPT_WITHIN)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.FAILED
    clock.move(2 * HOUR)
    await app.sweeper.sweep()
    assert await app.stores.jobs.all_jobs([job.account]) == []
    assert await app.stores.feed.since(str(ALICE), 0, 10) == []


async def test_many_abandoned_requests_do_not_keep_others_from_being_settled(app: App, clock: ManualClock) -> None:
    """They wait for their hold's end; an ended job behind them must not."""
    account = await app.accounts.for_identity(BOB)
    for number in range(BATCH):
        await app.stores.jobs.create(a_job(id=f"j{number}", request_id=f"q{number}", account=account.id))
    clock.move(ACCEPT_WITHIN)
    await app.sweeper.sweep()
    clock.move(SECOND)
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, clock.now())
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).settled_at is not None


async def test_a_job_that_cannot_be_settled_does_not_keep_others_from_it(app: App, clock: ManualClock) -> None:
    account = await app.accounts.for_identity(ALICE)
    await app.ledger.execute(PlaceHold(account.id, job_id("r1"), 5, clock.now() + HOUR, 2))
    bad = await claimed(app, await accepted(app, imagine("r1")))
    ending = Ending(JobState.DONE, brought(1))
    await app.stores.jobs.finish(bad, ending, timings={}, now=clock.now(), next_delivery_at=0)
    clock.move(1)
    good = await accepted(app, imagine("r2", BOB))
    await app.stores.jobs.request_cancel(good.id, clock.now())
    await app.sweeper.sweep()
    assert (await job_of(app, good.id)).settled_at is not None


@pytest.mark.parametrize("error", [StoreBusy(), ZeroDivisionError()])
async def test_a_step_that_fails_does_not_keep_the_next_ones_from_their_work(app: App, error: Exception) -> None:
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, app.clock.now())

    async def fail(verb: str) -> None:
        if verb in ("expire_leases", "accepting_since", "overdue"):
            raise error

    await app_on(app, meddled(app.stores, before=fail)).sweeper.sweep()
    assert (await job_of(app, job.id)).delivered_at is not None


async def test_the_sweeper_goes_on_by_itself_until_it_is_stopped(app: App) -> None:
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, app.clock.now())
    task = asyncio.create_task(app.sweeper.run())
    await settled(app, job.id)
    assert not task.done()
    await stopped({task})


async def test_counts_of_former_days_are_forgotten(app: App, clock: ManualClock) -> None:
    job = await accepted(app, imagine())
    key = f"day:{job.account}:2026-11-23"
    assert await app.stores.limits.used(key) == 1
    clock.move(12 * HOUR)
    await app.sweeper.sweep()
    assert await app.stores.limits.used(key) == 0


# --- a failing database during a whole job ----------------------------------------------------------------------

WRITES = ["claim", "record_attempts", "finish", "append", "record", "settled", "claim_delivery", "delivered"]


async def test_a_whole_job_is_these_writes(app: App) -> None:
    """So that the tests below cover them all."""
    job = await accepted(app, imagine())
    verbs: list[str] = []

    async def note(verb: str) -> None:
        verbs.append(verb)

    async with working(with_provider(app_on(app, meddled(app.stores, before=note)), Provider())):
        await settled(app, job.id)
    written = [verb for verb in verbs if verb not in READS]
    assert written[: written.index("delivered") + 1] == WRITES


async def checked(app: App, job: Job) -> None:
    """The job has ended once: paid once if it is done, shown once, recorded once."""
    ended = await job_of(app, job.id)
    assert ended.settled_at is not None
    assert ended.charged == (10 if ended.state is JobState.DONE else 0)
    assert await books(app, job) == (100 - ended.charged, 0)
    assert ended.delivered_at is not None
    assert len(await app.stores.feed.since(job.reply_to.channel, 0, 10)) == 1
    rollups: list[Rollup] = await app.stores.usage.rollups("2026-01-01", "2027-01-01")
    assert [(rollup.counters["requests"], rollup.counters["credits"]) for rollup in rollups] == [(1, ended.charged)]


@pytest.mark.parametrize(
    ("at", "acknowledged", "reads"),
    [
        *((at, acknowledged, False) for at in range(1, len(WRITES) + 1) for acknowledged in (False, True)),
        *((at, False, True) for at in range(1, 12)),
    ],
)
async def test_a_database_error_at_each_call_of_a_whole_job_is_recovered_from(
    app: App, clock: ManualClock, at: int, acknowledged: bool, reads: bool
) -> None:
    """The call fails before or after it reached the disk; then that process dies, and another one takes over."""
    job = await accepted(app, imagine())
    fault = Fault(at, lasts=99, reads=reads)
    faulty = app_on(app, meddled(app.stores, after=fault) if acknowledged else meddled(app.stores, before=fault))
    async with working(with_provider(faulty, Provider())):
        await until(lambda: _reached(fault))
    for _ in range(3):
        clock.move(MINUTE)
        await app.sweeper.sweep()
        async with working(with_provider(app, Provider(), name="next")):
            if (await job_of(app, job.id)).is_open:
                await settled(app, job.id)
    await checked(app, job)


async def _reached(fault: Fault) -> bool:
    return fault.calls >= fault.at


async def test_after_an_outage_of_the_database_live_workers_get_the_time_to_renew_their_leases(
    app: App, clock: ManualClock
) -> None:
    job = await accepted(app, imagine())
    claimed_job = await claimed(app, job)
    fault = Once("expire_leases", busy)
    sweeper = app_on(app, meddled(app.stores, before=fault)).sweeper
    clock.move(LEASE)
    await sweeper.sweep()
    assert fault.done
    await sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.RUNNING
    beat = await app.stores.jobs.beat(claimed_job, 0.5, clock.now() + LEASE)
    assert not beat.lost
    clock.move(LEASE)
    await sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.QUEUED


async def busy() -> None:
    raise StoreBusy
