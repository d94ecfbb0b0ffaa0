"""Forget what people wrote and got after so many days. The books stay: ledger, amounts, daily rollups.

Crash table of one job: its files go first, then its words, as a blanked job is not looked for any more.
  files deleted, crash     the job is still stale; the next round deletes nothing twice and blanks it
  blanked                  done; nobody delivers it, and /history says that it was deleted
"""

import asyncio

from core.clock import DAY, Clock, Millis
from core.errors import MediaError
from core.jobs.model import Job
from core.log import logger
from core.media.ports import MediaStore
from core.stores.ports import Stores

BATCH = 100


class Retention:
    """Keeps for `days` days. Safe to run in several processes: every step can be repeated."""

    def __init__(self, stores: Stores, media: MediaStore, clock: Clock, days: int) -> None:
        self._stores = stores
        self._media = media
        self._clock = clock
        self._life: Millis = days * DAY

    async def enforce(self) -> None:
        """Forget everything older. Raises StoreError; the next round goes on from there."""
        before = self._clock.now() - self._life
        await self._blank_jobs(before)
        await self._stores.usage.recount(before)  # what is forgotten must be in its rollup
        await self._stores.usage.purge(before)
        await self._stores.feed.purge(before)
        await self._stores.events.purge(before)  # days that are over have been added up by then

    async def _blank_jobs(self, before: Millis) -> None:
        """Batch by batch. Jobs that cannot be forgotten now are left for the next round, and do not hold up others."""
        stuck: set[str] = set()
        while len(stuck) < BATCH:
            stale = await self._stores.jobs.stale(before, BATCH + len(stuck))
            due = [job for job in stale if job.id not in stuck]
            if not due:
                return
            for job in due:
                if not await self._forget(job):
                    stuck.add(job.id)
            await asyncio.sleep(0)
        logger().error("retention gave up for now", stuck=len(stuck))

    async def _forget(self, job: Job) -> bool:
        now = self._clock.now()
        if not job.is_blankable(now):
            return False
        try:
            for token in job.media:
                await self._media.delete(token, job.account)
        except MediaError as error:
            logger().error("pictures not deleted", job=job.id, errorName=error.code, detail=error.message)
            return False
        return await self._stores.jobs.blank(job.id, now)
