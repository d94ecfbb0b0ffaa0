"""A request that an admin stops, or has made after all.

What failed is asked for anew in the person's name, by the id of the admin's request, so that it is one new request
however often that comes. It costs what the person would have paid, and nothing if it fails again.
"""

from core.admin.intents import Intent
from core.admin.model import Actor, Doc
from core.clock import Clock
from core.errors import ActionRefused, NotFound, Refusal
from core.generation.wishes import Again, Chat, Wish
from core.ids import job_id
from core.jobs.model import Job, JobState
from core.jobs.signals import Signals
from core.jobs.specs import ChatSpec
from core.jobs.sweeper import Sweeper
from core.requests import Accepted, Request, Requests
from core.stores.ports import JobStore


class Retry:
    """What failed or was cancelled is made anew; what is done and not shown yet is shown."""

    def __init__(self, jobs: JobStore, requests: Requests, sweeper: Sweeper) -> None:
        self._jobs = jobs
        self._requests = requests
        self._sweeper = sweeper

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises NotFound or ActionRefused."""
        job = await _job(self._jobs, intent.target)
        if job.is_open:
            raise ActionRefused("This request is in the works.")
        if job.state is JobState.DONE and job.delivered_at is not None:
            raise ActionRefused("This request has its result; the person sees it again with /recover.")
        if not job.spec.prompt:
            raise ActionRefused("What was asked for is deleted.")
        return {"state": job.state.value}

    async def act(self, intent: Intent) -> Doc:
        job = await _job(self._jobs, intent.target)
        if job.state is JobState.DONE:
            await self._sweeper.close(job)
            return {"job": job.id}
        request = Request(intent.op, job.identity, _wish(job), job.reply_to, job.locale)
        try:
            outcome = await self._requests.submit(request)
        except Refusal as refusal:
            raise ActionRefused(f"It was not accepted, as the person would be told: {refusal.message}") from refusal
        return {"job": outcome.job.id if isinstance(outcome, Accepted) else job_id(request.id)}

    async def tell(self, intent: Intent, after: Doc) -> None:
        """Its result is delivered like any other."""


class Cancel:
    """A queued request ends at once, a running one within about a second."""

    def __init__(self, jobs: JobStore, signals: Signals, sweeper: Sweeper, clock: Clock) -> None:
        self._jobs = jobs
        self._signals = signals
        self._sweeper = sweeper
        self._clock = clock

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises NotFound or ActionRefused."""
        job = await _job(self._jobs, intent.target)
        if not job.is_open:
            raise ActionRefused(f"This request has ended already: {job.state.value}.")
        return {"state": job.state.value}

    async def act(self, intent: Intent) -> Doc:
        job = await _job(self._jobs, intent.target)
        now = await self._jobs.request_cancel(job.id, self._clock.now()) or job
        self._signals.stop(job.id)
        self._signals.changed(job.reply_to.channel)
        if now.state is JobState.CANCELLED:
            await self._sweeper.close(now)
        return {"state_now": now.state.value}

    async def tell(self, intent: Intent, after: Doc) -> None:
        """That it was cancelled is delivered like any result."""


async def _job(jobs: JobStore, id: str) -> Job:
    found = await jobs.get(id)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def _wish(job: Job) -> Wish:
    if isinstance(job.spec, ChatSpec):
        return Chat(job.spec.prompt, conversation=job.spec.conversation)
    return Again(job.id)
