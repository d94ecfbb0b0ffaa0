"""Whose a job is: workers that keep their lease, lose it, or hand their job back."""

import asyncio

from core.app import App
from core.clock import SECOND
from core.errors import StoreBusy
from core.jobs.making import LEASE
from core.jobs.model import JobState
from tests.core.jobs.running import done
from tests.core.test_requests import accepted
from tests.fakes import Once, app_on, job_of, meddled, settled, until, with_provider, working
from tests.fakes.providers import Hangs, Provider
from tests.support import ManualClock, imagine


async def stolen(app: App, clock: ManualClock) -> None:
    """The lease ends, and another worker takes the job."""
    clock.move(LEASE)
    await app.stores.jobs.expire_leases(clock.now(), 3)
    assert await app.stores.jobs.claim("other", clock.now(), clock.now() + LEASE) is not None


async def test_a_worker_that_works_keeps_its_lease(app: App, clock: ManualClock) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        claimed = await job_of(app, job.id)
        assert claimed.lease_until == clock.now() + LEASE
        clock.move(9 * SECOND)

        async def renewed() -> bool:
            return (await job_of(app, job.id)).lease_until == clock.now() + LEASE

        await until(renewed)


async def test_a_worker_that_lost_its_lease_drops_its_result(app: App, clock: ManualClock) -> None:
    """It comes back after somebody else has taken the job."""
    job = await accepted(app, imagine())
    late = Hangs()
    async with working(with_provider(app, late)):
        await late.started.wait()
        await stolen(app, clock)
        late.released.set()
        await asyncio.sleep(0.1)
        now = await job_of(app, job.id)
        assert (now.state, now.worker, now.result) == (JobState.RUNNING, "other", None)
        assert (await app.ledger.balance(job.account)).held == 10


async def test_a_worker_that_learns_at_its_beat_that_the_lease_is_lost_stops_working(
    app: App, clock: ManualClock
) -> None:
    await accepted(app, imagine())
    late = Hangs()
    async with working(with_provider(app, late)):
        await late.started.wait()
        await stolen(app, clock)
        async with asyncio.timeout(5):
            await late.stopped.wait()


async def test_a_worker_that_lost_its_lease_before_it_calls_the_provider_does_not_call(
    app: App, clock: ManualClock
) -> None:
    job = await accepted(app, imagine())

    provider, before = Provider(), Once("record_attempts", lambda: stolen(app, clock))
    async with working(with_provider(app_on(app, meddled(app.stores, before=before)), provider)):
        await until(lambda: done(before))
        await asyncio.sleep(0.05)
    assert provider.calls == []
    assert (await job_of(app, job.id)).worker == "other"


async def test_a_stopping_worker_hands_its_job_back_without_counting_an_attempt(app: App) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        assert (await job_of(app, job.id)).attempt == 1
    handed = await job_of(app, job.id)
    assert (handed.state, handed.attempt, handed.worker) == (JobState.QUEUED, 0, None)
    assert provider.stopped.is_set()
    async with working(with_provider(app, Provider(), name="next")):
        assert (await settled(app, job.id)).state is JobState.DONE


async def test_a_stop_while_the_database_fails_leaves_the_job_to_its_lease(app: App, clock: ManualClock) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()

    async def fail(verb: str) -> None:
        if verb == "hand_back":
            raise StoreBusy

    async with working(with_provider(app_on(app, meddled(app.stores, before=fail)), provider)) as task:
        await provider.started.wait()
    assert task.cancelled()
    clock.move(LEASE)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).state is JobState.QUEUED


async def test_two_lanes_of_one_process_that_have_the_same_job_do_not_undo_each_other(
    app: App, clock: ManualClock
) -> None:
    """The first lost its lease while the database was away. What the second makes is paid for, and kept."""
    job = await accepted(app, imagine())
    first, second = Hangs(), Hangs()
    async with working(with_provider(app, first)):
        await first.started.wait()
        clock.move(LEASE)
        await app.stores.jobs.expire_leases(clock.now(), 3)
        async with working(with_provider(app, second)):
            await second.started.wait()
            async with asyncio.timeout(5):
                await first.stopped.wait()
            await asyncio.sleep(0.05)
            app.signals.stop(job.id)
            second.released.set()
            ended = await settled(app, job.id)
    assert (ended.state, ended.attempt, len(second.calls)) == (JobState.DONE, 2, 1)
