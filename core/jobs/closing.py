"""Save how a job ended, with some patience, and then settle and deliver it.

Whatever is interrupted here after the save, the sweeper goes on with: see the crash table in `core.jobs.runner`.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from core.clock import Clock
from core.errors import StoreError
from core.generation.replies import Replies
from core.jobs.delivery import Deliveries
from core.jobs.ending import Ending
from core.jobs.model import Job, JobState, LeaseLost
from core.jobs.settlement import Settlement
from core.jobs.specs import ChatSpec
from core.stores.ports import JobStore
from core.timing import Stopwatch, resumed, summed

STOP_SECONDS = 2.0
SAVE_SECONDS = 0.5
SAVE_TRIES = 120
"""For a minute: a made picture costs money, and a database restarts in less."""


class Closer:
    """Brings made jobs to their end."""

    def __init__(
        self, jobs: JobStore, settlement: Settlement, deliveries: Deliveries, replies: Replies, clock: Clock
    ) -> None:
        self._jobs = jobs
        self._settlement = settlement
        self._deliveries = deliveries
        self._replies = replies
        self._clock = clock

    async def close(self, job: Job, ending: Ending, watch: Stopwatch) -> None:
        """Raises LeaseLost, or StoreError: then the sweeper goes on from what was saved."""
        with resumed(watch):
            if ending.state is JobState.DONE and ending.result is not None and isinstance(job.spec, ChatSpec):
                await self._replies.keep(job, ending.result)
            ended = await self._saved(self._save(job, ending, watch))
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

    async def _save(self, job: Job, ending: Ending, watch: Stopwatch) -> Job:
        """A made picture is worth some patience with the database. Raises LeaseLost, or the last StoreError."""
        for attempt in range(SAVE_TRIES):
            now = self._clock.now()
            try:
                saved = await self._jobs.finish(
                    job, ending, timings=summed(job.timings, watch.parts), now=now, next_delivery_at=now
                )
            except StoreError:
                if attempt == SAVE_TRIES - 1:
                    raise
                await asyncio.sleep(SAVE_SECONDS)
            else:
                if saved is None:
                    raise LeaseLost
                return saved
        raise AssertionError
