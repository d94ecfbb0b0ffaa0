"""How the making of a job ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.jobs.attempts import Attempt
from core.jobs.model import JobState
from core.jobs.results import Failure, Result


@dataclass(frozen=True, slots=True)
class Ending:
    """With a result, a failure, or both: what was read of an answer that was cancelled.

    `attempts` None: those that were recorded.
    """

    state: JobState
    result: Result | None = None
    failure: Failure | None = None
    attempts: Sequence[Attempt] | None = None
