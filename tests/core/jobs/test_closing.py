"""The worker while the database fails: what is made is saved, and nothing is made twice that need not be."""

import asyncio

from core.app import App
from core.errors import StoreBusy
from core.jobs.closing import SAVE_SECONDS, SAVE_TRIES
from core.jobs.making import LEASE
from core.jobs.model import JobState
from tests.core.jobs.running import done
from tests.core.test_requests import accepted
from tests.fakes import Once, app_on, job_of, meddled, settled, skip, until, with_provider, working
from tests.fakes.providers import Hangs, Provider
from tests.support import ManualClock, imagine


async def test_a_made_picture_is_saved_with_some_patience(app: App) -> None:
    """The save fails once; the provider is not asked a second time."""
    job = await accepted(app, imagine())
    provider = Provider()

    async def fail() -> None:
        raise StoreBusy

    before = Once("finish", fail)
    async with working(with_provider(app_on(app, meddled(app.stores, before=before)), provider)):
        ended = await settled(app, job.id)
    assert (before.done, ended.state, len(provider.calls)) == (True, JobState.DONE, 1)


async def test_a_picture_that_cannot_be_saved_at_all_is_made_again_when_the_lease_ends(
    app: App, clock: ManualClock
) -> None:
    job = await accepted(app, imagine())
    tries: list[str] = []

    async def fail(verb: str) -> None:
        if verb == "finish":
            tries.append(verb)
            asyncio.get_running_loop().call_soon(skip, SAVE_SECONDS)
            raise StoreBusy

    async with working(with_provider(app_on(app, meddled(app.stores, before=fail)), Provider())) as task:

        async def given_up() -> bool:
            return len(tries) == SAVE_TRIES

        await until(given_up, seconds=2 * SAVE_TRIES * SAVE_SECONDS)
        await asyncio.sleep(0.02)
        assert not task.done()
    assert (await job_of(app, job.id)).state is JobState.RUNNING
    clock.move(LEASE)
    await app.sweeper.sweep()
    async with working(with_provider(app, Provider(), name="next")):
        assert (await settled(app, job.id)).charged == 10


async def test_one_failed_beat_does_not_end_a_job(app: App) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()

    async def fail() -> None:
        raise StoreBusy

    before = Once("beat", fail)
    async with working(with_provider(app_on(app, meddled(app.stores, before=before)), provider)):
        await until(lambda: done(before))
        provider.released.set()
        assert (await settled(app, job.id)).state is JobState.DONE


async def test_a_database_that_fails_before_the_provider_is_asked_costs_the_job_nothing(app: App) -> None:
    """It goes back to the queue, and the attempt does not count."""
    job = await accepted(app, imagine())
    provider = Provider()

    async def fail() -> None:
        raise StoreBusy

    before = Once("record_attempts", fail)
    async with working(with_provider(app_on(app, meddled(app.stores, before=before)), provider)):
        ended = await settled(app, job.id)
    assert before.done
    assert (ended.state, ended.attempt, ended.charged, len(provider.calls)) == (JobState.DONE, 1, 10, 1)


async def test_a_worker_that_is_stopped_while_it_saves_a_made_picture_saves_it(app: App) -> None:
    job = await accepted(app, imagine())
    saving = asyncio.Event()

    async def slowly(verb: str) -> None:
        if verb == "finish":
            saving.set()
            await asyncio.sleep(0.1)

    provider = Provider()
    async with working(with_provider(app_on(app, meddled(app.stores, before=slowly)), provider)):
        await saving.wait()
    assert (await job_of(app, job.id)).state is JobState.DONE
    assert len(provider.calls) == 1
