"""What comes in as a request, and what it may become."""

from dataclasses import dataclass

from core.accounts.model import Identity
from core.generation.wishes import Chat, Wish
from core.jobs.model import Job, ReplyTo
from core.jobs.results import Result
from core.limits import Allowance
from core.wallets import Sponsor


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of one person. `id` is the platform's own event id: a redelivered event is the same request.

    `sponsor`: the server in which it was asked for, if that pays for its members.
    """

    id: str
    identity: Identity
    wish: Wish
    reply_to: ReplyTo
    locale: str = "en"
    sponsor: Sponsor | None = None

    @property
    def operation(self) -> str:
        return "chat" if isinstance(self.wish, Chat) else "image"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is a job now, as it was when it was queued, or as it is if it was known before."""

    job: Job
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The request was answered at once from the cache, and cost nothing."""

    result: Result
