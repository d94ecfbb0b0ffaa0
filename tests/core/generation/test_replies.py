"""The same question of the same person: one provider call, one payment, and an answer for everybody who waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.app import App
from core.cache import MemoryReplyCache
from core.catalogue import ChatTable
from core.clock import DAY, MINUTE
from core.credits.verify import verify_ledger
from core.errors import GenerationFailed, GenerationRefused, InsufficientCredits
from core.generation import replies as module
from core.generation.replies import Replies
from core.ids import job_id
from core.jobs.ending import Ending
from core.jobs.model import Job, JobState
from core.jobs.results import Failure, Result
from core.jobs.specs import ChatSpec, Source, Turn
from core.providers.ports import ProviderFailed
from core.requests import Accepted, Completed
from core.tasks import stopped
from tests.fakes import app_on, job_of, settled, until, with_provider, working
from tests.fakes.providers import Hangs, Provider, Raises, refuses
from tests.support import ALICE, BOB, ManualClock, chat, opened, settings_in

MANY = 100


async def test_a_hundred_identical_questions_at_once_are_one_call_and_one_payment(
    tmp_path: Path, clock: ManualClock
) -> None:
    settings = settings_in(tmp_path, rate_limit_per_day="1000")
    async with opened(settings, clock) as app:
        provider = Provider()
        async with working(with_provider(app, provider)):
            async with asyncio.timeout(30):
                outcomes = await asyncio.gather(*(app.requests.submit(chat(f"c{n}")) for n in range(MANY)))
            [leader] = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
            await settled(app, leader.job.id)
        answers = [outcome.result.text for outcome in outcomes if isinstance(outcome, Completed)]
        assert answers == ["You said hello"] * (MANY - 1)
        assert len(provider.calls) == 1
        account = await app.accounts.for_identity(ALICE)
        assert (await app.ledger.balance(account.id)).available == 99


async def test_whoever_stops_waiting_leaves_the_others_waiting(app: App) -> None:
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await app.requests.submit(chat("c1"))
        await provider.started.wait()
        followers = [asyncio.create_task(app.requests.submit(chat(f"c{n}"))) for n in (2, 3)]
        await asyncio.sleep(0.05)
        followers[0].cancel()
        provider.released.set()
        async with asyncio.timeout(10):
            answer = await followers[1]
    assert isinstance(answer, Completed)
    assert len(provider.calls) == 1


async def test_whoever_waits_for_an_answer_that_fails_is_told_so_and_pays_nothing(app: App) -> None:
    provider = Raises(ProviderFailed("The model is down."))
    leader = await app.requests.submit(chat("c1"))
    assert isinstance(leader, Accepted)
    follower = asyncio.create_task(app.requests.submit(chat("c2")))
    await asyncio.sleep(0.05)
    async with working(with_provider(app, provider)):
        with pytest.raises(GenerationFailed, match="The model is down"):
            await follower
        await settled(app, leader.job.id)
    account = await app.accounts.for_identity(ALICE)
    assert (await app.ledger.balance(account.id)).available == 100
    assert (await app.limits.left(account.id, 20)).remaining == 20
    usage = await app.stores.usage.get("c2")
    assert usage is not None
    assert (usage.indicators.status, usage.indicators.error_name) == ("failed", "generation_failed")


async def test_whoever_waits_for_one_that_is_cancelled_asks_anew(app: App) -> None:
    leader = await app.requests.submit(chat("c1"))
    assert isinstance(leader, Accepted)
    follower = asyncio.create_task(app.requests.submit(chat("c2")))
    await asyncio.sleep(0.05)
    await app.stores.jobs.request_cancel(leader.job.id, app.clock.now())
    app.signals.changed(leader.job.reply_to.channel)
    outcome = await follower
    assert isinstance(outcome, Accepted)
    assert outcome.job.id != leader.job.id


async def test_the_answer_survives_a_restart(app: App) -> None:
    await answered(app)
    restarted = app_on(app, app.stores)
    assert isinstance(await restarted.requests.submit(chat("c2")), Completed)


async def test_an_answer_is_found_for_a_day(app: App, clock: ManualClock) -> None:
    await answered(app)
    clock.move(DAY - 1)
    assert isinstance(await app.requests.submit(chat("c2")), Completed)
    clock.move(2)
    assert isinstance(await app.requests.submit(chat("c3")), Accepted)


async def test_nobody_gets_another_persons_answer(app: App) -> None:
    await answered(app)
    assert isinstance(await app.requests.submit(chat("c2", BOB)), Accepted)


async def test_a_fallbacks_answer_is_not_given_again(app: App) -> None:
    job = await answered(app)
    assert job.reply_key is not None
    stored = Result(provider="demo", model="demo-chat", text="x", fallback_used=True)
    await app.replies.keep(job, stored)
    assert await app.replies.find(job.account, job.reply_key) == job.result


async def test_an_answer_that_costs_something_again_is_charged_and_not_made(tmp_path: Path, clock: ManualClock) -> None:
    settings = settings_in(tmp_path)
    assert settings.easel_config is not None
    settings.easel_config.write_text(
        settings.easel_config.read_text().replace("price = 1\n", "price = 5\n") + "[chat]\ncached_price = 2\n"
    )
    async with opened(settings, clock) as app:
        await answered(app)
        again = await app.requests.submit(chat("c2"))
        assert isinstance(again, Accepted)
        provider = Provider()
        async with working(with_provider(app, provider)):
            job = await settled(app, again.job.id)
        assert (job.charged, provider.calls) == (2, [])
        usage = await app.stores.usage.get("c2")
        assert usage is not None
        assert usage.indicators.cached


@asynccontextmanager
async def priced(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    """A core where an answer costs 5 credits, and one that was found 2."""
    settings = settings_in(tmp_path, signup_credits=1000, max_jobs_in_flight=1000, rate_limit_per_day="1000")
    assert settings.easel_config is not None
    settings.easel_config.write_text(
        settings.easel_config.read_text().replace("price = 1\n", "price = 5\n") + "[chat]\ncached_price = 2\n"
    )
    async with opened(settings, clock) as app:
        yield app


async def spent(app: App) -> int:
    """Of the welcome credits; nothing is held any more."""
    balance = await app.ledger.balance((await app.accounts.for_identity(ALICE)).id)
    assert balance.held == 0
    assert (await verify_ledger(app.stores)).problems == ()
    return 1000 - balance.available


async def held(app: App, credits: int) -> None:
    """Until so many credits are held, so that whoever waits has a hold of their own."""
    account = (await app.accounts.for_identity(ALICE)).id

    async def enough() -> bool:
        return (await app.ledger.balance(account)).held == credits

    await until(enough)


async def followed(app: App) -> Job:
    """A job, and by the id c1 another one for the same question, for which nobody waits any more."""
    leader = await app.requests.submit(chat("c0"))
    assert isinstance(leader, Accepted)
    waiting = asyncio.create_task(app.requests.submit(chat("c1")))
    await held(app, 10)
    await stopped([waiting])
    return leader.job


async def test_a_hundred_identical_questions_are_one_call_also_where_answers_found_again_cost_something(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with priced(tmp_path, clock) as app:
        provider = Provider()
        async with working(with_provider(app, provider, concurrency=4)):
            async with asyncio.timeout(60):
                outcomes = await asyncio.gather(*(app.requests.submit(chat(f"c{n}")) for n in range(MANY)))
            jobs = [await settled(app, one.job.id) for one in outcomes if isinstance(one, Accepted)]
        assert sorted(job.charged or 0 for job in jobs) == [*[2] * (MANY - 1), 5]
        assert {job.result.text for job in jobs if job.result} == {"You said hello"}
        assert len(provider.calls) == 1
        assert await spent(app) == 5 + 2 * (MANY - 1)


async def test_nobody_pays_when_the_one_call_fails(tmp_path: Path, clock: ManualClock) -> None:
    async with priced(tmp_path, clock) as app:
        leader = await app.requests.submit(chat("c0"))
        assert isinstance(leader, Accepted)
        followers = [asyncio.create_task(app.requests.submit(chat(f"c{n}"))) for n in (1, 2, 3)]
        await held(app, 20)
        provider = refuses()
        async with working(with_provider(app, provider)):
            outcomes = await asyncio.gather(*followers, return_exceptions=True)
            await settled(app, leader.job.id)
        assert {type(outcome) for outcome in outcomes} == {GenerationRefused}
        assert (len(provider.calls), await spent(app)) == (1, 0)
        assert (await app.limits.left(leader.job.account, 20)).remaining == 20


async def test_of_those_who_wait_for_one_that_is_cancelled_one_asks_anew_and_the_others_wait_for_that(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with priced(tmp_path, clock) as app:
        leader = await app.requests.submit(chat("c0"))
        assert isinstance(leader, Accepted)
        followers = [asyncio.create_task(app.requests.submit(chat(f"c{n}"))) for n in (1, 2, 3)]
        await held(app, 20)
        cancelled = await app.stores.jobs.request_cancel(leader.job.id, app.clock.now())
        assert cancelled is not None
        await app.sweeper.close(cancelled)
        provider = Provider()
        async with working(with_provider(app, provider)):
            outcomes = await asyncio.gather(*followers)
            jobs = [await settled(app, one.job.id) for one in outcomes if isinstance(one, Accepted)]
        assert sorted(job.charged or 0 for job in jobs) == [2, 2, 5]
        assert (len(provider.calls), await spent(app)) == (1, 9)


async def test_whoever_waits_gets_the_answer_also_when_their_process_is_gone(
    tmp_path: Path, clock: ManualClock
) -> None:
    """It is not queued before whom it follows has ended, however long that takes; then it shares even a fallback's."""
    async with priced(tmp_path, clock) as app:
        leader = await followed(app)
        clock.move(2 * MINUTE)
        await app.sweeper.sweep()
        assert (await job_of(app, job_id("c1"))).state is JobState.ACCEPTING
        provider = Provider()
        async with working(with_provider(app, provider)):
            await settled(app, leader.id)
            await app.sweeper.sweep()
            job = await settled(app, job_id("c1"))
        assert (job.charged, len(provider.calls), await spent(app)) == (2, 1, 7)


@pytest.mark.parametrize(("fallback", "state"), [(True, JobState.DONE), (False, JobState.FAILED)])
async def test_a_worker_shares_what_came_of_the_job_that_is_followed(
    tmp_path: Path, clock: ManualClock, fallback: bool, state: JobState
) -> None:
    async with priced(tmp_path, clock) as app:
        await followed(app)
        running = await app.stores.jobs.claim("w", clock.now(), clock.now() + MINUTE)
        assert running is not None
        result = Result(provider="demo", model="other", text="x", fallback_used=True) if fallback else None
        failure = None if fallback else Failure(code="generation_failed", message="No luck.")
        ending, now = Ending(state, result, failure), clock.now()
        await app.stores.jobs.finish(running, ending, timings={}, now=now, next_delivery_at=now)
        clock.move(MINUTE)
        await app.sweeper.sweep()
        provider = Provider()
        async with working(with_provider(app, provider)):
            job = await settled(app, job_id("c1"))
        assert (job.state, job.charged, provider.calls) == (state, 2 if fallback else 0, [])


async def answered(app: App) -> Job:
    outcome = await app.requests.submit(chat("c1"))
    assert isinstance(outcome, Accepted)
    async with working(with_provider(app, Provider())):
        return await settled(app, outcome.job.id)


# --- keys -----------------------------------------------------------------------------------------------------

ASKED = ChatSpec(prompt="hello", model="demo-chat")


async def test_the_same_question_has_the_same_key(app: App) -> None:
    assert app.replies.key("a", ASKED) == app.replies.key("a", ASKED.model_copy(update={"conversation": "c"}))


@pytest.mark.parametrize(
    ("account", "changes"),
    [
        ("b", {}),
        ("a", {"prompt": "Hello"}),
        ("a", {"prompt": "hello "}),
        ("a", {"system": "Be a pirate."}),
        ("a", {"sources": (Source(name="x.png", mime="image/png", hash="1"),)}),
    ],
)
async def test_everything_that_shapes_an_answer_makes_another_key(
    app: App, account: str, changes: dict[str, object]
) -> None:
    assert app.replies.key(account, ASKED.model_copy(update=changes)) not in (None, app.replies.key("a", ASKED))


@pytest.mark.parametrize(
    "changes",
    [{"history": (Turn(question="q", answer="a"),)}, {"sources": (Source(name="x.png", mime="image/png"),)}],
)
async def test_what_must_not_be_given_again_has_no_key(app: App, changes: dict[str, object]) -> None:
    assert app.replies.key("a", ASKED.model_copy(update=changes)) is None


async def test_a_switched_off_cache_gives_nothing_again(app: App) -> None:
    catalogue = app.catalogue.model_copy(update={"chat": ChatTable(cache=False)})
    replies = Replies(catalogue, MemoryReplyCache(app.clock), app.stores.jobs, app.signals, app.clock)
    assert replies.key("a", ASKED) is None


async def test_a_key_tells_nothing_of_the_question(app: App) -> None:
    assert "hello" not in str(app.replies.key("a", ASKED))


async def test_whoever_waits_for_an_answer_that_is_refused_learns_that_it_was(app: App) -> None:
    await app.requests.submit(chat("c1"))
    follower = asyncio.create_task(app.requests.submit(chat("c2")))
    await asyncio.sleep(0.05)
    async with working(with_provider(app, refuses())):
        with pytest.raises(GenerationRefused):
            await follower
    usage = await app.stores.usage.get("c2")
    assert usage is not None
    assert (usage.indicators.status, usage.indicators.error_name) == ("refused", "generation_refused")


async def test_those_who_wait_for_a_question_that_is_turned_down_are_told_one_after_the_other_at_once(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 60.0)
    settings = settings_in(tmp_path, signup_credits=0, daily_free_credits=0)
    async with opened(settings, clock) as app, asyncio.timeout(30):
        asked = (app.requests.submit(chat(f"c{n}")) for n in range(10))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {InsufficientCredits}
