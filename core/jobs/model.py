"""The job document: everything a worker needs to do accepted work, and everything known about how it went."""

from enum import StrEnum

from pydantic import Field

from core.accounts.model import Identity
from core.clock import MINUTE, Millis
from core.jobs.attempts import Attempt
from core.jobs.document import Document
from core.jobs.results import Failure, Result
from core.jobs.specs import ChatSpec, ImageSpec, Quote, Spec


class ReplyTo(Document):
    """Where a result goes: a platform, its channel, and what else its messenger needs to find the place."""

    platform: str
    channel: str
    extra: dict[str, str] = Field(default_factory=dict)


class JobState(StrEnum):
    """ACCEPTING: saved, hold not yet certain. QUEUED, RUNNING: its hold is open. The others are ends."""

    ACCEPTING = "accepting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({JobState.ACCEPTING, JobState.QUEUED, JobState.RUNNING})
END_STATES = frozenset(JobState) - OPEN_STATES


MOST_LOOKS = 8
"""How often a provider is asked about a lost call, after 1, 2, 4, ... minutes: for four hours in all."""
ABANDONED = "abandoned"
"""The failure code of a request that was interrupted before it was accepted."""


class Job(Document):
    """One accepted request of `account`. `attempt` counts claims, not provider calls.

    `payer` is the wallet of a server that pays for it, None when the account does; `sponsored` is the account by which
    that server counts it, should its own account be merged meanwhile; `cap_left` is what its cap allows besides.

    `media` are the names under which files belong to it: of its results first, then of what was attached.
    `reply_key` is the same for the same question, if its answer may be given again; `follows` is the job that was
    asking it already when this one came, and whose answer or failure this one shares.
    Queued jobs run in the order of `turn_at`. `posting_until`: somebody is posting the result, at most until then.
    """

    id: str
    request_id: str
    account: str
    payer: str | None = None
    sponsored: str | None = None
    cap_left: int | None = None
    identity: Identity
    reply_to: ReplyTo
    locale: str = "en"
    spec: Spec
    quote: Quote
    reply_key: str | None = None
    follows: str | None = None
    media: tuple[str, ...] = ()
    created_at: Millis
    turn_at: Millis = 0
    hold_expires_at: Millis
    state: JobState = JobState.ACCEPTING
    attempt: int = 0
    attempts: tuple[Attempt, ...] = ()
    worker: str | None = None
    lease_until: Millis | None = None
    progress: float = 0.0
    cancel_requested: bool = False
    started_at: Millis | None = None
    finished_at: Millis | None = None
    result: Result | None = None
    failure: Failure | None = None
    timings: dict[str, float] = Field(default_factory=dict)
    charged: int | None = None
    settled_at: Millis | None = None
    delivered_at: Millis | None = None
    message_id: str | None = None
    deliveries: int = 0
    next_delivery_at: Millis | None = None
    posting_until: Millis | None = None
    blanked: bool = False
    looks: int = 0
    looked_at: Millis | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def wallet(self) -> str:
        """The ledger account that its hold is in."""
        return self.payer or self.account

    @property
    def attachments(self) -> tuple[str, ...]:
        """The names of what the person attached."""
        return self.media[self.spec.count :] if isinstance(self.spec, ImageSpec) else self.media

    @property
    def conversation(self) -> str | None:
        return self.spec.conversation if isinstance(self.spec, ChatSpec) else None

    @property
    def is_abandoned(self) -> bool:
        """Whether the request never got as far as being accepted."""
        return self.failure is not None and self.failure.code == ABANDONED

    @property
    def settle_at(self) -> Millis | None:
        """From when on its hold is to be ended; None when that is not, or no longer, due.

        An abandoned request has no hold, unless a very late one follows: that is looked for when it would expire.
        """
        if self.is_open or self.settled_at is not None:
            return None
        if self.is_abandoned:
            return self.hold_expires_at
        return self.finished_at

    @property
    def reconcile_at(self) -> Millis | None:
        """From when on a provider is to be asked what became of a call; None when there is nothing (more) to ask."""
        if self.settled_at is None or self.looks >= MOST_LOOKS or not any(each.is_lost for each in self.attempts):
            return None
        return (self.looked_at or self.settled_at) + (MINUTE << self.looks)

    def is_blankable(self, now: Millis) -> bool:
        """Whether nothing can need or show its words any more: settled or abandoned, and not just being posted."""
        is_being_posted = self.posting_until is not None and self.posting_until > now
        return self.is_abandoned or (self.settled_at is not None and not is_being_posted)

    def blank(self) -> "Job":
        """The job without anything personal. Media tokens stay, so that files can still be found."""
        return self.model_copy(
            update={
                "spec": self.spec.blank(),
                "identity": Identity(self.identity.platform, "deleted"),
                "reply_to": ReplyTo(platform=self.reply_to.platform, channel=""),
                "result": None,
                "reply_key": None,
                "message_id": None,
                "next_delivery_at": None,
                "blanked": True,
            }
        )


def has_ended(job: Job) -> bool:
    return not job.is_open


class LeaseLost(Exception):
    """Another worker has this job now."""


class Beat(Document):
    """What a worker learns when it renews its lease."""

    lost: bool
    cancelled: bool
