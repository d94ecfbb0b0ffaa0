"""Who is asked next, and when nobody is: one retry loop under one deadline, and never two bills for one result."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from core.catalogue import Model, load_catalogue
from core.errors import GenerationFailed, GenerationRefused, StoreBusy
from core.generation import chain as module
from core.generation.chain import WAIT_AT_MOST, Chain, Served
from core.generation.health import FAILURES_TO_OPEN, RETRY_RESERVE, Health
from core.generation.prices import Prices
from core.generation.trail import Trail
from core.jobs.attempts import Attempt, Tokens
from core.jobs.model import Job, LeaseLost
from core.jobs.slots import Slots
from core.jobs.specs import ChatSpec
from core.providers.ports import (
    Answer,
    Bill,
    Call,
    ChatProvider,
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from tests.core.jobs.test_settlement import a_job
from tests.fakes import MemorySlots, skip
from tests.support import SMALL_MODELS, ManualClock

MODELS = """
[[models]]
name = "one"
provider = "first"
kind = "chat"
price = 3
cost = { input = "1", output = "2" }
[[models]]
name = "two"
provider = "second"
kind = "chat"
price = 2
"""
SPEC = ChatSpec(prompt="hi", model="one", fallbacks=("two",))


class Scripted:
    """Raises or answers what is listed, then answers."""

    demo = False

    def __init__(self, name: str, *script: ProviderError | Answer | float) -> None:
        self.name = name
        self.script = list(script)
        self.calls: list[Call] = []

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        self.calls.append(call)
        step = self.script.pop(0) if self.script else Answer("ok")
        if isinstance(step, float):
            await call.remember("p1")
            await asyncio.sleep(step)
            return Answer("late")
        if isinstance(step, Answer):
            return step
        raise step

    async def lacking(self, models: Collection[str]) -> set[str]:
        return set()


class Bench:
    """A chain, and what it recorded."""

    def __init__(self, folder: Path, clock: ManualClock, failures_to_open: int = FAILURES_TO_OPEN) -> None:
        path = folder / "chain.toml"
        path.write_text(SMALL_MODELS + MODELS)
        self.catalogue = load_catalogue(path)
        self.clock = clock
        self.health = Health(failures_to_open)
        slots = Slots(MemorySlots(), {}, clock)
        self.chain = Chain(self.catalogue, slots, self.health, Prices(), clock)
        self.attempts: tuple[Attempt, ...] = ()

    async def run(
        self,
        *providers: ChatProvider,
        spec: ChatSpec = SPEC,
        job: Job | None = None,
        trail: type[Trail] = Trail,
        seconds: float = 30.0,
    ) -> Served[Answer]:
        job = job or a_job(spec=spec)

        async def record(attempts: Sequence[Attempt]) -> None:
            self.attempts = tuple(attempts)

        calls = trail(job.attempts, record, self.clock)

        def call(model: Model, seconds: float) -> Call:
            running = calls.running_at_provider
            resume = running.provider_job if running else None
            return Call(model, seconds, lambda _: None, remember=calls.remember, resume=resume)

        async def ask(provider: ChatProvider, one: Call) -> Answer:
            return await provider.answer(spec, one)

        try:
            return await self.chain.run(job, {each.name: each for each in providers}, calls, call, ask, seconds)
        finally:
            self.attempts = calls.attempts


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Bench:
    return Bench(tmp_path, clock)


@pytest.mark.parametrize("error", [ProviderFailed("down"), ProviderFatal("wrong key")])
async def test_a_dead_call_is_followed_by_the_next_provider(bench: Bench, error: ProviderError) -> None:
    second = Scripted("second")
    served = await bench.run(Scripted("first", error), second)
    assert (served.model.name, served.made.text, len(second.calls)) == ("two", "ok", 1)
    assert [(a.provider, a.outcome, a.cost) for a in bench.attempts] == [
        ("first", error.outcome, 0),
        ("second", "done", None),
    ]


@pytest.mark.parametrize(
    ("error", "raised"), [(ProviderRefused("no"), GenerationRefused), (ProviderUnknown("lost"), GenerationFailed)]
)
async def test_a_refusal_and_a_lost_answer_end_the_chain(
    bench: Bench, error: ProviderError, raised: type[GenerationFailed]
) -> None:
    second = Scripted("second")
    with pytest.raises(raised):
        await bench.run(Scripted("first", error), second)
    assert second.calls == []
    assert bench.attempts[-1].outcome == error.outcome


async def test_a_call_that_hangs_until_the_deadline_is_unknown_and_nobody_else_is_asked(bench: Bench) -> None:
    second = Scripted("second")
    running = asyncio.create_task(bench.run(Scripted("first", 60.0), second))
    await asyncio.sleep(0.05)
    skip(30)
    with pytest.raises(GenerationFailed, match="within 30 seconds"):
        await running
    assert second.calls == []
    [attempt] = bench.attempts
    assert (attempt.outcome, attempt.cost, attempt.provider_job) == ("unknown", None, "p1")


async def test_a_short_retry_after_is_waited_for(bench: Bench) -> None:
    first, second = Scripted("first", ProviderFailed("busy", retry_after=0.05)), Scripted("second")
    begun = asyncio.get_running_loop().time()
    served = await bench.run(first, second)
    assert (served.model.name, len(first.calls), len(second.calls)) == ("one", 2, 0)
    assert asyncio.get_running_loop().time() - begun >= 0.05


async def test_a_long_retry_after_makes_it_rest_for_everybody_while_others_serve(bench: Bench) -> None:
    first, second = Scripted("first", ProviderFailed("busy", retry_after=60.0)), Scripted("second")
    assert (await bench.run(first, second)).model.name == "two"
    assert (await bench.run(first, second)).model.name == "two"
    assert (len(first.calls), len(second.calls)) == (1, 2)
    assert bench.health.states()["first"] == "resting"


async def test_a_sole_provider_that_rests_says_when_to_come_again(bench: Bench) -> None:
    alone = SPEC.model_copy(update={"fallbacks": ()})
    first = Scripted("first", ProviderFailed("busy", retry_after=60.0))
    with pytest.raises(GenerationFailed, match="busy"):
        await bench.run(first, spec=alone)
    with pytest.raises(GenerationFailed, match=r"Try again in \d+ s"):
        await bench.run(first, spec=alone)
    assert len(first.calls) == 1


async def test_a_short_rest_of_a_provider_without_a_stand_in_is_waited_out(bench: Bench) -> None:
    """Another job was told to come again soon."""
    bench.health.rest("first", 0.05)
    alone, first = SPEC.model_copy(update={"fallbacks": ()}), Scripted("first", ProviderFailed("x"))
    assert (await bench.run(first, spec=alone)).made.text == "ok"
    assert (len(first.calls), bench.health._retries < RETRY_RESERVE) == (2, True)


async def test_a_short_rest_is_not_waited_out_where_somebody_stands_in(bench: Bench) -> None:
    bench.health.rest("first", WAIT_AT_MOST)
    first = Scripted("first")
    assert (await bench.run(first, Scripted("second"))).model.name == "two"
    assert first.calls == []


async def test_a_rest_that_is_longer_than_the_time_left_is_not_waited_out(bench: Bench) -> None:
    bench.health.rest("first", 4.0)
    alone = SPEC.model_copy(update={"fallbacks": ()})
    with pytest.raises(GenerationFailed, match=r"Try again in \d s"):
        await bench.run(Scripted("first"), spec=alone, seconds=3.0)


async def test_the_last_provider_gets_one_more_try_and_not_two(bench: Bench) -> None:
    alone = SPEC.model_copy(update={"fallbacks": ()})
    assert (await bench.run(Scripted("first", ProviderFailed("x")), spec=alone)).made.text == "ok"
    with pytest.raises(GenerationFailed):
        await bench.run(Scripted("first", ProviderFailed("x"), ProviderFailed("x")), spec=alone)


async def test_retries_have_a_budget(tmp_path: Path, clock: ManualClock) -> None:
    bench = Bench(tmp_path, clock, failures_to_open=1_000)  # that they open is not what this is about
    alone = SPEC.model_copy(update={"fallbacks": ()})
    calls = 0
    for _ in range(20):
        first = Scripted("first", *(ProviderFailed("x") for _ in range(5)))
        with pytest.raises(GenerationFailed):
            await bench.run(first, spec=alone)
        calls += len(first.calls)
    assert calls == 20 + 5


async def test_a_provider_that_fails_again_and_again_is_not_asked_for_a_while(bench: Bench) -> None:
    first = Scripted("first", *(ProviderFailed("down") for _ in range(50)))
    for _ in range(FAILURES_TO_OPEN + 3):
        await bench.run(first, Scripted("second"))
    assert len(first.calls) == FAILURES_TO_OPEN
    assert bench.health.states()["first"] == "opened"


@pytest.mark.parametrize("error", [ProviderRefused("no"), ProviderCannot("not this")])
async def test_requests_that_are_refused_or_unfit_do_not_keep_a_provider_from_others(
    bench: Bench, error: ProviderError
) -> None:
    first = Scripted("first", *(error for _ in range(FAILURES_TO_OPEN + 3)))
    for _ in range(FAILURES_TO_OPEN + 3):
        with pytest.raises(GenerationFailed):
            await bench.run(first)
    assert len(first.calls) == FAILURES_TO_OPEN + 3


async def test_a_cancelled_call_says_nothing_about_a_provider(bench: Bench) -> None:
    for _ in range(FAILURES_TO_OPEN + 1):
        running = asyncio.create_task(bench.run(Scripted("first", 60.0)))
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert (await bench.run(Scripted("first"))).made.text == "ok"


async def test_a_call_that_was_billed_for_nothing_is_priced_by_its_tokens_or_unknown(bench: Bench) -> None:
    cut = ProviderFailed("cut", Bill(billed=True, tokens=Tokens(input=1_000_000, output=1_000_000)))
    await bench.run(Scripted("first", cut), Scripted("second"))
    assert bench.attempts[0].cost == 3_000_000_000
    await bench.run(Scripted("first", ProviderFailed("cut", Bill(billed=True))), Scripted("second"))
    assert bench.attempts[0].cost is None


async def test_an_interrupted_call_with_an_id_is_resumed_and_not_made_again(bench: Bench) -> None:
    before = Attempt(provider="second", model="two", started_at=1, provider_job="p7")
    first, second = Scripted("first"), Scripted("second")
    served = await bench.run(first, second, job=a_job(spec=SPEC, attempts=(before,)))
    assert (served.model.name, first.calls, second.calls[0].resume) == ("two", [], "p7")
    [attempt] = bench.attempts
    assert (attempt.outcome, attempt.provider_job) == ("done", "p7")


async def test_an_interrupted_call_without_an_id_counts_as_unknown(bench: Bench) -> None:
    before = Attempt(provider="first", model="one", started_at=1)
    await bench.run(Scripted("first"), job=a_job(spec=SPEC, attempts=(before,)))
    assert [(a.outcome, a.cost) for a in bench.attempts] == [("unknown", None), ("done", None)]


async def test_without_any_provider_the_failure_says_so(bench: Bench) -> None:
    with pytest.raises(GenerationFailed, match="No model can serve this"):
        await bench.run()


REMOTE = Attempt(provider="first", model="one", started_at=1, provider_job="p7")


async def test_a_call_that_still_runs_is_gone_on_with_although_its_provider_rests(bench: Bench) -> None:
    """Asking about it is no new call, and whoever else was asked now would be paid for the same thing."""
    bench.health.rest("first", 60.0)
    first, second = Scripted("first"), Scripted("second")
    served = await bench.run(first, second, job=a_job(spec=SPEC, attempts=(REMOTE,)))
    assert (served.model.name, first.calls[0].resume, second.calls) == ("one", "p7", [])
    assert [(a.provider, a.outcome) for a in bench.attempts] == [("first", "done")]


async def test_a_call_that_still_runs_at_a_provider_that_is_gone_is_unknown_and_made_by_nobody_else(
    bench: Bench,
) -> None:
    second = Scripted("second")
    with pytest.raises(GenerationFailed):
        await bench.run(second, job=a_job(spec=SPEC, attempts=(REMOTE,)))
    assert second.calls == []
    assert [(a.provider, a.outcome, a.cost) for a in bench.attempts] == [("first", "unknown", None)]


@pytest.mark.parametrize("error", [StoreBusy(), LeaseLost()])
async def test_a_call_that_cannot_be_noted_says_nothing_about_a_provider(bench: Bench, error: Exception) -> None:
    class Unsaved(Trail):
        async def begin(self, provider: str, model: str) -> None:
            raise error

    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(type(error)):
            await bench.run(Scripted("first"), trail=Unsaved)
    assert (await bench.run(Scripted("first"))).model.name == "one"
