"""The worker: from a claimed job to its end, whatever the provider does meanwhile."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bots.replies import ended
from core.accounts.model import Identity, Role
from core.app import App
from core.catalogue import ProviderTable
from core.clock import HOUR, SECOND
from core.credits.operations import PlaceHold
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from core.generation.generator import CHAT_SECONDS
from core.ids import job_id
from core.jobs.closing import SAVE_SECONDS, SAVE_TRIES
from core.jobs.making import BEAT_SECONDS, LEASE
from core.jobs.model import Job, JobState
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.ports import Bill, Call, ProviderFailed, ProviderRefused
from core.requests.holding import TURN
from tests.core.test_requests import accepted
from tests.fakes import Once, app_on, job_of, meddled, settled, skip, until, with_provider, working
from tests.fakes.providers import Gives, Hangs, Provider, Raises, Tells, crashes, fails, refuses
from tests.support import ALICE, BOB, SMALL_MODELS, ManualClock, chat, imagine, opened, settings_in


async def run(app: App, provider: Provider, request: object = None) -> Job:
    job = await accepted(app, request or imagine())  # type: ignore[arg-type]  # a test knows what it gives
    async with working(with_provider(app, provider)):
        return await settled(app, job.id)


async def paid(app: App, job: Job) -> int:
    """What is missing from the welcome credits. Nothing is held any more, and the books are right."""
    balance = await app.ledger.balance(job.account)
    assert balance.held == 0
    assert (await verify_ledger(app.stores)).problems == ()
    return 100 - balance.available


# --- ends -----------------------------------------------------------------------------------------------------


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


# --- cancelled ------------------------------------------------------------------------------------------------


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


async def stolen(app: App, clock: ManualClock) -> None:
    """The lease ends, and another worker takes the job."""
    clock.move(LEASE)
    await app.stores.jobs.expire_leases(clock.now(), 3)
    assert await app.stores.jobs.claim("other", clock.now(), clock.now() + LEASE) is not None


async def done(once: Once) -> bool:
    return once.done


# --- leases ---------------------------------------------------------------------------------------------------


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


# --- a failing database ---------------------------------------------------------------------------------------


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


# --- turns, and busy providers ----------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("bill", "left"), [(Bill(), 20), (Bill(billed=True), 19)])
async def test_a_refusal_that_the_operator_pays_for_counts_as_one_of_the_days_requests(
    app: App, bill: Bill, left: int
) -> None:
    """It is free for the person; if it did not count either, anybody could have as many billed as they like."""
    job = await run(app, Raises(ProviderRefused("Policy.", bill)))
    assert (job.state, job.charged, await paid(app, job)) == (JobState.FAILED, 0, 0)
    assert (await app.limits.left(job.account, 20)).remaining == left


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
