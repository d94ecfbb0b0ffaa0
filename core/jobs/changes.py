"""What changes in a job document when it is claimed, ends, is posted, is left behind, or is looked after."""

from collections.abc import Sequence

from core.clock import Millis
from core.jobs.attempts import Attempt
from core.jobs.model import ABANDONED, Job, JobState
from core.jobs.results import Failure, Result
from core.jobs.specs import ChatSpec, Quote


def claimed(job: Job, worker: str, now: Millis, lease_until: Millis) -> dict[str, object]:
    """The changes when this worker takes a queued job."""
    return {
        "state": JobState.RUNNING,
        "attempt": job.attempt + 1,
        "worker": worker,
        "lease_until": lease_until,
        "started_at": now,
        "progress": 0.0,
    }


def failed(failure: Failure, now: Millis) -> dict[str, object]:
    """The changes that end a job without a result. Nobody is told of a request that was never accepted."""
    return {
        "state": JobState.FAILED,
        "failure": failure,
        "finished_at": now,
        "lease_until": None,
        "next_delivery_at": None if failure.code == ABANDONED else now,
    }


def cancelled(now: Millis) -> dict[str, object]:
    """The changes that end a job because the person said so."""
    failure = Failure(code="cancelled", message="Cancelled.")
    return failed(failure, now) | {"state": JobState.CANCELLED, "cancel_requested": True}


def found(result: Result, spec: ChatSpec, now: Millis) -> dict[str, object]:
    """The changes that make a job of an answer that was there already: shown by now, for nothing, without a hold."""
    return {
        "state": JobState.DONE,
        "result": result.model_copy(update={"cached": True, "each": 0}),
        "spec": spec.model_copy(update={"sources": ()}),
        "media": (),
        "quote": Quote(each=0, count=1),
        "charged": 0,
        "finished_at": now,
        "settled_at": now,
        "delivered_at": now,
    }


def posting(job: Job, until: Millis) -> dict[str, object]:
    """The changes when somebody begins to post the result, for which there is time until then."""
    return {"next_delivery_at": until, "posting_until": until, "deliveries": job.deliveries + 1}


def after_look(attempts: Sequence[Attempt], now: Millis, job: Job) -> dict[str, object]:
    """The changes after a provider was asked about lost calls."""
    return {"attempts": tuple(attempts), "looks": job.looks + 1, "looked_at": now}


def after_lost_lease(job: Job, now: Millis, max_attempts: int) -> dict[str, object]:
    """What becomes of a running job whose worker is gone: cancelled if asked for, failed, or queued again."""
    if job.cancel_requested:
        return cancelled(now)
    if job.attempt >= max_attempts:
        return failed(Failure(code="worker_lost", message="The worker stopped several times."), now)
    return {"state": JobState.QUEUED, "worker": None, "lease_until": None, "progress": 0.0}
