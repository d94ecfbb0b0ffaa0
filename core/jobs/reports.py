"""What is told of one job while it is made: its calls, how far it is, what it says."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from core.clock import Millis
from core.jobs.attempts import Attempt
from core.jobs.model import Job, LeaseLost
from core.jobs.signals import Signals
from core.stores.ports import JobStore

T = TypeVar("T")


class Calls:
    """The provider calls of one job, as they were saved last."""

    def __init__(self, jobs: JobStore, job: Job) -> None:
        self._jobs = jobs
        self._job = job
        self._saved = tuple(job.attempts)

    async def record(self, attempts: Sequence[Attempt]) -> None:
        """Raises LeaseLost."""
        if not await self._jobs.record_attempts(self._job, attempts):
            raise LeaseLost
        self._saved = tuple(attempts)

    def cancelled(self, now: Millis) -> tuple[Attempt, ...]:
        """The same, with the end that a call has which the person has stopped. What it cost is not known."""
        end = {"outcome": "cancelled", "ended_at": now}
        return tuple(each if each.outcome else each.model_copy(update=end) for each in self._saved)


class Report:
    """How far one job is and what it says so far, told to whoever watches. Safe to call from any thread."""

    def __init__(self, job: Job, signals: Signals, loop: asyncio.AbstractEventLoop) -> None:
        self._job = job
        self._signals = signals
        self._loop = loop

    def progressed(self, done: float) -> None:
        self._tell(self._signals.progressed, min(max(done, 0.0), 1.0))

    def said(self, text: str) -> None:
        self._tell(self._signals.said, text)

    def _tell(self, signal: Callable[[str, str, T], None], value: T) -> None:
        self._loop.call_soon_threadsafe(signal, self._job.id, self._job.reply_to.channel, value)
