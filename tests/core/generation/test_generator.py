"""One provider call per job: recorded first, bounded in time, its pictures stored under the job's names."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.cache import MemoryReplyCache
from core.catalogue import load_catalogue
from core.errors import EaselError, GenerationFailed, GenerationRefused, MediaError
from core.generation.chain import Chain
from core.generation.generator import CHAT_SECONDS, IMAGE_SECONDS, Generator, Talk
from core.generation.health import Health
from core.generation.prices import Prices
from core.generation.replies import Replies
from core.jobs.attempts import Attempt
from core.jobs.model import Job
from core.jobs.results import Result
from core.jobs.signals import Signals
from core.jobs.slots import Slots
from core.jobs.specs import ChatSpec, ImageSpec
from core.media.local import LocalMedia
from core.providers.ports import ProviderFailed, Providers
from tests.core.jobs.test_settlement import a_job
from tests.fakes import MemorySlots, skip
from tests.fakes.pixels import png
from tests.fakes.providers import Gives, Hangs, Provider, Raises, crashes, fails, refuses
from tests.support import NOON, SMALL_MODELS, ManualClock

TOKENS = ("a" * 32, "b" * 32, "c" * 32)
IMAGE = a_job(
    spec=ImageSpec(prompt="p", model="demo-art", aspect="1:1", width=64, height=64, count=3, seed=7), media=TOKENS
)
CHAT = a_job(spec=ChatSpec(prompt="hi", model="demo-chat"))


class Bench:
    """A generator over one provider, and everything it recorded."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        path = folder / "small.toml"
        path.write_text(SMALL_MODELS)
        self.catalogue = load_catalogue(path)
        self.media = LocalMedia(folder / "media", "http://here")
        self.clock = clock
        self.slots = Slots(MemorySlots(), self.catalogue.concurrency, clock)
        self.recorded: list[Sequence[Attempt]] = []
        self.progress: list[float] = []
        self.said: list[str] = []
        self.replies = Replies(self.catalogue, MemoryReplyCache(clock), None, Signals(), clock)  # type: ignore[arg-type]  # no key, no look

    async def record(self, attempts: Sequence[Attempt]) -> None:
        self.recorded.append(attempts)

    async def run(self, provider: Provider, job: Job = IMAGE) -> tuple[Result, tuple[Attempt, ...]]:
        named = {provider.name: provider}
        chain = Chain(self.catalogue, self.slots, Health(), Prices(), self.clock)
        generator = Generator(self.catalogue, Providers(named, named), chain, self.media, self.replies, self.clock)
        return await generator.run(job, Talk(self.progress.append, self.said.append), self.record)


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Bench:
    return Bench(tmp_path, clock)


async def test_pictures_are_stored_under_the_names_of_the_job(bench: Bench) -> None:
    result, attempts = await bench.run(Provider())
    assert [picture.name for picture in result.pictures] == [f"{token}.png" for token in TOKENS]
    assert await bench.media.read(f"{TOKENS[1]}.png") == png(64, 64, 1)
    first = result.pictures[0]
    assert (first.mime, first.width, first.height, first.size, first.seed) == (
        "image/png",
        64,
        64,
        len(png(64, 64, 0)),
        7,
    )
    assert (result.provider, result.model, result.demo, result.fallback_used) == ("demo", "demo-art", True, False)
    assert [attempt.outcome for attempt in attempts] == ["done"]


async def test_a_second_try_stores_under_the_same_names(bench: Bench) -> None:
    first, _ = await bench.run(Provider())
    second, _ = await bench.run(Provider())
    assert first.pictures == second.pictures


async def test_an_answer_is_the_result(bench: Bench) -> None:
    result, _ = await bench.run(Provider(), CHAT)
    assert (result.text, result.pictures, result.model) == ("You said hi", (), "demo-chat")


async def test_progress_is_passed_on(bench: Bench) -> None:
    await bench.run(Provider())
    assert bench.progress == [0.5]


@pytest.mark.parametrize("given", [1, 2, 9])
async def test_as_many_pictures_are_kept_as_came_and_were_ordered(bench: Bench, given: int) -> None:
    result, _ = await bench.run(Gives(given))
    assert len(result.pictures) == min(given, 3)


async def test_no_picture_at_all_is_a_failure(bench: Bench) -> None:
    with pytest.raises(GenerationFailed, match="drew nothing"):
        await bench.run(Gives(0))


async def test_a_call_is_recorded_before_it_is_made(bench: Bench) -> None:
    """If it cannot be recorded, it is not made."""

    class Unrecorded(Bench):
        async def record(self, attempts: Sequence[Attempt]) -> None:
            raise EaselError("no")

    provider = Provider()
    bench.__class__ = Unrecorded
    with pytest.raises(EaselError, match="no"):
        await bench.run(provider)
    assert provider.calls == []


@pytest.mark.parametrize("job", [IMAGE, CHAT])
@pytest.mark.parametrize(
    ("provider", "error", "outcome", "message"),
    [
        (fails, GenerationFailed, "retryable", "The model is down."),
        (refuses, GenerationRefused, "refused", "by its own rules"),
        (lambda: Raises(TimeoutError()), GenerationFailed, "unknown", "did not answer within"),
    ],
)
async def test_how_a_call_failed_is_recorded_and_explained(
    bench: Bench, job: Job, provider: type[Provider], error: type[EaselError], outcome: str, message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        await bench.run(provider(), job)
    assert type(caught.value) is error
    begun, ended = bench.recorded[0], bench.recorded[-1][-1]
    assert [attempt.outcome for attempt in begun] == [None]
    assert (ended.outcome, ended.started_at, ended.ended_at) == (outcome, NOON, NOON)


async def test_an_unexpected_error_of_a_provider_comes_through(bench: Bench) -> None:
    with pytest.raises(ZeroDivisionError):
        await bench.run(crashes())


@pytest.mark.parametrize(("job", "seconds"), [(IMAGE, IMAGE_SECONDS), (CHAT, CHAT_SECONDS)])
async def test_a_provider_that_hangs_is_given_up_at_the_deadline(bench: Bench, job: Job, seconds: float) -> None:
    provider = Hangs()
    running = asyncio.create_task(bench.run(provider, job))
    await provider.started.wait()
    skip(seconds - 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not running.done()
    skip(1)
    with pytest.raises(GenerationFailed, match=f"within {seconds:.0f} seconds"):
        await running
    assert provider.stopped.is_set()


async def test_former_attempts_are_kept(bench: Bench) -> None:
    before = Attempt(provider="demo", model="demo-art", started_at=1)
    _, attempts = await bench.run(Provider(), IMAGE.model_copy(update={"attempts": (before,)}))
    assert attempts[0] == before.model_copy(update={"outcome": "unknown", "error": "interrupted"})
    assert len(attempts) == 2
    assert bench.recorded[0][0] == attempts[0]


async def test_a_model_that_is_gone_from_the_catalogue_is_an_expected_error(bench: Bench) -> None:
    with pytest.raises(GenerationFailed, match="No model can serve"):
        await bench.run(Provider(), CHAT.model_copy(update={"spec": ChatSpec(prompt="p", model="gone")}))


async def test_a_picture_that_cannot_be_stored_fails_the_job(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(MediaError):
        await bench.run(Provider())


async def test_what_was_drawn_and_cannot_be_stored_is_in_the_books_nevertheless(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(MediaError):
        await bench.run(Provider())
    [attempt] = bench.recorded[-1]
    assert (attempt.outcome, attempt.pictures, attempt.cost) == ("done", 3, 0)


async def test_a_failure_after_success_of_another_job_is_not_remembered(bench: Bench) -> None:
    provider = Raises(ProviderFailed("twice"), times=2)
    with pytest.raises(GenerationFailed):
        await bench.run(provider)
    result, _ = await bench.run(provider)
    assert len(result.pictures) == 3
