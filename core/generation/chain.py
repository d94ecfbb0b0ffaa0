"""Ask one provider after the other under one deadline, and never two for the same result.

The only loop of retries there is: the SDKs' own are switched off. The next provider is asked only when the call before
is known to be dead; a call that may have been carried out, and billed, ends the chain (docs/decisions/0009).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.catalogue import Catalogue, Model
from core.clock import Clock
from core.errors import GenerationFailed, GenerationRefused
from core.generation.bulletin import Standing
from core.generation.health import Health, Resting, rest_of
from core.generation.prices import Prices
from core.generation.trail import Trail
from core.jobs.model import Job
from core.jobs.slots import Slots
from core.log import logger
from core.providers.ports import (
    Answer,
    Call,
    ChatProvider,
    Drawing,
    ImageProvider,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from core.timing import measured
from core.tracing import UNTRACED, Tracer

WAIT_AT_MOST = 5.0
"""Seconds for which a provider's Retry-After is waited for, by whoever got it and, without a stand-in, by others."""
PAUSE_SECONDS = 0.5
"""Before the only provider there is gets a second try."""
NOBODY = "No model can serve this at the moment."
REFUSED = "The model refuses this by its own rules."

T = TypeVar("T", Drawing, Answer)
P = TypeVar("P", ImageProvider, ChatProvider)
Ask = Callable[[P, Call], Awaitable[T]]
Tell = Callable[[Mapping[str, Standing]], Awaitable[None]]


async def untold(troubles: Mapping[str, Standing]) -> None:
    """Nobody is told which providers are in trouble."""


@dataclass(frozen=True, slots=True)
class Served(Generic[T]):
    """What came, and from which model."""

    made: T
    model: Model
    demo: bool


class Chain:
    """Shared by all jobs of a process: what one job learns about a provider helps the next."""

    def __init__(
        self,
        catalogue: Catalogue,
        slots: Slots,
        health: Health,
        prices: Prices,
        clock: Clock,
        tracer: Tracer = UNTRACED,
        tell: Tell = untold,
    ) -> None:
        self._tell = tell
        self._tracer = tracer
        self._catalogue = catalogue
        self._slots = slots
        self._health = health
        self._prices = prices
        self._clock = clock

    def health(self) -> Mapping[str, str]:
        """By provider that this process ever had trouble with: `closed`, `opened`, `half-opened` or `resting`."""
        return self._health.states()

    async def run(
        self, job: Job, providers: Mapping[str, P], trail: Trail, call: Callable[[Model, float], Call],
        ask: Ask[P, T], seconds: float,
    ) -> Served[T]:  # fmt: skip
        """The first result. Raises GenerationFailed, GenerationRefused or ProviderBusy."""
        deadline = asyncio.get_running_loop().time() + seconds
        models = [model for model in self._models(job, trail) if model.provider in providers]
        await self._check_resumable(trail, models)
        troubles: list[ProviderError] = []
        for number, model in enumerate(models):
            provider = providers[model.provider]
            is_last = number == len(models) - 1
            try:
                made = await self._tried(job, model, provider, trail, call, ask, deadline, is_last)
            except (ProviderFailed, ProviderFatal) as error:
                troubles.append(error)
                logger().warning("provider failed", provider=model.provider, model=model.name,
                                 errorName=error.code, detail=error.message)  # fmt: skip
            else:
                return Served(made, model, provider.demo)
            finally:
                await self._tell(self._health.troubles(self._clock.now()))
        raise _explained(troubles)

    def _models(self, job: Job, trail: Trail) -> Sequence[Model]:
        """The model that was chosen, then those that may stand in; first of all one that is at work already."""
        kind = job.spec.kind
        names = [job.spec.model, *job.spec.fallbacks]
        known = {model.name: model for model in self._catalogue.of_kind(kind)}
        if (running := trail.running_at_provider) is not None and running.model in names:
            names = [running.model, *(name for name in names if name != running.model)]
        return [known[name] for name in names if name in known]

    @staticmethod
    async def _check_resumable(trail: Trail, models: Sequence[Model]) -> None:
        """A call that may still run at a provider whom nobody can ask any more is not made by another one, either."""
        running = trail.running_at_provider
        if running is None or (models and (models[0].provider, models[0].name) == (running.provider, running.model)):
            return
        trail.end("unknown", error="gone", cost=None)
        await trail.save()
        raise GenerationFailed(f"{running.model} was at work on this, but cannot be asked any more.")

    async def _tried(
        self, job: Job, model: Model, provider: P, trail: Trail, call: Callable[[Model, float], Call],
        ask: Ask[P, T], deadline: float, is_last: bool,
    ) -> T:  # fmt: skip
        """One model, with one more try where that is worth it."""
        loop = asyncio.get_running_loop()
        for again in (False, True):
            if is_last:
                await self._rested(model.provider, trail, deadline)
            try:
                return await self._called(job, model, provider, trail, call, ask, deadline - loop.time())
            except ProviderFailed as error:
                pause = _pause(error, is_last, job.spec.kind)
                enough = pause is not None and loop.time() + pause < deadline
                if again or not enough or isinstance(error, Resting) or not self._health.may_retry():
                    raise
                await asyncio.sleep(pause or 0.0)
        raise AssertionError

    async def _rested(self, provider: str, trail: Trail, deadline: float) -> None:
        """Wait out a short rest of whom nobody stands in for. To ask about a call that runs is not to disturb it."""
        loop = asyncio.get_running_loop()
        while trail.running_at_provider is None and 0 < (left := self._health.resting(provider)) <= WAIT_AT_MOST:
            if loop.time() + left >= deadline:
                return
            await asyncio.sleep(left)

    async def _called(
        self, job: Job, model: Model, provider: P, trail: Trail, call: Callable[[Model, float], Call],
        ask: Ask[P, T], seconds: float,
    ) -> T:  # fmt: skip
        if seconds <= 0:
            raise ProviderFailed("There was no time left.")
        async with self._slots.held(provider.name, f"{job.id}:{job.attempt}"):
            return await self._recorded(model, provider, trail, call, ask, seconds)

    async def _recorded(
        self, model: Model, provider: P, trail: Trail, call: Callable[[Model, float], Call], ask: Ask[P, T],
        seconds: float,
    ) -> T:  # fmt: skip
        """Make the call; whatever comes of it is in the trail then. Asking about one that runs is no new call."""
        resumes = trail.running_at_provider is not None
        try:
            async with nullcontext() if resumes else self._health.judged(provider.name):
                if not resumes:
                    await trail.begin(provider.name, model.name)
                with measured("ai_ms"), self._tracer.span("provider call", provider=provider.name, model=model.name):
                    async with asyncio.timeout(seconds):
                        made = await ask(provider, call(model, seconds))
        except Resting:
            raise
        except TimeoutError:
            late = ProviderUnknown(f"{model.name} did not answer in time.")
            await self._note(trail, model, late)
            raise GenerationFailed(f"The model did not answer within {seconds:.0f} seconds.") from late
        except ProviderError as error:
            await self._note(trail, model, error)
            raise self._final(error) or error from error
        self._note_made(trail, model, made)
        return made

    async def _note(self, trail: Trail, model: Model, error: ProviderError) -> None:
        if isinstance(error, ProviderFailed | ProviderFatal) and (rest := rest_of(error)):
            self._health.rest(model.provider, rest)
        tokens = error.bill.tokens
        cost = self._prices.cost(model, None, tokens, 0) if tokens else None if error.bill.billed else 0
        trail.end(error.outcome, error=error.code, tokens=tokens, cost=cost)
        await trail.save()

    def _note_made(self, trail: Trail, model: Model, made: Drawing | Answer) -> None:
        pictures = 0
        if isinstance(made, Drawing):
            pictures = len(made.pictures) if made.billed is None else made.billed
        cost = self._prices.cost(model, made.served, made.tokens, pictures)
        trail.end("done", served=made.served, tokens=made.tokens, pictures=pictures, cost=cost)

    @staticmethod
    def _final(error: ProviderError) -> GenerationFailed | None:
        """What ends the chain: a refusal, and whatever may have been billed."""
        if isinstance(error, ProviderRefused):
            return GenerationRefused(REFUSED)
        if isinstance(error, ProviderUnknown):
            return GenerationFailed(error.message)
        return None


def _pause(error: ProviderFailed, is_last: bool, kind: str) -> float | None:
    """How long to wait before the same provider is asked again; None when it should not be.

    Words that were cut off cost a fraction of a cent, and are asked for again; pictures that were billed are not.
    """
    if error.bill.billed and kind == "image":
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= WAIT_AT_MOST else None
    return PAUSE_SECONDS if is_last else None


def _explained(troubles: Sequence[ProviderError]) -> GenerationFailed:
    """One sentence for the person; what only the operator can mend is in the log."""
    passing = [error.message for error in troubles if isinstance(error, ProviderFailed)]
    return GenerationFailed(passing[0] if passing else NOBODY)
