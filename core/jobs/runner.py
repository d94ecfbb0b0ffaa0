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
from contextlib import suppress

import structlog

from core.clock import Clock
from core.errors import StoreError
from core.generation.generator import Generator
from core.generation.replies import Replies
from core.jobs.closing import Closer
from core.jobs.delivery import Deliveries
from core.jobs.ending import Ending
from core.jobs.making import LEASE, Maker
from core.jobs.model import Job, LeaseLost
from core.jobs.settlement import Settlement
from core.jobs.signals import Signals
from core.jobs.slots import ProviderBusy
from core.log import logger
from core.stores.ports import JobStore
from core.tasks import together
from core.timing import Stopwatch
from core.tracing import UNTRACED, Tracer

POLL_SECONDS = 0.5
WOKEN_POLL_SECONDS = 2.0
"""How often a worker looks by itself when a transport wakes it."""
BUSY_SECONDS = 1.0
"""For how long a worker claims no job of a provider that was found busy."""


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
        self._maker = Maker(jobs, generator, signals, clock)
        self._closer = Closer(jobs, settlement, deliveries, replies, clock)
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
                ending = await self._made(job, watch)
                await self._closer.close(job, ending, watch)
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

    async def _made(self, job: Job, watch: Stopwatch) -> Ending:
        """When the database fails before anything is made, the job goes back: that is nobody's lost attempt."""
        try:
            return await self._maker.make(job, watch)
        except StoreError:
            with suppress(StoreError):
                await self._jobs.hand_back(job)
            raise
