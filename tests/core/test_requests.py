"""The pipeline of one request: what is refused costs nothing, what is repeated happens once."""

import asyncio

import pytest

from core.accounts.model import Account, Role
from core.app import App
from core.clock import DAY, next_midnight
from core.credits.verify import verify_ledger
from core.errors import (
    BadOption,
    InsufficientCredits,
    ModelCannot,
    NotFound,
    PromptMissing,
    PromptRejected,
    PromptTooLong,
    RateLimited,
    Refusal,
    Suspended,
    TooManyInFlight,
    UnknownModel,
)
from core.generation.wishes import Again
from core.jobs.model import Job, JobState
from core.jobs.specs import ImageSpec
from core.requests import Accepted, Completed, Request
from core.settings import Settings
from tests.fakes import app_on, settled, with_provider, working
from tests.fakes.providers import Provider
from tests.support import ALICE, BOB, NOON, ManualClock, chat, imagine, opened, to_feed


async def person(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def accepted(app: App, request: Request) -> Job:
    outcome = await app.requests.submit(request)
    assert isinstance(outcome, Accepted)
    return outcome.job


async def done(app: App, request: Request, provider: Provider | None = None) -> Job:
    worker = with_provider(app, provider or Provider())
    job = await accepted(app, request)
    async with working(worker):
        return await settled(app, job.id)


async def untouched(app: App, *, credits: int = 100, counted: int = 0) -> None:
    """Nothing is held, nothing charged, no job waits, and the day's count is as it was."""
    account = await person(app)
    balance = await app.ledger.balance(account.id)
    assert (balance.available, balance.held) == (credits, 0)
    assert await app.stores.jobs.open_jobs([account.id]) == []
    left = await app.limits.left(account.id, 20)
    assert left.limit - left.remaining == counted
    assert (await verify_ledger(app.stores)).problems == ()


# --- accepted -----------------------------------------------------------------------------------------------


async def test_a_request_becomes_a_queued_job_with_its_price_held(app: App) -> None:
    outcome = await app.requests.submit(imagine(count=2))
    assert isinstance(outcome, Accepted)
    assert (outcome.job.state, outcome.job.quote.total) == (JobState.QUEUED, 20)
    assert await app.requests.outlook(outcome.job) == (0, None)
    assert outcome.allowance is not None
    assert (outcome.allowance.remaining, outcome.allowance.resets_at) == (19, next_midnight(NOON))
    assert (await app.ledger.balance(outcome.job.account)).held == 20


async def test_it_says_how_many_come_first_and_when_it_should_be_done(app: App) -> None:
    await done(app, imagine("r0"))
    await app.requests.submit(imagine("r1", BOB))
    app.clock.move(1)  # type: ignore[attr-defined]  # tests have a ManualClock
    outcome = await app.requests.submit(imagine("r2"))
    assert isinstance(outcome, Accepted)
    assert await app.requests.outlook(outcome.job) == (1, 1000)


# --- refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (imagine(prompt="  \n"), PromptMissing),
        (chat(message=""), PromptMissing),
        (imagine(prompt="x" * 2001), PromptTooLong),
        (imagine(model="demo-ard"), UnknownModel),
        (imagine(model="demo-chat"), UnknownModel),
        (imagine(aspect="5:7"), BadOption),
        (imagine(style="cubist"), BadOption),
        (imagine(model="square", count=2), ModelCannot),
        (imagine(prompt="forbidden fruit"), PromptRejected),
        (Request("r1", ALICE, Again("nosuchjob"), to_feed()), NotFound),
    ],
)
async def test_what_is_refused_holds_nothing_and_does_not_count(
    app: App, request_: Request, error: type[Refusal]
) -> None:
    with pytest.raises(error):
        await app.requests.submit(request_)
    await untouched(app)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (imagine(prompt=""), "prompt_missing"),
        (imagine(prompt="csam"), "prompt_rejected"),
        (chat(message="csam"), "prompt_rejected"),
        (Request("r1", ALICE, Again("nosuchjob"), to_feed()), "not_found"),
    ],
)
async def test_a_refusal_is_recorded_with_its_name(app: App, request_: Request, code: str) -> None:
    with pytest.raises(Refusal):
        await app.requests.submit(request_)
    usage = await app.stores.usage.get(request_.id)
    assert usage is not None
    assert (usage.indicators.status, usage.credits) == ("refused", 0)
    assert usage.indicators.error_name == code
    assert usage.operation == request_.operation


async def test_the_sentence_about_a_missing_ability_names_models_that_have_it(app: App) -> None:
    with pytest.raises(ModelCannot) as caught:
        await app.requests.submit(imagine(model="square", seed=7))
    assert (caught.value.others, "square" in caught.value.message) == (("demo-art",), True)


async def test_a_misspelt_model_is_answered_with_the_nearest(app: App) -> None:
    with pytest.raises(UnknownModel) as caught:
        await app.requests.submit(imagine(model="demo-ard"))
    assert caught.value.nearest == "demo-art"


async def test_a_suspended_account_is_refused(app: App) -> None:
    await app.stores.accounts.suspend((await person(app)).id, "spam")
    with pytest.raises(Suspended, match="spam"):
        await app.requests.submit(imagine())
    await untouched(app)


async def test_refused_prompts_suspend_at_the_fifth(app: App) -> None:
    for number in range(1, 6):
        with pytest.raises(PromptRejected) as caught:
            await app.requests.submit(imagine(f"r{number}", prompt="forbidden fruit"))
        assert (caught.value.strikes, caught.value.limit) == (number, 5)
    with pytest.raises(Suspended):
        await app.requests.submit(imagine("r6"))
    await untouched(app)


async def test_a_redelivered_bad_prompt_is_one_strike(app: App) -> None:
    for _ in range(6):
        with pytest.raises(PromptRejected) as caught:
            await app.requests.submit(imagine(prompt="forbidden fruit"))
    assert caught.value.strikes == 1


async def test_too_few_credits_are_refused_and_the_request_does_not_count(app: App) -> None:
    await done(app, imagine("r0", count=4))
    await done(app, imagine("r1", count=4))
    with pytest.raises(InsufficientCredits) as caught:
        await app.requests.submit(imagine("r2", count=3))
    assert (caught.value.needed, caught.value.available) == (30, 20)
    await untouched(app, credits=20, counted=2)
    assert await app.stores.jobs.all_jobs([(await person(app)).id]) != []


async def test_no_more_than_two_at_once(app: App) -> None:
    first = await accepted(app, imagine("r1"))
    await accepted(app, imagine("r2"))
    with pytest.raises(TooManyInFlight):
        await app.requests.submit(imagine("r3"))
    assert (await app.limits.left(first.account, 20)).remaining == 18
    assert await app.stores.jobs.request_cancel(first.id, app.clock.now()) is not None
    await app.sweeper.sweep()
    await accepted(app, imagine("r4"))


async def test_the_daily_limit_says_how_many_are_left_and_when_it_starts_anew(
    settings: Settings, clock: ManualClock
) -> None:
    async with opened(settings.model_copy(update={"rate_limit_per_day": {Role.USER: 2}}), clock) as app:
        for number, left in enumerate((1, 0)):
            outcome = await app.requests.submit(imagine(f"r{number}"))
            assert isinstance(outcome, Accepted)
            assert outcome.allowance is not None
            assert outcome.allowance.remaining == left
        with pytest.raises(RateLimited) as caught:
            await app.requests.submit(imagine("r9"))
        assert (caught.value.limit, caught.value.resets_at) == (2, next_midnight(NOON))
        clock.move(DAY // 2)
        with pytest.raises(TooManyInFlight):  # no longer the limit of the day
            await app.requests.submit(imagine("r9"))


async def test_the_daily_limit_is_exact_when_two_processes_ask_at_once(settings: Settings, clock: ManualClock) -> None:
    changes = {"rate_limit_per_day": {Role.USER: 7}, "max_jobs_in_flight": 99, "signup_credits": 9_999}
    async with opened(settings.model_copy(update=changes), clock) as app, opened(app.settings, clock) as other:
        outcomes = await asyncio.gather(
            *((app, other)[n % 2].requests.submit(imagine(f"r{n}")) for n in range(20)), return_exceptions=True
        )
        assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 7
        assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 13


# --- once ---------------------------------------------------------------------------------------------------


async def test_a_redelivered_request_is_the_same_job(app: App) -> None:
    first = await accepted(app, imagine())
    assert await accepted(app, imagine()) == first
    assert (await app.ledger.balance(first.account)).held == 10
    assert (await app.limits.left(first.account, 20)).remaining == 19


async def test_a_request_redelivered_after_its_end_finds_its_result(app: App) -> None:
    job = await done(app, imagine())
    assert await accepted(app, imagine()) == job


async def test_a_request_delivered_many_times_at_once_is_one_job(app: App) -> None:
    other = app_on(app, app.stores)
    jobs = await asyncio.gather(*(accepted((app, other)[n % 2], imagine()) for n in range(12)))
    assert len({(job.id, job.media) for job in jobs}) == 1
    assert (await app.ledger.balance(jobs[0].account)).held == 10
    assert (await verify_ledger(app.stores)).open_holds == 1


async def test_of_two_requests_for_the_last_credit_one_is_accepted(settings: Settings) -> None:
    async with opened(settings.model_copy(update={"signup_credits": 10})) as app:
        other = app_on(app, app.stores)
        outcomes = await asyncio.gather(
            app.requests.submit(imagine("r1")), other.requests.submit(imagine("r2")), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Accepted, InsufficientCredits}


# --- the cache, and again -----------------------------------------------------------------------------------


async def answered(app: App, request: Request) -> None:
    async with working(app):
        await settled(app, (await accepted(app, request)).id)


async def test_the_same_question_is_answered_again_for_nothing_and_without_a_job(app: App) -> None:
    await answered(app, chat("c1"))
    outcome = await app.requests.submit(chat("c2"))
    assert isinstance(outcome, Completed)
    assert "hello" in outcome.result.text
    await untouched(app, credits=99, counted=2)
    assert len(await app.stores.jobs.all_jobs([(await person(app)).id])) == 1


async def test_an_answer_is_never_shown_to_somebody_else(app: App) -> None:
    await answered(app, chat("c1"))
    assert isinstance(await app.requests.submit(chat("c2", BOB)), Accepted)


async def test_a_re_roll_orders_the_same_with_another_seed(app: App) -> None:
    former = await done(app, imagine("r1", count=2, style="pixel", seed=7))
    spec = (await accepted(app, Request("r2", ALICE, Again(former.id), to_feed()))).spec
    assert isinstance(spec, ImageSpec)
    assert (spec.prompt, spec.count, spec.style, spec.parent) == ("a red fox", 2, "pixel", former.id)
    assert (spec.seed != 7, spec.variation) == (True, 0)


@pytest.mark.parametrize("index", [None, 1])
async def test_nobody_draws_other_peoples_pictures_again(app: App, index: int | None) -> None:
    former = await done(app, imagine("r1", BOB))
    with pytest.raises(NotFound):
        await app.requests.submit(Request("r2", ALICE, Again(former.id, index), to_feed()))
    await untouched(app)
