"""The port of job documents."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.jobs.attempts import Attempt
from core.jobs.ending import Ending
from core.jobs.model import Beat, Job, JobState
from core.jobs.results import Failure


class JobStore(Protocol):
    """Job documents. Every change is a compare-and-set, so that repeated or late callers are harmless."""

    async def create(self, job: Job) -> Job:
        """Save a new job; if its id exists, the stored job is returned unchanged."""

    async def get(self, job: str) -> Job | None: ...

    async def readdress(self, job: Job, account: str) -> Job:
        """Give an ACCEPTING job of this account to another one; the stored job afterwards."""

    async def abandon(self, job: str, why: str, now: Millis) -> bool:
        """ACCEPTING -> FAILED with the code ABANDONED: it was never accepted."""

    async def discard(self, job: str) -> None:
        """Remove an abandoned job, once it is certain that it holds nothing."""

    async def open_before(self, job: Job) -> int:
        """How many open jobs of the same account were created before this one."""

    async def enqueue(self, job: str, timings: dict[str, float], delay: Millis = 0) -> Job | None:
        """ACCEPTING -> QUEUED, noting where the request's time went so far. Its turn comes so much later.

        The job afterwards; None when it was not ACCEPTING.
        """

    async def claim(
        self, worker: str, now: Millis, lease_until: Millis, busy_models: Collection[str] = ()
    ) -> Job | None:
        """Take the queued job whose turn it is, but of no busy model.

        QUEUED -> RUNNING with a lease and one more attempt. A document that cannot be read is passed over.
        """

    async def beat(self, job: Job, progress: float, lease_until: Millis) -> Beat:
        """Renew the lease of a job this worker runs, note its progress, learn of a cancel."""

    async def record_attempts(self, job: Job, attempts: Sequence[Attempt]) -> bool:
        """Save the provider calls made so far. False when the lease was lost."""

    async def finish(
        self, job: Job, ending: Ending, *, timings: dict[str, float], now: Millis, next_delivery_at: Millis
    ) -> Job | None:
        """End a job this worker runs.

        The job afterwards; None when the lease was lost: the result is not this worker's to give.
        """

    async def hand_back(self, job: Job) -> None:
        """RUNNING -> QUEUED, not counting the attempt: this worker is stopping."""

    async def request_cancel(self, job: str, now: Millis) -> Job | None:
        """QUEUED -> CANCELLED at once; a RUNNING job is asked to stop. The job afterwards."""

    async def expire_leases(self, now: Millis, max_attempts: int) -> int:
        """RUNNING with an expired lease -> QUEUED, CANCELLED if asked for, or FAILED. How many."""

    async def fail_open(self, job: str, failure: Failure, now: Millis) -> bool:
        """Any open state -> FAILED."""

    async def accepting_since(self, before: Millis) -> list[Job]: ...

    async def overdue(self, now: Millis) -> list[Job]:
        """Open jobs whose hold has expired."""

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        """Ended jobs whose hold is due to be ended."""

    async def settled(self, job: str, charged: int, now: Millis) -> bool:
        """Record what was charged. False when that was recorded before."""

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        """Reserve a settled, undelivered result for delivery: this one, or the next that is due.

        It counts as being posted until `delivered`, `post_failed` or that time.
        """

    async def post_failed(self, job: str) -> None:
        """It is not being posted any more; it is due again when its reservation ends."""

    async def delivered(self, job: str, message_id: str, now: Millis) -> None: ...

    async def ahead(self, job: Job) -> int:
        """How many queued jobs will be claimed before this one."""

    async def recent_durations(self, kind: str, limit: int) -> list[Millis]:
        """How long the latest finished jobs of this kind ran, without those whose answer was there already."""

    async def open_jobs(self, accounts: Collection[str]) -> list[Job]: ...

    async def history(self, accounts: Collection[str], limit: int) -> list[Job]:
        """The latest jobs first, without those that were never accepted."""

    async def all_jobs(self, accounts: Collection[str]) -> list[Job]: ...

    async def page(
        self, before: Place | None, limit: int, *, state: JobState | None = None, account: str | None = None
    ) -> list[Job]:
        """The newest first, those before this (created_at, id), without those that were never accepted."""

    async def queue(self) -> Queue:
        """What is in the works."""

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        """The latest finished chats of a conversation that were asked since then, the oldest first."""

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        """The latest finished job with this key that ended since then and was served by the model it asked for."""

    async def asking(self, account: str, reply_key: str) -> Job | None:
        """The oldest open job with this key."""

    async def accounts(self) -> list[str]:
        """Every account that has a job."""

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        """Settled jobs with a call whose end is unknown, at whose provider it is time to ask."""

    async def looked(self, job: str, attempts: Sequence[Attempt], now: Millis) -> None:
        """A provider was asked; what is known of the calls now."""

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        """Settled jobs that ended before that time and were not blanked yet, the oldest first."""

    async def blank(self, job: str, now: Millis) -> bool:
        """Remove everything personal from a settled or abandoned job that is not just being posted.

        False when it is one that cannot be blanked now. What is blank stays blank and is never delivered.
        """
