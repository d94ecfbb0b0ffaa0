"""Each way a request can go, through the whole core: indicators, costs, sums and the wallet tell the truth."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.app import App, compose
from core.catalogue import load_catalogue
from core.credits.verify import verify_ledger
from core.generation.generator import CHAT_SECONDS
from core.jobs.attempts import Tokens
from core.jobs.model import Job
from core.jobs.specs import ChatSpec, ImageSpec
from core.observe.model import Rollup, Usage
from core.providers.ports import (
    Answer,
    Bill,
    Call,
    Drawing,
    Drawn,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    Providers,
    ProviderUnknown,
)
from core.requests import Accepted, Completed
from tests.core.jobs.test_settlement import complete
from tests.fakes import settled, skip, working
from tests.fakes.providers import Hangs, Provider, pictures
from tests.support import chat, imagine

MODELS = """
[chains]
image = ["art-p", "art-q"]
chat = ["talk-p", "talk-q"]
[[models]]
name = "art-p"
provider = "p"
kind = "image"
price = 10
aspects = ["1:1"]
long_side = 64
max_count = 4
cost = { picture = "0.003" }
[[models]]
name = "art-q"
provider = "q"
kind = "image"
price = 4
aspects = ["1:1"]
long_side = 64
max_count = 4
cost = { input = "1", output = "2", image_output = "30" }
[[models]]
name = "talk-p"
provider = "p"
kind = "chat"
price = 3
cost = { input = "1", output = "2" }
[[models]]
name = "talk-q"
provider = "q"
kind = "chat"
price = 2
[[packs]]
name = "small"
credits = 500
price = 500
currency = "USD"
"""
CREDIT = 10_000_000  # nano-USD: one cent
SPOKEN = Tokens(input=1_000, output=100)  # 1.2 million nano-USD at talk-p
DRAWN = Tokens(input=10, output=1_000, image=900)  # 27,210,000 nano-USD at art-q


class Scripted(Provider):
    """Raises what is listed, then serves and says what was counted."""

    demo = False

    def __init__(self, name: str, *errors: ProviderError, junk: int = 0) -> None:
        super().__init__()
        self.name = name
        self._errors = list(errors)
        self._junk = junk

    async def asked(self, spec: ImageSpec | ChatSpec, call: Call) -> None:
        await super().asked(spec, call)
        if self._errors:
            raise self._errors.pop(0)

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        await self.asked(spec, call)
        good = pictures(spec, spec.count - self._junk)
        return Drawing((*good, *[Drawn(b"<html>")] * self._junk), DRAWN, f"{call.model.name}-001")

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        await self.asked(spec, call)
        return Answer(f"You said {spec.prompt}", SPOKEN, f"{call.model.name}-001")


class Hanging(Hangs):
    name = "p"
    demo = False


class World:
    """The core on these two models of each kind, and what it recorded."""

    def __init__(self, app: App, folder: Path) -> None:
        path = folder / "paths.toml"
        path.write_text(MODELS)
        self._app = app
        self._catalogue = load_catalogue(path)

    @asynccontextmanager
    async def served_by(self, *providers: Provider) -> AsyncIterator[App]:
        named = {provider.name: provider for provider in providers}
        app = compose(self._app.settings, self._catalogue, self._app.clock, self._app.stores, Providers(named, named))
        app.messengers.update(self._app.messengers)
        async with working(app):
            yield app

    async def run(self, request: object, *providers: Provider) -> tuple[Job, Usage]:
        async with self.served_by(*providers) as app:
            accepted = await app.requests.submit(request)  # type: ignore[arg-type]  # a test knows what it gives
            assert isinstance(accepted, Accepted)
            job = await settled(app, accepted.job.id)
        return job, await self.usage(job.request_id)

    async def usage(self, request_id: str) -> Usage:
        usage = await self._app.stores.usage.get(request_id)
        assert usage is not None
        complete(usage)
        return usage

    async def wallet(self, job: Job) -> int:
        assert (await verify_ledger(self._app.stores)).problems == ()
        return (await self._app.ledger.balance(job.account)).available

    async def rows(self) -> dict[tuple[str, str], dict[str, int]]:
        """Today's counters by provider and model, without zeros."""
        found: list[Rollup] = await self._app.stores.usage.rollups("2026-11-23", "2026-11-23")
        return {(row.provider, row.model): {k: v for k, v in row.counters.items() if v} for row in found}


@pytest.fixture
def world(app: App, tmp_path: Path) -> World:
    return World(app, tmp_path)


def told(usage: Usage) -> tuple[str, str | None, bool, bool, str | None]:
    said = usage.indicators
    return said.status, said.provider_used, said.fallback_used, said.cached, said.error_name


def money(usage: Usage) -> tuple[int, int | None, int | None]:
    """Credits charged, cost and margin."""
    return usage.credits, usage.cost, usage.margin


def outcomes(usage: Usage) -> Sequence[tuple[str, str, int | None]]:
    return [(call.model, call.outcome, call.cost) for call in usage.calls]


async def test_a_picture_is_paid_and_costs_what_its_model_does(world: World) -> None:
    job, usage = await world.run(imagine(count=2), Scripted("p"))
    assert told(usage) == ("done", "p", False, False, None)
    assert money(usage) == (20, 6_000_000, 20 * CREDIT - 6_000_000)
    assert outcomes(usage) == [("art-p", "done", 6_000_000)]
    assert usage.calls[0].served == "art-p-001"
    assert await world.wallet(job) == 80
    assert (await world.rows())["p", "art-p"]["cost_nano"] == 6_000_000


async def test_what_came_and_cannot_be_shown_costs_the_operator_and_not_the_person(world: World) -> None:
    job, usage = await world.run(imagine(count=3), Scripted("p", junk=1))
    assert (usage.pictures, money(usage)) == (2, (20, 9_000_000, 20 * CREDIT - 9_000_000))
    assert await world.wallet(job) == 80


async def test_a_fallback_is_named_and_both_calls_are_in_the_books(world: World) -> None:
    job, usage = await world.run(imagine(), Scripted("p", ProviderFailed("down")), Scripted("q"))
    assert told(usage) == ("done", "q", True, False, None)
    assert (usage.model, usage.model_used) == ("art-p", "art-q")
    assert money(usage) == (4, 27_210_000, 4 * CREDIT - 27_210_000)
    assert outcomes(usage) == [("art-p", "retryable", 0), ("art-q", "done", 27_210_000)]
    assert await world.wallet(job) == 96
    assert await world.rows() == {
        ("p", "art-p"): {"calls": 1, "calls_retryable": 1},
        ("q", "art-q"): {
            "requests": 1, "done": 1, "fallback": 1, "credits": 4, "pictures": 1, "earned_nano": 4 * CREDIT, "calls": 1,
            "calls_done": 1, "cost_nano": 27_210_000, "tokens_input": 10, "tokens_output": 1_000, "tokens_image": 900,
        },
    }  # fmt: skip


async def test_a_price_that_nobody_knows_makes_the_margin_unknown_and_not_high(world: World) -> None:
    _, usage = await world.run(chat(), Scripted("p", ProviderFatal("wrong key")), Scripted("q"))
    assert told(usage) == ("done", "q", True, False, None)
    assert money(usage) == (2, None, None)
    assert (await world.rows())["q", "talk-q"]["cost_unknown"] == 1


async def test_a_repeated_question_is_a_hit_without_a_call_a_cost_or_a_charge(world: World) -> None:
    provider = Scripted("p")
    job, first = await world.run(chat("c1"), provider)
    assert (told(first), money(first)) == (("done", "p", False, False, None), (3, 1_200_000, 3 * CREDIT - 1_200_000))
    async with world.served_by(provider) as app:
        assert isinstance(await app.requests.submit(chat("c2")), Completed)
    hit = await world.usage("c2")
    assert told(hit) == ("done", "p", False, True, None)
    assert (money(hit), hit.calls, hit.model_used) == ((0, 0, 0), (), "talk-p")
    assert (len(provider.calls), await world.wallet(job)) == (1, 97)
    row = (await world.rows())["p", "talk-p"]
    assert (row["requests"], row["cached"], row["calls"], row["cost_nano"]) == (2, 1, 1, 1_200_000)


async def test_a_refusal_is_final_and_free_for_the_person_and_costs_what_was_billed(world: World) -> None:
    other = Scripted("q")
    refused = ProviderRefused("policy", Bill(billed=True, tokens=SPOKEN))
    job, usage = await world.run(chat(), Scripted("p", refused), other)
    assert told(usage) == ("refused", None, False, False, "generation_refused")
    assert money(usage) == (0, 1_200_000, -1_200_000)
    assert (other.calls, await world.wallet(job)) == ([], 100)
    rows = await world.rows()
    assert rows["none", "none"] == {"requests": 1, "refused": 1}
    assert rows["p", "talk-p"]["calls_refused"] == 1


async def test_a_lost_answer_costs_the_person_nothing_and_the_operator_nobody_knows_what(world: World) -> None:
    other = Scripted("q")
    job, usage = await world.run(chat(), Scripted("p", ProviderUnknown("lost")), other)
    assert told(usage) == ("failed", None, False, False, "generation_failed")
    assert (money(usage), outcomes(usage)) == ((0, None, None), [("talk-p", "unknown", None)])
    assert (other.calls, await world.wallet(job)) == ([], 100)


async def test_a_provider_that_is_too_slow_is_a_failure_of_unknown_cost(world: World) -> None:
    slow = Hanging()
    async with world.served_by(slow) as app:
        accepted = await app.requests.submit(chat())
        assert isinstance(accepted, Accepted)
        await slow.started.wait()
        skip(CHAT_SECONDS)
        job = await settled(app, accepted.job.id)
    usage = await world.usage("c1")
    assert told(usage) == ("failed", None, False, False, "generation_failed")
    assert (money(usage), outcomes(usage)) == ((0, None, None), [("talk-p", "unknown", None)])
    assert await world.wallet(job) == 100


async def test_when_everybody_fails_nothing_was_earned_and_nothing_spent(world: World) -> None:
    failing = Scripted("p", ProviderFailed("down")), Scripted("q", ProviderFatal("no quota"))
    job, usage = await world.run(chat(), *failing)
    assert told(usage) == ("failed", None, False, False, "generation_failed")
    assert money(usage) == (0, 0, 0)
    assert outcomes(usage) == [("talk-p", "retryable", 0), ("talk-q", "fatal", 0)]
    assert await world.wallet(job) == 100


async def test_a_cancelled_call_is_of_unknown_cost(world: World) -> None:
    slow = Hanging()
    async with world.served_by(slow) as app:
        accepted = await app.requests.submit(imagine())
        assert isinstance(accepted, Accepted)
        await slow.started.wait()
        await app.stores.jobs.request_cancel(accepted.job.id, app.clock.now())
        app.signals.stop(accepted.job.id)
        job = await settled(app, accepted.job.id)
    usage = await world.usage("r1")
    assert told(usage) == ("cancelled", None, False, False, "cancelled")
    assert (money(usage), outcomes(usage)) == ((0, None, None), [("art-p", "cancelled", None)])
    assert await world.wallet(job) == 100
