"""How a job goes, as something to show: its place in the queue, how far it is, what it has said so far."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bots import texts
from core.app import App
from core.clock import Millis
from core.jobs.model import Job, JobState

LOOK_AGAIN_SECONDS = 1.0
DELIVERED_WITHIN_SECONDS = 60.0
LOOK_SECONDS = 0.25
BAR_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Status:
    """`ahead` jobs come first and `eta` is about when it is done, while it waits; `progress` is 0 to 1."""

    job: Job
    ahead: int = 0
    eta: Millis | None = None
    progress: float = 0.0
    text: str = ""

    @property
    def line(self) -> str:
        """`Queued #3 · about 20 s`, `Working ▰▰▰▱▱▱ 42 %`, or `Starting`."""
        if self.job.state is not JobState.RUNNING:
            return texts.queued(self.ahead, self.eta)
        return texts.working(self.progress, BAR_LENGTH)


async def follow(app: App, job: Job) -> AsyncIterator[Status]:
    """Each news of a job until it has ended; whoever shows them decides how often. The first comes at once."""
    shown: tuple[str, str] | None = None
    async with app.signals.listening(job.reply_to.channel) as bell:
        while True:
            current = await app.stores.jobs.get(job.id)
            if current is None or not current.is_open:
                return
            status = await status_of(app, current)
            if (status.line, status.text) != shown:
                shown = (status.line, status.text)
                yield status
            await bell.wait(LOOK_AGAIN_SECONDS)


async def delivered(app: App, job: str) -> Job | None:
    """The job once its result was delivered; None if it was blanked, or if that does not come within a minute."""
    until = time.monotonic() + DELIVERED_WITHIN_SECONDS
    while time.monotonic() < until:
        now = await app.stores.jobs.get(job)
        if now is None or now.blanked:
            return None
        if now.delivered_at is not None:
            return now
        await asyncio.sleep(LOOK_SECONDS)
    return None


async def status_of(app: App, job: Job) -> Status:
    """How an open job goes now."""
    if job.state is not JobState.RUNNING:
        ahead, eta = await app.requests.outlook(job)
        return Status(job, ahead, eta)
    progress = max(job.progress, app.signals.progress.get(job.id, 0.0))
    return Status(job, progress=progress, text=app.signals.answers.get(job.id, ""))
