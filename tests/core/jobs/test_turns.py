"""Whose turn it is, and whose provider is busy."""

import asyncio
from dataclasses import replace
from pathlib import Path

from core.accounts.model import Identity, Role
from core.app import App
from core.catalogue import ProviderTable
from core.clock import HOUR, SECOND
from core.jobs.making import LEASE
from core.jobs.model import JobState
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.ports import Call
from core.requests.holding import TURN
from tests.core.test_requests import accepted
from tests.fakes import job_of, settled, with_provider, working
from tests.fakes.providers import Provider, fails
from tests.support import ALICE, BOB, SMALL_MODELS, ManualClock, imagine, opened, settings_in


async def test_fifty_jobs_of_one_person_do_not_keep_anothers_first_one_waiting(
    tmp_path: Path, clock: ManualClock
) -> None:
    settings = settings_in(tmp_path, max_jobs_in_flight=50, signup_credits=1000, rate_limit_per_day="1000")
    async with opened(settings, clock) as app:
        for number in range(50):
            clock.move(1)
            await accepted(app, imagine(f"a{number}", ALICE))
        clock.move(SECOND)
        theirs = await accepted(app, imagine("b", BOB))
        assert await app.stores.jobs.ahead(theirs) == 1
        order = []
        while job := await app.stores.jobs.claim("w", clock.now(), clock.now() + LEASE):
            order.append(job.request_id)
        assert order[:3] == ["a0", "b", "a1"]
        assert order[2:] == [f"a{number}" for number in range(1, 50)]


async def test_nobody_waits_for_ever_behind_those_who_come_later(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, max_jobs_in_flight=9), clock) as app:
        for number in range(4):
            clock.move(1)
            await accepted(app, imagine(f"a{number}", ALICE))
        clock.move(2 * TURN)
        await accepted(app, imagine("b", BOB))
        order = [await app.stores.jobs.claim("w", clock.now(), clock.now() + LEASE) for _ in range(5)]
        assert [job.request_id for job in order if job] == ["a0", "a1", "a2", "b", "a3"]


async def test_subscribers_have_a_head_start(app: App, clock: ManualClock) -> None:
    await accepted(app, imagine("a", ALICE))
    clock.move(10 * SECOND)
    account = await app.accounts.for_identity(BOB)
    await app.stores.accounts.raise_role(account.id, Role.SUBSCRIBER)
    await accepted(app, imagine("b", BOB))
    first = await app.stores.jobs.claim("w", clock.now(), clock.now() + LEASE)
    assert first is not None
    assert first.request_id == "b"


async def test_no_more_calls_of_a_provider_are_in_flight_than_it_may_have_over_all_workers(app: App) -> None:
    class Counts(Provider):
        now = most = 0

        async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
            await super().asked(spec, call)
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.05)
            self.now -= 1

    limited = {"demo": ProviderTable(concurrency=2)}
    app = replace(app, catalogue=app.catalogue.model_copy(update={"providers": limited}))
    provider = Counts()
    jobs = [await accepted(app, imagine(f"r{n}", Identity("playground", f"p{n}"))) for n in range(8)]
    workers = [with_provider(app, provider, name=name, concurrency=4) for name in ("one", "two")]
    async with working(workers[0]), working(workers[1]):
        ended = [await settled(app, job.id) for job in jobs]
    assert provider.most == 2
    assert len(provider.calls) == 8
    assert {(job.state, job.charged, job.attempt) for job in ended} == {(JobState.DONE, 10, 1)}


async def test_a_busy_provider_does_not_hold_up_the_jobs_of_others(app: App) -> None:
    limited = {"demo": ProviderTable(concurrency=1)}
    app = replace(app, catalogue=app.catalogue.model_copy(update={"providers": limited}))
    await app.stores.slots.take("demo", "somebody", 1, app.clock.now(), app.clock.now() + HOUR)
    job = await accepted(app, imagine())
    provider = Provider()
    async with working(with_provider(app, provider)):
        await asyncio.sleep(0.2)
        waiting = await job_of(app, job.id)
        assert (waiting.state, waiting.attempt, waiting.attempts, provider.calls) == (JobState.QUEUED, 0, (), [])
        await app.stores.slots.free("demo", "somebody")
        assert (await settled(app, job.id)).state is JobState.DONE


async def test_who_finds_a_provider_busy_is_not_held_up_by_a_lane_that_waits_for_long(app: App) -> None:
    limited = {"demo": ProviderTable(concurrency=1)}
    app = replace(app, catalogue=app.catalogue.model_copy(update={"providers": limited}))
    await app.stores.slots.take("demo", "somebody", 1, app.clock.now(), app.clock.now() + HOUR)
    async with working(with_provider(app, Provider(), concurrency=2, poll_seconds=60)):
        job = await accepted(app, imagine())
        await asyncio.sleep(0.2)
        await app.stores.slots.free("demo", "somebody")
        assert (await settled(app, job.id)).state is JobState.DONE


async def test_a_job_whose_fallback_is_busy_waits_and_does_not_ask_the_failing_one_all_the_time(
    tmp_path: Path, clock: ManualClock
) -> None:
    settings = settings_in(tmp_path)
    assert settings.easel_config is not None
    settings.easel_config.write_text(f'{SMALL_MODELS}[chains]\nimage = ["demo-art", "square"]\n')
    async with opened(settings, clock) as plain:
        elsewhere = [
            model.model_copy(update={"provider": "other"}) if model.name == "square" else model
            for model in plain.catalogue.models
        ]
        changes = {"models": tuple(elsewhere), "providers": {"other": ProviderTable(concurrency=1)}}
        app = replace(plain, catalogue=plain.catalogue.model_copy(update=changes))
        await app.stores.slots.take("other", "somebody", 1, clock.now(), clock.now() + HOUR)
        job = await accepted(app, imagine())
        failing, other = fails(), Provider()
        other.name = "other"
        async with working(with_provider(app, failing, other)):
            await asyncio.sleep(0.3)
            waiting = await job_of(app, job.id)
            assert (waiting.state, waiting.attempt, len(failing.calls)) == (JobState.QUEUED, 0, 1)
            await app.stores.slots.free("other", "somebody")
            assert (await settled(app, job.id)).state is JobState.DONE
    assert len(other.calls) == 1
