"""The same question of the same person: one provider call, one payment, and an answer for everybody who waits."""

import asyncio
from pathlib import Path

import pytest

from core.app import App
from core.cache import MemoryReplyCache
from core.catalogue import ChatTable
from core.clock import DAY
from core.errors import GenerationFailed
from core.generation.replies import Replies
from core.jobs.model import ChatSpec, Job, Result, Source, Turn
from core.providers.ports import ProviderFailed
from core.requests import Accepted, Completed
from tests.fakes import app_on, settled, with_provider, working
from tests.fakes.providers import Hangs, Provider, Raises
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
