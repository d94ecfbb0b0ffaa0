"""The real SDKs against servers on the wire, through the whole core: what each bad day costs whom."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from core.app import App, compose, open_app
from core.credits.verify import verify_ledger
from core.generation import generator
from core.jobs.attempts import Attempt
from core.jobs.making import LEASE
from core.jobs.model import Job, JobState
from core.observe.model import Usage
from core.requests import Accepted, Request
from core.settings import Settings
from core.tasks import stopped
from tests.fakes import gemini as google
from tests.fakes import job_of, settled, until, working
from tests.fakes import openai as open_ai
from tests.fakes import replicate as replicated
from tests.fakes.gemini import documents, steps
from tests.fakes.replicate import faults as predicted
from tests.support import chat, imagine, opened

CATALOGUE = Path(__file__).parents[2] / "easel.toml"
CHAT, FLUX, GPT_IMAGE = 1, 5, 20
"""Credits, as easel.toml says."""


@dataclass
class World:
    """A core with three providers and their servers."""

    app: App
    openai: open_ai.OpenAIFake
    gemini: google.GeminiFake
    replicate: replicated.ReplicateFake

    async def run(self, request: Request) -> tuple[Job, Usage]:
        """The settled job and its record; the books are right, and the wallet lacks what was charged."""
        outcome = await self.app.requests.submit(request)
        assert isinstance(outcome, Accepted)
        async with working(self.app):
            job = await settled(self.app, outcome.job.id, seconds=30)
        balance = await self.app.ledger.balance(job.account)
        assert (balance.available, balance.held) == (100 - (job.charged or 0), 0)
        assert (await verify_ledger(self.app.stores)).problems == ()
        usage = await self.app.stores.usage.get(request.id)
        assert usage is not None
        said = usage.indicators
        parts = said.db_ms + said.cache_read_ms + said.credit_ms + said.ai_ms + said.cache_write_ms
        assert parts <= said.total_ms + 1
        return job, usage


def settings_of(folder: Path, **keys: str) -> Settings:
    values: dict[str, object] = {"_env_file": None, "data_dir": folder / "data", "easel_config": CATALOGUE}
    return Settings(**(values | keys))  # type: ignore[arg-type]  # names and types are checked by pydantic


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        openai = await stack.enter_async_context(open_ai.OpenAIFake())
        gemini = await stack.enter_async_context(google.GeminiFake())
        replicate = await stack.enter_async_context(replicated.ReplicateFake())
        settings = settings_of(
            folder, openai_api_key=open_ai.KEY, openai_base_url=openai.url, gemini_api_key=google.KEY,
            gemini_base_url=gemini.url, replicate_api_token=replicate.token, replicate_base_url=replicate.url,
        )  # fmt: skip
        app = await stack.enter_async_context(opened(settings))
        yield World(app, openai, gemini, replicate)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as here:
        yield here


# --- good days --------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_by_gemini_and_priced_by_its_tokens(here: World) -> None:
    job, usage = await here.run(chat())
    assert (job.state, job.charged, usage.indicators.provider_used) == (JobState.DONE, CHAT, "gemini")
    assert usage.cost is not None
    assert usage.cost > 0
    assert usage.margin is not None


async def test_a_picture_is_drawn_by_replicate_and_priced_by_the_table(here: World) -> None:
    job, usage = await here.run(imagine(count=2))
    assert (job.charged, usage.indicators.provider_used, usage.cost) == (2 * FLUX, "replicate", 2 * 3_000_000)
    assert job.result is not None
    assert len(job.result.pictures) == 2


# --- Gemini has a bad day: OpenAI answers, once charged -------------------------------------------------------------

DEAD = {
    "a limit with a long wait": steps.fails(429, details=[documents.retry_info("60s")]),
    "a limit without": steps.fails(429),
    "no quota": steps.fails(429, details=[documents.quota_failure("GenerateRequestsPerDayPerProjectPerModel")]),
    "an internal error": steps.fails(500),
    "overloaded": steps.fails(503),
    "a page instead of an answer": steps.page(),
    "a wrong key": steps.fails(400, details=[documents.error_info("API_KEY_INVALID")]),
    "a cut stream": steps.drops(documents.answer(documents.text("Half an ans"), finish=None)),
}


@pytest.mark.parametrize("fault", DEAD.values(), ids=DEAD)
async def test_when_gemini_fails_openai_answers_and_is_charged_once(here: World, fault: steps.Step) -> None:
    here.gemini.script(fault)
    job, usage = await here.run(chat())
    assert (job.state, job.charged) == (JobState.DONE, CHAT)
    assert (usage.indicators.provider_used, usage.indicators.fallback_used) == ("openai", True)
    assert [call.provider for call in usage.calls] == ["gemini", "openai"]
    assert usage.model_used == "gpt-6-luna"
    assert len(here.openai.calls) == 1


async def test_when_geminis_model_is_retired_openai_answers(here: World) -> None:
    here.gemini.script(steps.fails(404), steps.fails(404))  # asked for in both versions of the API
    _, usage = await here.run(chat())
    assert (usage.indicators.provider_used, usage.calls[0].outcome) == ("openai", "fatal")


async def test_a_short_wait_is_waited_and_gemini_answers(here: World) -> None:
    here.gemini.script(steps.fails(429, details=[documents.retry_info("0.05s")]))
    job, usage = await here.run(chat())
    assert (job.charged, usage.indicators.provider_used, here.openai.calls) == (CHAT, "gemini", [])
    assert [call.outcome for call in usage.calls] == ["retryable", "done"]


# --- what ends a request --------------------------------------------------------------------------------------------

LOST = {
    "a dropped connection": steps.drops(),
    "malformed JSON": steps.sends("{"),
    "hanging": steps.hangs(),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
async def test_when_an_answer_is_lost_nobody_else_is_paid_and_the_person_pays_nothing(
    here: World, fault: steps.Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "CHAT_SECONDS", 1.0)
    here.gemini.script(fault)
    job, usage = await here.run(chat())
    assert (job.state, job.charged, here.openai.calls) == (JobState.FAILED, 0, [])
    assert [(call.outcome, call.cost) for call in usage.calls] == [("unknown", None)]
    assert (usage.cost, usage.margin) == (None, None)
    assert (usage.indicators.status, usage.indicators.provider_used) == ("failed", None)


async def test_a_refusal_is_final_and_free(here: World) -> None:
    here.gemini.script(steps.replies(documents.blocked("SAFETY")))
    job, usage = await here.run(chat())
    assert (job.state, job.charged, here.openai.calls) == (JobState.FAILED, 0, [])
    assert usage.indicators.error_name == "generation_refused"


async def test_when_both_fail_the_person_pays_nothing_and_learns_no_secrets(here: World) -> None:
    here.gemini.script(steps.fails(400, details=[documents.error_info("API_KEY_INVALID")]))
    here.openai.script(open_ai.wrong_key())
    job, _ = await here.run(chat())
    assert (job.state, job.charged) == (JobState.FAILED, 0)
    assert job.failure is not None
    assert job.failure.message == "No model can serve this at the moment."


# --- pictures -------------------------------------------------------------------------------------------------------

PICTURE_FAULTS: dict[str, tuple[Callable[[], replicated.Script], str]] = {
    "a limit": (lambda: replicated.Script(on_create=predicted.throttled(**{"Retry-After": "60"})), "gemini"),
    "no credit at Replicate": (lambda: replicated.Script(on_create=predicted.no_credit()), "gemini"),
    "a page": (lambda: replicated.Script(on_create=predicted.html()), "gemini"),
    "a failed prediction": (lambda: replicated.Script(end="failed", error="CUDA out of memory"), "gemini"),
}


@pytest.mark.parametrize(("script", "served"), PICTURE_FAULTS.values(), ids=PICTURE_FAULTS)
async def test_when_replicate_fails_the_next_draws_and_nobody_pays_more_than_was_quoted(
    here: World, script: Callable[[], replicated.Script], served: str
) -> None:
    here.replicate.script(script())
    job, usage = await here.run(imagine())
    assert (job.state, job.charged, usage.indicators.provider_used) == (JobState.DONE, FLUX, served)
    assert job.result is not None
    assert (job.result.fallback_used, job.result.model) == (True, "gemini-3.1-flash-image")


async def test_a_lost_creation_is_not_drawn_by_anybody_else(here: World) -> None:
    here.replicate.script(replicated.Script(on_create=predicted.Drop()))
    job, usage = await here.run(imagine())
    assert (job.state, job.charged, here.gemini.calls) == (JobState.FAILED, 0, [])
    assert [call.outcome for call in usage.calls] == ["unknown"]


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a\x01\x00"])
async def test_what_is_no_picture_is_neither_shown_nor_paid(here: World, data: bytes) -> None:
    here.openai.script(open_ai.Draws(data=data))
    job, usage = await here.run(imagine(model="gpt-image-2"))
    assert (job.state, job.charged) == (JobState.FAILED, 0)
    assert usage.calls[0].outcome != "done"


async def test_a_cancelled_picture_is_stopped_at_replicate_and_free(here: World) -> None:
    here.replicate.script(replicated.Script(polls=None))
    outcome = await here.app.requests.submit(imagine())
    assert isinstance(outcome, Accepted)
    async with working(here.app), asyncio.timeout(20):
        while not here.replicate.created:  # noqa: ASYNC110  # another server's memory
            await asyncio.sleep(0.02)
        await here.app.stores.jobs.request_cancel(outcome.job.id, here.app.clock.now())
        here.app.signals.stop(outcome.job.id)
        job = await settled(here.app, outcome.job.id)
    assert (job.state, job.charged) == (JobState.CANCELLED, 0)
    [prediction] = here.replicate.created
    assert prediction.status == "canceled"


async def test_a_prediction_of_a_killed_worker_is_gone_on_with(here: World) -> None:
    """The process died after the prediction's id was saved: the next worker polls it and makes no other."""
    jobs, now = here.app.stores.jobs, here.app.clock.now
    outcome = await here.app.requests.submit(imagine())
    assert isinstance(outcome, Accepted)
    dead = await jobs.claim("dead", now(), now() + LEASE)
    assert dead is not None
    prediction = await created(here)
    call = Attempt(provider="replicate", model="flux-schnell", started_at=now(), provider_job=prediction)
    assert await jobs.record_attempts(dead, [call])
    assert await jobs.expire_leases(now() + 2 * LEASE, 3) == 1
    async with working(here.app):
        job = await settled(here.app, outcome.job.id, seconds=30)
    assert (job.state, job.charged, len(here.replicate.created)) == (JobState.DONE, FLUX, 1)
    assert [(each.provider_job, each.outcome) for each in job.attempts] == [(prediction, "done")]


@pytest.mark.parametrize("lost", [False, True], ids=["stopped", "lost its lease"])
async def test_a_prediction_of_a_worker_that_leaves_is_gone_on_with_and_not_stopped(here: World, lost: bool) -> None:
    """Else each restart would draw all over again, elsewhere, and whatever runs by the second be paid for nothing."""
    here.replicate.script(replicated.Script(polls=4))
    outcome = await here.app.requests.submit(imagine())
    assert isinstance(outcome, Accepted)

    async def remembered() -> bool:
        attempts = (await job_of(here.app, outcome.job.id)).attempts
        return bool(attempts) and attempts[-1].provider_job is not None

    async with working(here.app) as worker:
        await until(remembered)
        if lost:
            assert await here.app.stores.jobs.expire_leases(here.app.clock.now() + 2 * LEASE, 3) == 1
        else:
            await stopped({worker})
        async with working(another(here.app)):
            job = await settled(here.app, outcome.job.id, seconds=30)
    assert (job.state, job.charged, [each.outcome for each in job.attempts]) == (JobState.DONE, FLUX, ["done"])
    [prediction] = here.replicate.created
    assert (prediction.status, prediction.cancel_tries) == ("succeeded", 0)


def another(app: App) -> App:
    """A second process."""
    other = compose(app.settings, app.catalogue, app.clock, app.stores, app.providers, process="another")
    other.messengers.update(app.messengers)
    return other


async def created(here: World) -> str:
    """A prediction, made by hand."""
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {here.replicate.token}"}) as client:
        url = f"{here.replicate.url}/v1/models/black-forest-labs/flux-schnell/predictions"
        answer = await client.post(url, json={"input": {"prompt": "a red fox"}})
        return str(answer.json()["id"])


# --- whoever is not configured --------------------------------------------------------------------------------------


async def test_without_keys_only_the_demo_serves_and_with_one_key_only_what_it_lacks(tmp_path: Path) -> None:
    async with open_app(settings_of(tmp_path)) as app:
        assert {model.provider for model in app.catalogue.models} == {"demo"}
    async with open_app(settings_of(tmp_path, replicate_api_token="r8_x")) as app:
        assert {(model.kind, model.provider) for model in app.catalogue.models} == {
            ("image", "replicate"), ("chat", "demo"),
        }  # fmt: skip
