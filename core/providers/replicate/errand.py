"""One order at Replicate: its predictions are made, watched to their ends, and stopped when nobody wants them any more.

After each await, what is at Replicate, and who knows of it:
created       a prediction that nobody knows until its answer is here: if that is lost, the outcome is unknown
remembered    the job document names it: whoever comes after a crash watches it instead of making another one
ended         nothing runs any more
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from core.log import logger
from core.providers.announcements import Announcements
from core.providers.ports import Call, ProviderError, ProviderUnknown
from core.providers.replicate.api import Api, ApiError, Rejected
from core.providers.replicate.drafts import Draft
from core.providers.replicate.outcomes import answered, unseen
from core.providers.replicate.snapshot import Snapshot
from core.tasks import stopped

GROWTH = 1.5
NOT_OURS = frozenset({401, 403, 404, 410})
"""Answers after which asking again is of no use."""
BETWEEN = ","

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two looks, at first and at most; what is kept at the end of a call for stopping and fetching
    (`margin`), how long stopping may take of that, and what is not used at all (`last`)."""

    first: float = 0.25
    most: float = 2.0
    margin: float = 6.0
    stop: float = 3.0
    last: float = 0.5


class Errand:
    """Begin it or resume it, watch it, or stop it; `ends`, `troubles` and `unknown` say how it went."""

    def __init__(self, api: Api, announcements: Announcements, pace: Pace, call: Call) -> None:
        self._api = api
        self._announcements = announcements
        self._pace = pace
        self._call = call
        self._creating: list[asyncio.Task[None]] = []
        self._seen: dict[str, Snapshot | None] = {}
        self._gone: set[str] = set()
        self._done: dict[str, float] = {}
        self.troubles: list[ProviderError] = []

    @property
    def ends(self) -> list[Snapshot]:
        return [seen for seen in self._seen.values() if seen is not None and seen.has_ended]

    @property
    def unknown(self) -> int:
        """How many predictions there may be whose end nobody knows."""
        unanswered = sum(isinstance(trouble, ProviderUnknown) for trouble in self.troubles)
        return len(self._seen) - len(self.ends) + unanswered

    async def begin(self, drafts: Sequence[Draft], callback: str | None) -> None:
        """Make all predictions at once, and note each as soon as it has a name."""
        self._creating = [asyncio.create_task(self._create(draft, callback)) for draft in drafts]
        pending = set(self._creating)
        noted = 0
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if len(self._seen) > noted:
                noted = len(self._seen)
                await self._call.remember(BETWEEN.join(self._seen))

    def resume(self, provider_job: str) -> None:
        self._seen = dict.fromkeys(provider_job.split(BETWEEN))

    async def watch(self) -> None:
        """Until each has ended, or cannot be looked at any more."""
        async with asyncio.TaskGroup() as group:
            for prediction in self._seen:
                group.create_task(self._watch(prediction))

    async def stop(self) -> None:
        """See to it that nothing runs any more, as far as that can be done in time. Never raises."""
        try:
            async with asyncio.timeout(self._pace.stop):
                if self._creating:
                    await asyncio.wait(self._creating)
                await asyncio.gather(*(self._stop(prediction) for prediction in self._seen))
        except TimeoutError:
            await stopped([task for task in self._creating if not task.done()])

    async def _create(self, draft: Draft, callback: str | None) -> None:
        try:
            snapshot = await self._api.create(draft, callback)
        except asyncio.CancelledError:
            self.troubles.append(unseen(self._call.model.name))
            raise
        except ApiError as error:
            self.troubles.append(answered(error, self._call.model.name))
        else:
            self._seen[snapshot.id] = snapshot

    async def _watch(self, prediction: str) -> None:
        """Look soon at first and then less and less often; an announcement makes the next look come at once."""
        pause = self._pace.first
        with self._announcements.expected(prediction) as bell:
            wait = 0.0 if self._seen[prediction] is None else pause
            while not self._has_ended(prediction):
                await _rung(bell, wait)
                wait = pause = min(pause * GROWTH, self._pace.most)
                try:
                    self._saw(await self._api.get(prediction))
                except Rejected as error:
                    if error.status in NOT_OURS:
                        self._gone.add(prediction)
                        return
                    wait = max(pause, error.retry_after or 0.0)
                except ApiError as error:
                    logger().info("answer lost", prediction=prediction, detail=repr(error.__cause__))

    def _has_ended(self, prediction: str) -> bool:
        seen = self._seen[prediction]
        return seen is not None and seen.has_ended

    def _saw(self, snapshot: Snapshot) -> None:
        self._seen[snapshot.id] = snapshot
        self._done[snapshot.id] = max(snapshot.progress, self._done.get(snapshot.id, 0.0))
        self._call.progress(sum(self._done.values()) / len(self._seen))

    async def _stop(self, prediction: str) -> None:
        """Cancelling may come too late, or take a while: what it is in the end is what counts."""
        while not self._has_ended(prediction) and prediction not in self._gone:
            for ask in (self._api.cancel, self._api.get):
                with suppress(ApiError):
                    self._saw(await ask(prediction))
                if self._has_ended(prediction):
                    return
            await asyncio.sleep(self._pace.first)


async def _rung(bell: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
    bell.clear()


async def seen_through(work: Coroutine[Any, Any, T]) -> T:
    """Do something to its end, which must come by itself, however often it is cancelled meanwhile.

    Raises CancelledError afterwards if it was.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
