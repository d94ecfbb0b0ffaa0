"""The job document: everything a worker needs to do accepted work, and everything known about how it went."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.accounts.model import Identity
from core.clock import MINUTE, Millis


class Document(BaseModel):
    """A value that is stored as JSON and never changed in place."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ReplyTo(Document):
    """Where a result goes: a platform, its channel, and what else its messenger needs to find the place."""

    platform: str
    channel: str
    extra: dict[str, str] = {}


class Source(Document):
    """A picture that an order starts from, in the media store. `hash` is the SHA-256 of its bytes, if known.

    `width` and `height` in pixels, if known: jobs of older versions do not say.
    """

    name: str
    mime: str
    url: str | None = None
    hash: str | None = None
    width: int | None = None
    height: int | None = None


class ImageSpec(Document):
    """A picture order, checked against its model's abilities. Sizes in pixels.

    `fallbacks` are the models that may serve instead, in order. `sources` are what is edited, varied or enlarged.
    """

    kind: Literal["image"] = "image"
    operation: Literal["draw", "edit", "vary", "upscale"] = "draw"
    prompt: str
    negative: str | None = None
    model: str
    fallbacks: tuple[str, ...] = ()
    aspect: str
    width: int
    height: int
    count: int
    seed: int
    style: str | None = None
    variation: int = 0
    parent: str | None = None
    sources: tuple[Source, ...] = ()

    def blank(self) -> "ImageSpec":
        return self.model_copy(update={"prompt": "", "negative": None, "sources": ()})


class Turn(Document):
    """One message of a conversation, and the answer to it."""

    question: str
    answer: str


class ChatSpec(Document):
    """A question. `history` is what was said before, the oldest first; `conversation` is where it belongs.

    `system` is the persona's text; `sources` are pictures to look at.
    """

    kind: Literal["chat"] = "chat"
    prompt: str
    model: str
    fallbacks: tuple[str, ...] = ()
    system: str = ""
    history: tuple[Turn, ...] = ()
    conversation: str | None = None
    sources: tuple[Source, ...] = ()

    def blank(self) -> "ChatSpec":
        return self.model_copy(update={"prompt": "", "history": (), "conversation": None, "sources": ()})


Spec = Annotated[ImageSpec | ChatSpec, Field(discriminator="kind")]


class Quote(Document):
    """The most a request can cost, in credits: `each` of `count` results."""

    each: int
    count: int

    @property
    def total(self) -> int:
        return self.each * self.count


class Tokens(Document):
    """What a provider counted. `cached` is a part of `input`; `thought` and `image` are parts of `output`.

    Further parts of `input` that some models price apart: `cache_written` (put into the provider's cache), and
    `image_input` (pictures to look at; None: the provider did not count them apart).
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    thought: int = 0
    image: int = 0
    cache_written: int = 0
    image_input: int | None = None

    def plus(self, other: "Tokens") -> "Tokens":
        """Both together. What only one of them counted apart is not known of both."""
        counts = {name: (getattr(self, name), getattr(other, name)) for name in Tokens.model_fields}
        return Tokens(**{name: None if None in both else sum(both) for name, both in counts.items()})


Outcome = Literal["done", "refused", "retryable", "fatal", "unknown", "cancelled"]


class Attempt(Document):
    """One provider call, recorded before it is made. `provider_job` is the provider's own id of it, if it has one.

    `served` is the model as the provider names it. `cost` in nano-USD: 0 when nothing was billed, None: not known.
    """

    provider: str
    model: str
    started_at: Millis
    ended_at: Millis | None = None
    outcome: Outcome | None = None
    error: str | None = None
    provider_job: str | None = None
    served: str | None = None
    tokens: Tokens | None = None
    pictures: int = 0
    cost: int | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the provider can be asked what became of it, or what it cost when cancelled, as nobody else knows."""
        is_dark = self.outcome in (None, "unknown") or (self.outcome == "cancelled" and self.cost is None)
        return is_dark and self.provider_job is not None


class Picture(Document):
    """A stored picture: its name in the media store, size in pixels and bytes, and the seed that drew it.

    `seed` is None when the model has none. `url` is where it is on the web, when that is not this Easel.
    """

    name: str
    mime: str
    width: int
    height: int
    size: int
    seed: int | None = None
    url: str | None = None


class Result(Document):
    """What a job brought: pictures or text, and who made it. `each` is the price of one at the model that served.

    A cancelled job has one if its answer had begun to show: the text so far.
    """

    provider: str
    model: str
    each: int | None = None
    fallback_used: bool = False
    cached: bool = False
    demo: bool = False
    pictures: tuple[Picture, ...] = ()
    text: str = ""


class Failure(Document):
    """Why a job brought nothing: a code, and a sentence that is safe to show."""

    code: str
    message: str


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
    timings: dict[str, float] = {}
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

    def after_lost_lease(self, now: Millis, max_attempts: int) -> dict[str, object]:
        """What becomes of a running job whose worker is gone: cancelled if asked for, failed, or queued again."""
        if self.cancel_requested:
            return cancelled(now)
        if self.attempt >= max_attempts:
            return failed(Failure(code="worker_lost", message="The worker stopped several times."), now)
        return {"state": JobState.QUEUED, "worker": None, "lease_until": None, "progress": 0.0}


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


def has_ended(job: Job) -> bool:
    return not job.is_open


def after_look(attempts: Sequence[Attempt], now: Millis, job: Job) -> dict[str, object]:
    """The changes after a provider was asked about lost calls."""
    return {"attempts": tuple(attempts), "looks": job.looks + 1, "looked_at": now}


class LeaseLost(Exception):
    """Another worker has this job now."""


class Beat(Document):
    """What a worker learns when it renews its lease."""

    lost: bool
    cancelled: bool
