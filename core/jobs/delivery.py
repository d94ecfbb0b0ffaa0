"""Post results where they were asked for, and again until it worked.

Crash table: after a post and before `delivered` is recorded, the result is posted again once the reservation
has lapsed; messengers that can, make the second post a no-op by the job's id.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from core.accounts.model import Identity
from core.clock import SECOND, Clock, Millis
from core.jobs.model import Job
from core.jobs.signals import Signals
from core.log import logger
from core.news import News
from core.stores.ports import JobStore
from core.tracing import UNTRACED, Tracer

RETRY_AFTER: Millis = 30 * SECOND
DELIVERY_SECONDS = 20.0
"""Less than the reservation, so that a slow post is given up before somebody else may start one."""


class Messenger(Protocol):
    """Posts to one platform over plain requests, from any process."""

    async def deliver(self, job: Job) -> str:
        """Post an ended job's result, or why there is none. Returns the platform's message id."""

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        """Tell one person something in private; with the same `key` once, as far as the platform lets it be known.

        Raises what passes. What never will, such as somebody who takes no messages, is logged.
        """


class Deliveries:
    """Delivers each result through its platform's messenger."""

    def __init__(
        self,
        jobs: JobStore,
        messengers: Mapping[str, Messenger],
        signals: Signals,
        clock: Clock,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._tracer = tracer
        self._jobs = jobs
        self._messengers = messengers
        self._signals = signals
        self._clock = clock

    async def deliver(self, job_id: str | None = None) -> bool:
        """Deliver this result, or the next that is due. False when there was none to deliver."""
        now = self._clock.now()
        job = await self._jobs.claim_delivery(job_id, now, now + RETRY_AFTER)
        if job is None:
            return False
        messenger = self._messengers.get(job.reply_to.platform)
        if messenger is None:
            logger().warning("no messenger", requestId=job.request_id, platform=job.reply_to.platform)
            await self._jobs.post_failed(job.id)
            return True
        try:
            with self._tracer.span("delivery", job.request_id, platform=job.reply_to.platform):
                async with asyncio.timeout(DELIVERY_SECONDS):
                    message_id = await messenger.deliver(job)
        except Exception:
            logger().exception("delivery failed", requestId=job.request_id, job=job.id, tries=job.deliveries)
            await self._jobs.post_failed(job.id)
            return True
        await self._jobs.delivered(job.id, message_id, self._clock.now())
        self._signals.changed(job.reply_to.channel)
        return True
