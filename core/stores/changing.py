"""The verbs of a job that look at one document and change it: the same in every database.

A verb is a guard, which says whether the stored job may change so, and the changes. How both become one
compare-and-set, each database knows (`change`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from core.clock import Millis
from core.jobs.attempts import Attempt
from core.jobs.changes import after_look, cancelled, failed
from core.jobs.ending import Ending
from core.jobs.model import ABANDONED, END_STATES, Beat, Job, JobState, has_ended
from core.jobs.results import Failure

Guard = Callable[[Job], bool]
Changes = Callable[[Job], Mapping[str, object]]


class ChangingJobs(ABC):
    """The part of `JobStore` that a database has for nothing, once it can get and change one job."""

    @abstractmethod
    async def get(self, job: str) -> Job | None: ...

    @abstractmethod
    async def change(self, job: str, guard: Guard, changes: Changes) -> Job | None:
        """The compare-and-set: the changed job, or None when there is none or the guard says no."""

    # --- from request to queue ---------------------------------------------------------------------------

    async def readdress(self, job: Job, account: str) -> Job:
        changed = await self.change(
            job.id,
            lambda stored: (stored.state, stored.account) == (JobState.ACCEPTING, job.account),
            lambda _: {"account": account},
        )
        return changed or await self.get(job.id) or job

    async def abandon(self, job: str, why: str, now: Millis) -> bool:
        failure = Failure(code=ABANDONED, message=why)
        return await self.change(job, _is_accepting, lambda _: failed(failure, now)) is not None

    async def enqueue(self, job: str, timings: dict[str, float], delay: Millis = 0) -> Job | None:
        return await self.change(
            job,
            _is_accepting,
            lambda stored: {"state": JobState.QUEUED, "timings": timings, "turn_at": stored.turn_at + delay},
        )

    # --- the worker's verbs ------------------------------------------------------------------------------

    async def beat(self, job: Job, progress: float, lease_until: Millis) -> Beat:
        kept = await self.change(
            job.id, partial(_is_run_by, job), lambda _: {"progress": progress, "lease_until": lease_until}
        )
        return Beat(lost=kept is None, cancelled=kept is not None and kept.cancel_requested)

    async def record_attempts(self, job: Job, attempts: Sequence[Attempt]) -> bool:
        changes = {"attempts": tuple(attempts)}
        return await self.change(job.id, partial(_is_run_by, job), lambda _: changes) is not None

    async def finish(
        self, job: Job, ending: Ending, *, timings: dict[str, float], now: Millis, next_delivery_at: Millis
    ) -> Job | None:
        def changes(stored: Job) -> Mapping[str, object]:
            return {
                "state": ending.state,
                "result": ending.result,
                "failure": ending.failure,
                "attempts": stored.attempts if ending.attempts is None else tuple(ending.attempts),
                "timings": timings,
                "finished_at": now,
                "lease_until": None,
                "next_delivery_at": next_delivery_at,
            }

        return await self.change(job.id, partial(_is_run_by, job), changes)

    async def hand_back(self, job: Job) -> None:
        changes = {
            "state": JobState.QUEUED,
            "attempt": job.attempt - 1,
            "worker": None,
            "lease_until": None,
            "progress": 0.0,
        }
        await self.change(job.id, partial(_is_run_by, job), lambda _: changes)

    # --- ends that no worker brings ----------------------------------------------------------------------

    async def request_cancel(self, job: str, now: Millis) -> Job | None:
        changed = await self.change(
            job,
            lambda stored: stored.state in (JobState.QUEUED, JobState.RUNNING),
            lambda stored: cancelled(now) if stored.state is JobState.QUEUED else {"cancel_requested": True},
        )
        return changed or await self.get(job)

    async def fail_open(self, job: str, failure: Failure, now: Millis) -> bool:
        return await self.change(job, lambda stored: stored.is_open, lambda _: failed(failure, now)) is not None

    # --- after the end -----------------------------------------------------------------------------------

    async def settled(self, job: str, charged: int, now: Millis) -> bool:
        changed = await self.change(
            job,
            lambda stored: stored.state in END_STATES and stored.settled_at is None,
            lambda _: {"charged": charged, "settled_at": now},
        )
        return changed is not None

    async def post_failed(self, job: str) -> None:
        await self.change(job, lambda _: True, lambda _: {"posting_until": None})

    async def delivered(self, job: str, message_id: str, now: Millis) -> None:
        changes = {"delivered_at": now, "message_id": message_id, "next_delivery_at": None, "posting_until": None}
        await self.change(job, lambda stored: stored.delivered_at is None and not stored.blanked, lambda _: changes)

    async def looked(self, job: str, attempts: Sequence[Attempt], now: Millis) -> None:
        await self.change(job, has_ended, partial(after_look, attempts, now))


def _is_accepting(stored: Job) -> bool:
    return stored.state is JobState.ACCEPTING


def _is_run_by(mine: Job, stored: Job) -> bool:
    """Whether the stored job is still this very claim of it."""
    return (stored.state, stored.worker, stored.attempt) == (JobState.RUNNING, mine.worker, mine.attempt)
