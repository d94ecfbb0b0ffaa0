"""A job that the person cancels, before it runs and while it does."""

import asyncio

import pytest

from bots.replies import ended
from core.app import App
from core.generation.generator import CHAT_SECONDS
from core.jobs.making import BEAT_SECONDS
from core.jobs.model import Job, JobState
from core.providers.ports import ProviderFailed
from tests.core.jobs.running import paid
from tests.core.test_requests import accepted
from tests.fakes import settled, skip, with_provider, working
from tests.fakes.providers import Hangs, Provider, Tells
from tests.support import chat, imagine


async def test_a_queued_job_is_cancelled_at_once_and_its_credits_come_back(app: App) -> None:
    job = await accepted(app, imagine())
    cancelled = await app.stores.jobs.request_cancel(job.id, app.clock.now())
    assert cancelled is not None
    await app.sweeper.close(cancelled)
    assert (await settled(app, job.id)).state is JobState.CANCELLED
    assert await paid(app, job) == 0
    provider = Provider()
    async with working(with_provider(app, provider)):
        await asyncio.sleep(0.05)
    assert provider.calls == []


async def test_a_running_job_stops_when_it_is_cancelled_and_its_credits_come_back(app: App) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        await app.stores.jobs.request_cancel(job.id, app.clock.now())
        ended = await settled(app, job.id)
    assert provider.stopped.is_set()
    assert (ended.state, ended.charged, await paid(app, job)) == (JobState.CANCELLED, 0, 0)


async def stopped_at(app: App, provider: Tells) -> Job:
    """A question that the person cancels when the provider has been asked."""
    job = await accepted(app, chat())
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        await asyncio.sleep(0)
        await app.stores.jobs.request_cancel(job.id, app.clock.now())
        app.signals.stop(job.id)
        return await settled(app, job.id)


@pytest.mark.parametrize(("beginning", "charged"), [("", 0), (" \n", 0), ("Foxes are", 1)])
async def test_whoever_stops_an_answer_that_has_begun_keeps_what_they_have_read_and_pays_for_it(
    app: App, beginning: str, charged: int
) -> None:
    """Else anybody could read each answer to its last word, and stop it just before its end."""
    job = await stopped_at(app, Tells(beginning))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.CANCELLED, charged, charged)
    assert (job.result.text if job.result else None) == (beginning if charged else None)
    [attempt] = job.attempts
    assert (attempt.outcome, attempt.cost) == ("cancelled", None)
    shown = ended(app, job)
    assert shown.text.startswith("Foxes are …" if charged else "Request")
    usage = await app.stores.usage.get(job.request_id)
    assert usage is not None
    assert (usage.indicators.status, usage.credits) == ("cancelled", charged)


async def test_what_was_heard_of_a_call_that_failed_is_not_paid_by_whoever_stops_the_next(app: App) -> None:
    job = await stopped_at(app, Tells("Foxes are", ProviderFailed("Cut off.", retry_after=4)))
    assert (job.state, job.charged, job.result, await paid(app, job)) == (JobState.CANCELLED, 0, None, 0)


@pytest.mark.parametrize(("beginning", "left"), [("", 20), ("Foxes are", 19)])
async def test_an_answer_that_the_deadline_cuts_off_costs_nothing_and_counts_if_it_had_begun(
    app: App, beginning: str, left: int
) -> None:
    """The provider is late, so nobody pays; but whoever asks for long answers only must not read without an end."""
    job, provider = await accepted(app, chat()), Tells(beginning)
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        skip(CHAT_SECONDS)
        late = await settled(app, job.id)
    assert (late.state, late.charged, await paid(app, job)) == (JobState.FAILED, 0, 0)
    assert (await app.limits.left(job.account, 20)).remaining == left


async def test_a_job_stops_at_once_when_the_cancel_is_signalled(app: App) -> None:
    job = await accepted(app, imagine())
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        app.signals.stop(job.id)  # nobody has cancelled it: it goes on
        await asyncio.sleep(0.05)
        assert not provider.stopped.is_set()
        await app.stores.jobs.request_cancel(job.id, app.clock.now())
        app.signals.stop(job.id)
        async with asyncio.timeout(BEAT_SECONDS / 2):
            await provider.stopped.wait()
        assert (await settled(app, job.id)).state is JobState.CANCELLED
