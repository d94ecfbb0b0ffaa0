"""Make what a claimed job asks for, while its lease is renewed and a cancel is watched for."""

import asyncio

from core.clock import SECOND, Clock, Millis
from core.errors import EaselError, StoreError
from core.generation.generator import Generator, Talk
from core.jobs.ending import Ending
from core.jobs.model import Job, JobState, LeaseLost
from core.jobs.reports import Calls, Report
from core.jobs.results import Failure
from core.jobs.signals import Signals
from core.jobs.slots import ProviderBusy
from core.log import logger
from core.stores.ports import JobStore
from core.tasks import stopped
from core.timing import Stopwatch, resumed

LEASE: Millis = 8 * SECOND
BEAT_SECONDS = 1.0
CRASHED = Failure(code="internal", message="Something went wrong on our side.")


class Maker:
    """Brings jobs to an ending that is not saved yet."""

    def __init__(self, jobs: JobStore, generator: Generator, signals: Signals, clock: Clock) -> None:
        self._jobs = jobs
        self._generator = generator
        self._signals = signals
        self._clock = clock

    async def make(self, job: Job, watch: Stopwatch) -> Ending:
        """Let the generator work while this task watches. Raises LeaseLost, ProviderBusy, or StoreError."""
        with self._signals.stopping(job.id) as stop:
            with resumed(watch):
                talk, calls = self._talk_of(job), Calls(self._jobs, job)
                making = asyncio.create_task(self._generate(job, talk, calls))
            ending = await self._watch(job, making, talk, stop)
            return ending or self._stopped(job, talk, calls)

    def _stopped(self, job: Job, talk: Talk, calls: Calls) -> Ending:
        """The person has cancelled it. Of an answer they keep what they have read, and pay for it."""
        result = self._generator.cut(job, talk.heard)
        failure = Failure(code="cancelled", message="Cancelled.")
        return Ending(JobState.CANCELLED, result, failure, calls.cancelled(self._clock.now()))

    async def _watch(self, job: Job, making: asyncio.Task[Ending], talk: Talk, stop: asyncio.Event) -> Ending | None:
        """None when the person has cancelled it."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while True:
                await asyncio.wait({making, stopping}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if making.cancelled():  # not by us: a provider's client cancelled itself
                    return Ending(JobState.FAILED, failure=CRASHED)
                if making.done():
                    return making.result()
                if stop.is_set():
                    stop.clear()
                    stopping = asyncio.create_task(stop.wait())
                if await self._is_cancelled(job):
                    return None
        except BaseException:
            talk.left.set()
            raise
        finally:
            await stopped((making, stopping))

    async def _is_cancelled(self, job: Job) -> bool:
        progress = self._signals.progress.get(job.id, 0.0)
        try:
            beat = await self._jobs.beat(job, progress, self._clock.now() + LEASE)
        except StoreError as error:
            logger().warning("beat failed", errorName=error.code)
            return False
        if beat.lost:
            raise LeaseLost
        return beat.cancelled

    async def _generate(self, job: Job, talk: Talk, calls: Calls) -> Ending:
        try:
            result, attempts = await self._generator.run(job, talk, calls.record)
        except (ProviderBusy, StoreError):
            raise
        except EaselError as error:
            logger().warning("job failed", errorName=error.code, detail=error.message)
            return Ending(JobState.FAILED, failure=Failure(code=error.code, message=error.message))
        except (LeaseLost, asyncio.CancelledError):
            raise
        except Exception:
            logger().exception("job crashed")
            return Ending(JobState.FAILED, failure=CRASHED)
        return Ending(JobState.DONE, result, None, attempts)

    def _talk_of(self, job: Job) -> Talk:
        report = Report(job, self._signals, asyncio.get_running_loop())
        return Talk(report.progressed, report.said)
