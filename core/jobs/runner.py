"""Claim queued jobs and bring each to its end.

Crash table of one job:
  claimed, crash                     the lease expires; the sweeper queues it again, at most MAX_ATTEMPTS times
  pictures stored, crash             the same; the next attempt writes to the same names
  finished (result saved), crash     the sweeper settles and delivers; the result is never made again
  cancelled (half an answer saved)   the same: what was read of it is what is paid for
  settled, crash                     the sweeper delivers
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from core.clock import SECOND, Clock, Millis
from core.errors import EaselError, StoreError
from core.generation.generator import Generator, Talk
from core.generation.replies import Replies
from core.jobs.attempts import Attempt
from core.jobs.delivery import Deliveries
from core.jobs.model import Job, JobState, LeaseLost
from core.jobs.results import Failure, Result
from core.jobs.settlement import Settlement
from core.jobs.signals import Signals
from core.jobs.slots import ProviderBusy
from core.jobs.specs import ChatSpec
from core.log import logger
from core.stores.ports import JobStore
from core.tasks import stopped, together
from core.timing import Stopwatch, resumed, summed
from core.tracing import UNTRACED, Tracer

LEASE: Millis = 8 * SECOND
BEAT_SECONDS = 1.0
POLL_SECONDS = 0.5
WOKEN_POLL_SECONDS = 2.0
"""How often a worker looks by itself when a transport wakes it."""
BUSY_SECONDS = 1.0
"""For how long a worker claims no job of a provider that was found busy."""
STOP_SECONDS = 2.0
SAVE_TRIES = 120
"""For a minute: a made picture costs money, and a database restarts in less."""
CRASHED = Failure(code="internal", message="Something went wrong on our side.")
T = TypeVar("T")
Outcome = tuple[JobState, Result | None, Failure | None, Sequence[Attempt] | None]


class Runner:
    """`concurrency` jobs at a time. Cancel `run` to stop: what is unfinished is handed back."""

    def __init__(
        self,
        worker: str,
        jobs: JobStore,
        generator: Generator,
        settlement: Settlement,
        deliveries: Deliveries,
        replies: Replies,
        signals: Signals,
        clock: Clock,
        concurrency: int,
        poll_seconds: float = POLL_SECONDS,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._tracer = tracer
        self._worker = worker
        self._jobs = jobs
        self._generator = generator
        self._settlement = settlement
        self._deliveries = deliveries
        self._replies = replies
        self._signals = signals
        self._clock = clock
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._busy: dict[str, float] = {}
        self._looking = asyncio.Lock()  # one lane at a time waits for a job, and the next steps up when it has one

    async def run(self) -> None:
        await together(*(self._work() for _ in range(self._concurrency)))

    async def _work(self) -> None:
        while True:
            try:
                async with self._looking:
                    job = await self._next()
                if job is not None:
                    await self._perform(job)
                    self._signals.trouble = None
            except StoreError as error:
                self._signals.trouble = error
                logger().error("store failed", errorName=error.code, detail=str(error))
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                logger().exception("worker stumbled")  # one job must not stop the others; its lease expires
                await asyncio.sleep(POLL_SECONDS)

    async def _next(self) -> Job | None:
        """A job, claimed; or None, after a while without any or when called."""
        now = self._clock.now()
        job = await self._jobs.claim(self._worker, now, now + LEASE, self._busy_models())
        if job is None:
            await self._signals.work.wait(BUSY_SECONDS if self._busy else self._poll_seconds)
        return job

    async def _perform(self, job: Job) -> None:
        with (
            structlog.contextvars.bound_contextvars(requestId=job.request_id, job=job.id),
            self._tracer.span("job", job.request_id, job=job.id, model=job.spec.model, attempt=job.attempt),
        ):
            watch = Stopwatch()
            try:
                outcome = await self._made(job, watch)
                await self._close(job, outcome, watch)
            except LeaseLost:
                logger().warning("lease lost", attempt=job.attempt)
            except ProviderBusy as busy:
                # Its own model, too: whoever is busy may only stand in for that.
                models = [job.spec.model, *self._generator.models_of(busy.provider)]
                self._busy |= dict.fromkeys(models, time.monotonic() + BUSY_SECONDS)
                await self._jobs.hand_back(job)
                self._signals.work.ring()  # whoever waits for a job would wait for longer than that
            except asyncio.CancelledError:
                with suppress(StoreError):  # the lease expires by itself
                    await asyncio.shield(self._jobs.hand_back(job))
                raise
            finally:
                self._signals.ended(job.id, job.reply_to.channel)

    def _busy_models(self) -> list[str]:
        now = time.monotonic()
        self._busy = {model: until for model, until in self._busy.items() if until > now}
        return list(self._busy)

    async def _made(self, job: Job, watch: Stopwatch) -> Outcome:
        """When the database fails before anything is made, the job goes back: that is nobody's lost attempt."""
        try:
            return await self._make(job, watch)
        except StoreError:
            with suppress(StoreError):
                await self._jobs.hand_back(job)
            raise

    async def _make(self, job: Job, watch: Stopwatch) -> Outcome:
        """Let the generator work while this task renews the lease and watches for a cancel."""
        with self._signals.stopping(job.id) as stop:
            with resumed(watch):
                talk, calls = self._talk_of(job), Calls(self._jobs, job)
                making = asyncio.create_task(self._generate(job, talk, calls))
            outcome = await self._watch(job, making, talk, stop)
            return outcome or self._stopped(job, talk, calls)

    def _stopped(self, job: Job, talk: Talk, calls: "Calls") -> Outcome:
        """The person has cancelled it. Of an answer they keep what they have read, and pay for it."""
        result = self._generator.cut(job, talk.heard)
        failure = Failure(code="cancelled", message="Cancelled.")
        return JobState.CANCELLED, result, failure, calls.cancelled(self._clock.now())

    async def _watch(self, job: Job, making: asyncio.Task[Outcome], talk: Talk, stop: asyncio.Event) -> Outcome | None:
        """None when the person has cancelled it."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while True:
                await asyncio.wait({making, stopping}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if making.cancelled():  # not by us: a provider's client cancelled itself
                    return JobState.FAILED, None, CRASHED, None
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

    async def _generate(self, job: Job, talk: Talk, calls: "Calls") -> Outcome:
        try:
            result, attempts = await self._generator.run(job, talk, calls.record)
        except (ProviderBusy, StoreError):
            raise
        except EaselError as error:
            logger().warning("job failed", errorName=error.code, detail=error.message)
            failure = Failure(code=error.code, message=error.message)
        except (LeaseLost, asyncio.CancelledError):
            raise
        except Exception:
            logger().exception("job crashed")
            failure = CRASHED
        else:
            return JobState.DONE, result, None, attempts
        return JobState.FAILED, None, failure, None

    def _talk_of(self, job: Job) -> Talk:
        report = Report(job, self._signals, asyncio.get_running_loop())
        return Talk(report.progressed, report.said)

    async def _close(self, job: Job, outcome: Outcome, watch: Stopwatch) -> None:
        state, result, failure, attempts = outcome
        with resumed(watch):
            if state is JobState.DONE and result is not None and isinstance(job.spec, ChatSpec):
                await self._replies.keep(job, result)
            ended = await self._saved(self._save(job, state, result, failure, attempts, watch))
            await self._settlement.settle(ended.model_copy(update={"timings": job.timings}), watch)
        await self._deliveries.deliver(job.id)

    async def _saved(self, saving: Coroutine[Any, Any, Job]) -> Job:
        """Whoever stops this worker waits for a moment: what is not saved is made, and paid to the provider, again."""
        task = asyncio.create_task(saving)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=STOP_SECONDS)
            task.cancel()
            raise

    async def _save(
        self,
        job: Job,
        state: JobState,
        result: Result | None,
        failure: Failure | None,
        attempts: Sequence[Attempt] | None,
        watch: Stopwatch,
    ) -> Job:
        """A made picture is worth some patience with the database. Raises LeaseLost, or the last StoreError."""
        for attempt in range(SAVE_TRIES):
            now = self._clock.now()
            try:
                saved = await self._jobs.finish(
                    job, state, result=result, failure=failure, attempts=attempts,
                    timings=summed(job.timings, watch.parts), now=now, next_delivery_at=now,
                )  # fmt: skip
            except StoreError:
                if attempt == SAVE_TRIES - 1:
                    raise
                await asyncio.sleep(POLL_SECONDS)
            else:
                if saved is None:
                    raise LeaseLost
                return saved
        raise AssertionError


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
