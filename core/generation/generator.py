"""Make the pictures or the answer of a job: call the provider, store what it gave, under one deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from core.catalogue import Catalogue
from core.clock import Clock
from core.errors import EaselError, GenerationFailed, GenerationRefused
from core.jobs.model import Attempt, ChatSpec, ImageSpec, Job, Picture, Result
from core.jobs.slots import Slots
from core.media.ports import MediaStore
from core.providers.ports import ChatProvider, Drawn, ImageProvider, Progress, ProviderFailed, ProviderRefused
from core.timing import measured

IMAGE_SECONDS = 120.0
CHAT_SECONDS = 30.0

Recorder = Callable[[Sequence[Attempt]], Awaitable[None]]
T = TypeVar("T")


class Generator:
    """Runs one provider call per job. `record` is awaited before the call, so that no call goes unrecorded."""

    def __init__(
        self,
        catalogue: Catalogue,
        images: Mapping[str, ImageProvider],
        chats: Mapping[str, ChatProvider],
        media: MediaStore,
        slots: Slots,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._images = images
        self._chats = chats
        self._media = media
        self._slots = slots
        self._clock = clock

    async def run(self, job: Job, progress: Progress, record: Recorder) -> tuple[Result, tuple[Attempt, ...]]:
        """The result and all attempts. Raises GenerationFailed, GenerationRefused, MediaError or ProviderBusy."""
        if isinstance(job.spec, ImageSpec):
            return await self._draw(job, job.spec, progress, record)
        return await self._answer(job, job.spec, progress, record)

    def models_of(self, provider: str) -> list[str]:
        return [model.name for model in self._catalogue.models if model.provider == provider]

    async def _draw(
        self, job: Job, spec: ImageSpec, progress: Progress, record: Recorder
    ) -> tuple[Result, tuple[Attempt, ...]]:
        provider = self._images[self._provider_of(spec)]
        drawn, attempts = await self._attempt(
            job, provider.name, record, IMAGE_SECONDS, lambda: provider.draw(spec, progress)
        )
        pictures = [await self._store(token, one) for token, one in zip(job.media, drawn, strict=False)]
        if not pictures:
            raise GenerationFailed("The model drew nothing.")
        result = Result(provider=provider.name, model=spec.model, demo=provider.demo, pictures=tuple(pictures))
        return result, attempts

    async def _answer(
        self, job: Job, spec: ChatSpec, progress: Progress, record: Recorder
    ) -> tuple[Result, tuple[Attempt, ...]]:
        provider = self._chats[self._provider_of(spec)]
        text, attempts = await self._attempt(
            job, provider.name, record, CHAT_SECONDS, lambda: provider.answer(spec, progress)
        )
        return Result(provider=provider.name, model=spec.model, demo=provider.demo, text=text), attempts

    async def _attempt(
        self, job: Job, provider: str, record: Recorder, seconds: float, call: Callable[[], Awaitable[T]]
    ) -> tuple[T, tuple[Attempt, ...]]:
        async with self._slots.held(provider, f"{job.id}:{job.attempt}"):
            return await self._recorded(job, provider, record, seconds, call)

    async def _recorded(
        self, job: Job, provider: str, record: Recorder, seconds: float, call: Callable[[], Awaitable[T]]
    ) -> tuple[T, tuple[Attempt, ...]]:
        attempt = Attempt(provider=provider, model=job.spec.model, started_at=self._clock.now())
        await record((*job.attempts, attempt))
        try:
            with measured("ai_ms"):
                async with asyncio.timeout(seconds):
                    made = await call()
        except (ProviderRefused, ProviderFailed, TimeoutError) as error:
            outcome = "refused" if isinstance(error, ProviderRefused) else "retryable"
            ended = {"ended_at": self._clock.now(), "outcome": outcome, "error": type(error).__name__}
            await record((*job.attempts, attempt.model_copy(update=ended)))
            raise _explained(error, seconds) from error
        done = attempt.model_copy(update={"ended_at": self._clock.now(), "outcome": "done"})
        return made, (*job.attempts, done)

    async def _store(self, token: str, drawn: Drawn) -> Picture:
        name = await self._media.save(token, drawn.mime, drawn.data)
        return Picture(
            name=name,
            mime=drawn.mime,
            width=drawn.width,
            height=drawn.height,
            size=len(drawn.data),
            seed=drawn.seed,
        )

    def _provider_of(self, spec: ImageSpec | ChatSpec) -> str:
        return self._catalogue.model(spec.model, spec.kind).provider


def _explained(error: EaselError | TimeoutError, seconds: float) -> GenerationFailed:
    if isinstance(error, ProviderRefused):
        return GenerationRefused("The model refuses this prompt by its own rules.")
    if isinstance(error, EaselError):
        return GenerationFailed(error.message)
    return GenerationFailed(f"The model did not answer within {seconds:.0f} seconds.")
