"""The same question of the same person within a day: one provider call, and one answer for all who wait for it.

Jobs remember their answers, so that they are found again after a restart and from any process; the cache in front
only saves the look. Answers of fallbacks, multi-turn conversations and unfinished answers are never found.

Where an answer that was found costs something, whoever asks what is being asked already has a job of their own, with
its own hold: it follows the first one, and is queued when that has ended (core/requests/beginning.py).
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.cache import LIFE, ReplyCache
from core.catalogue import Catalogue
from core.clock import Clock
from core.errors import GenerationFailed, GenerationRefused
from core.jobs.model import Job, JobState
from core.jobs.results import Result
from core.jobs.signals import Signals
from core.jobs.specs import ChatSpec
from core.stores.ports import JobStore
from core.timing import measured

SCHEMA_VERSION = 2
LOOK_SECONDS = 0.5


class Replies:
    """Finds answers given before. `cache` may be any, and may forget at any time."""

    def __init__(self, catalogue: Catalogue, cache: ReplyCache, jobs: JobStore, signals: Signals, clock: Clock) -> None:
        self._catalogue = catalogue
        self._cache = cache
        self._jobs = jobs
        self._signals = signals
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def key(self, account: str, spec: ChatSpec) -> str | None:
        """Everything that shapes an answer; None when it must not be given again."""
        if spec.history or not self._catalogue.chat.cache or any(source.hash is None for source in spec.sources):
            return None
        model = self._catalogue.model(spec.model, "chat")
        shape = [
            SCHEMA_VERSION, account, model.provider, model.id, spec.system, [["user", spec.prompt]],
            [source.hash for source in spec.sources], self._catalogue.chat.answer_tokens, sorted(model.inputs.items()),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()

    async def find(self, account: str, key: str) -> Result | None:
        """An answer of the last 24 hours."""
        if (kept := await self._cache.get(account, key)) is not None:
            return kept
        with measured("cache_read_ms"):
            job = await self._jobs.answered(account, key, self._clock.now() - LIFE)
        return job.result if job is not None else None

    async def keep(self, job: Job, result: Result) -> None:
        """What a fallback said is not what the model would have said; what was found is kept already."""
        if job.reply_key is not None and not result.fallback_used and not result.cached:
            await self._cache.put(job.account, job.reply_key, result)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """One at a time in this process may find that nobody asks this, and begin to."""
        lock = self._locks[key]
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and not getattr(lock, "_waiters", None):
                self._locks.pop(key, None)

    async def followed(self, leader: Job) -> Result | None:
        """The answer to an open question, waited for; None when it was never accepted, or was cancelled.

        Raises GenerationFailed or GenerationRefused when there is none: who asked the same would get none either.
        """
        job: Job | None = leader
        async with self._signals.listening(leader.reply_to.channel) as bell:
            while job is not None and job.is_open:
                await bell.wait(LOOK_SECONDS)
                job = await self._jobs.get(leader.id)
        return _shared(job)

    async def leader_of(self, job: Job) -> Job | None:
        """The open job that asks the same already; None when there is none, or when it waits for this one."""
        if job.reply_key is None:
            return None
        leader = await self._jobs.asking(job.account, job.reply_key)
        while leader is not None and (before := await self._followed_by(leader)) is not None:
            leader = before
        return None if leader is None or job.id in (leader.id, leader.follows) else leader

    async def _followed_by(self, job: Job) -> Job | None:
        """The open job that this one waits for. Of those that came in one millisecond either may look older."""
        leader = await self._jobs.get(job.follows) if job.follows else None
        return leader if leader is not None and leader.is_open else None

    async def awaited(self, job: Job) -> None:
        """Until the job that this one follows is answered, or this one is to ask by itself. Raises as `followed`."""
        leader = await self._jobs.get(job.follows) if job.follows else None
        while leader is not None and await self.followed(leader) is None:
            leader = await self.leader_of(job)

    async def shared(self, job: Job) -> Result | None:
        """What came of the job that this one follows; None when this one is to ask by itself. Raises as `followed`."""
        leader = await self._jobs.get(job.follows) if job.follows else None
        return _shared(leader) if leader is not None and not leader.is_open else None


def _shared(job: Job | None) -> Result | None:
    """What came of an ended question, for others who asked the same. Raises GenerationFailed or GenerationRefused."""
    if job is None or job.is_abandoned or job.state is JobState.CANCELLED:
        return None
    if job.result is not None:
        return job.result
    if job.failure is not None and job.failure.code == GenerationRefused.code:
        raise GenerationRefused(job.failure.message)
    raise GenerationFailed(job.failure.message if job.failure else "That question was deleted.")
