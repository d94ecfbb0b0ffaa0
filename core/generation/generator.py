"""Make the pictures or the answer of a job: ask the chain of providers, check and store what came."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from core.catalogue import Catalogue, Model
from core.clock import Clock
from core.errors import GenerationCut, GenerationFailed, MediaError
from core.generation.chain import Chain
from core.generation.replies import Replies
from core.generation.trail import Recorder, Trail
from core.ids import digest
from core.jobs.attempts import Attempt
from core.jobs.model import Job
from core.jobs.results import Picture, Result
from core.jobs.specs import ChatSpec, ImageSpec, Source
from core.log import logger
from core.media.checks import Checked, NotAPicture, checked
from core.media.ports import MediaStore
from core.providers.ports import (
    Answer,
    Bill,
    Call,
    ChatProvider,
    Drawing,
    Drawn,
    Image,
    ImageProvider,
    Progress,
    ProviderError,
    ProviderFailed,
    Providers,
    ProviderUnknown,
)

IMAGE_SECONDS = 120.0
CHAT_SECONDS = 30.0
NOTHING_TO_SHOW = "The model drew nothing that can be shown."

Say = Callable[[str], None]


@dataclass(slots=True)
class Heard:
    """What the call that is being made has said so far; nothing any more once it has failed."""

    model: Model | None = None
    text: str = ""

    def begin(self, model: Model) -> None:
        self.model, self.text = model, ""

    @property
    def has_begun(self) -> bool:
        return bool(self.text.strip())


@dataclass(frozen=True, slots=True)
class Talk:
    """How a job tells whoever watches it: how far it is, and the answer so far.

    `left` is set when this worker stops, but the job does not: the next one goes on with it.
    """

    progress: Progress
    say: Say
    left: asyncio.Event = field(default_factory=asyncio.Event)
    heard: Heard = field(default_factory=Heard)

    def spoken(self, text: str) -> None:
        """Keep what a call has said so far, and tell it."""
        self.heard.text = text
        self.say(text)


class Generator:
    """Runs one job. `callback` is the web address at which providers may announce results, if there is one."""

    def __init__(
        self,
        catalogue: Catalogue,
        providers: Providers,
        chain: Chain,
        media: MediaStore,
        replies: Replies,
        clock: Clock,
        *,
        callback: str | None = None,
        salt: str = "",
        keep_provenance: bool = True,
    ) -> None:
        self._catalogue = catalogue
        self._providers = providers
        self._chain = chain
        self._media = media
        self._replies = replies
        self._clock = clock
        self._callback = callback
        self._salt = salt
        self._keep_provenance = keep_provenance

    async def run(self, job: Job, talk: Talk, record: Recorder) -> tuple[Result, tuple[Attempt, ...]]:
        """The result and all attempts. Raises GenerationFailed or one of its kind, MediaError or ProviderBusy."""
        trail = Trail(job.attempts, record, self._clock)
        sources = tuple([await self._source(source) for source in job.spec.sources])
        call = partial(self._call, job, talk, trail, sources)
        if isinstance(job.spec, ImageSpec):
            result = await self._draw(job, job.spec, trail, call)
        else:
            result = await self._answer(job, job.spec, trail, call, talk.heard)
        return result, trail.attempts

    def cut(self, job: Job, heard: Heard) -> Result | None:
        """The answer as far as it was heard, when the person stops it; None if it had not begun."""
        if heard.model is None or not heard.has_begun:
            return None
        return Result(
            provider=heard.model.provider, model=heard.model.name, each=heard.model.price, text=heard.text,
            demo=self._providers.chats[heard.model.provider].demo, fallback_used=heard.model.name != job.spec.model,
        )  # fmt: skip

    def models_of(self, provider: str) -> list[str]:
        return [model.name for model in self._catalogue.models if model.provider == provider]

    async def _draw(self, job: Job, spec: ImageSpec, trail: Trail, call: Callable[[Model, float], Call]) -> Result:
        good: list[tuple[Checked, int | None]] = []

        async def ask(provider: ImageProvider, one: Call) -> Drawing:
            drawing = await provider.draw(spec if provider.demo else self._styled(spec), one)
            good[:] = await _good(drawing.pictures, self._keep_provenance)
            if not good:
                raise ProviderFailed(NOTHING_TO_SHOW, Bill(billed=bool(drawing.pictures), tokens=drawing.tokens))
            return drawing

        served = await self._chain.run(job, self._providers.images, trail, call, ask, IMAGE_SECONDS)
        named = zip(job.media, good[: spec.count], strict=False)
        try:
            pictures = [await self._store(job, token, *one) for token, one in named]
        except MediaError:
            await trail.save()  # they are paid for, whether or not anybody gets to see them
            raise
        return Result(
            provider=served.model.provider, model=served.model.name, each=served.model.price, demo=served.demo,
            fallback_used=served.model.name != spec.model, pictures=tuple(pictures),
        )  # fmt: skip

    def _styled(self, spec: ImageSpec) -> ImageSpec:
        """With the style's words in the prompt, for models that take words only."""
        words = self._catalogue.styles.get(spec.style or "")
        return spec.model_copy(update={"prompt": f"{spec.prompt}, {words}"}) if words else spec

    async def _answer(
        self, job: Job, spec: ChatSpec, trail: Trail, call: Callable[[Model, float], Call], heard: Heard
    ) -> Result:
        async def ask(provider: ChatProvider, one: Call) -> Answer:
            try:
                return await provider.answer(spec, one)
            except ProviderUnknown:
                raise  # it did not end in time: what was heard of it counts
            except ProviderError:
                heard.begin(one.model)
                raise

        if job.reply_key is not None and (known := await self._known(job, job.reply_key)):
            return known.model_copy(update={"cached": True, "each": self._catalogue.chat.cached_price})
        try:
            served = await self._chain.run(job, self._providers.chats, trail, call, ask, CHAT_SECONDS)
        except GenerationFailed as failure:
            if heard.has_begun:
                raise GenerationCut(failure.message) from failure
            raise
        return Result(
            provider=served.model.provider, model=served.model.name, each=served.model.price, demo=served.demo,
            fallback_used=served.model.name != spec.model, text=served.made.text,
        )  # fmt: skip

    async def _known(self, job: Job, key: str) -> Result | None:
        """What was answered before, or was just answered to whoever asked the same, were it by a fallback."""
        return await self._replies.find(job.account, key) or await self._replies.shared(job)

    def _call(
        self, job: Job, talk: Talk, trail: Trail, sources: tuple[Image, ...], model: Model, seconds: float
    ) -> Call:
        running = trail.running_at_provider
        talk.heard.begin(model)
        return Call(
            model=model,
            seconds=seconds,
            progress=talk.progress,
            say=talk.spoken,
            remember=trail.remember,
            resume=running.provider_job if running is not None else None,
            is_left=talk.left.is_set,
            sources=sources,
            callback=f"{self._callback}/{model.provider}/{job.id}" if self._callback else None,
            safety_id=digest(f"{self._salt}:{job.account}")[:32],
        )

    async def _source(self, source: Source) -> Image:
        data = await self._media.read(source.name, source.url)
        if data is None:
            raise GenerationFailed("The picture to start from is not there any more.")
        return Image(data, source.mime)

    async def _store(self, job: Job, token: str, good: Checked, seed: int | None) -> Picture:
        stored = await self._media.save(token, good.mime, good.data, job.account)
        return Picture(
            name=stored.name, mime=good.mime, width=good.width, height=good.height, size=len(good.data), seed=seed,
            url=stored.url,
        )  # fmt: skip


async def _good(drawn: Sequence[Drawn], keep_provenance: bool) -> list[tuple[Checked, int | None]]:
    """The pictures that can be shown; what is none is left out, and not paid for."""
    good = []
    for one in drawn:
        try:
            good.append((await asyncio.to_thread(checked, one.data, keep_provenance=keep_provenance), one.seed))
        except NotAPicture as error:
            logger().warning("not a picture", detail=error.message)
    return good
