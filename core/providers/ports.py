"""The two protocols of providers, and the outcomes they may raise.

ProviderError
 ├─ ProviderRefused   the provider's policy forbids this; final, no other provider is asked
 ├─ ProviderFailed    it did not deliver and the attempt is dead: another try or another provider may
 ├─ ProviderFatal     it cannot serve anybody until somebody mends something (a key, a quota): another may
 │   └─ ProviderCannot  it cannot serve this request or model: another may, and it may serve others
 └─ ProviderUnknown   it may have billed and the answer was lost: nobody else is asked, so that nobody pays twice
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

from core.catalogue import Model
from core.errors import EaselError
from core.jobs.attempts import Outcome, Tokens
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.announcements import Announcements

Progress = Callable[[float], None]
"""Called with how much is done, from 0 to 1. Cheap, and safe from any thread."""


def _say_nothing(text: str) -> None:
    """Nobody watches."""


async def _remember_nothing(provider_job: str) -> None:
    """Nobody keeps it."""


def _is_stopped() -> bool:
    """Nobody goes on with it."""
    return False


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to start from."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a provider: with which model, and how to talk to the caller meanwhile.

    `seconds`: how long it may take at most, which the caller also enforces by cancelling it.
    `say`: takes the whole answer so far, as it grows. `remember`: awaited with the provider's own job id as soon as
    it is known, before anything else. `resume`: such an id of an earlier call that was interrupted: go on with that
    one instead of making a new one. `is_left`: asked when the call is cancelled: whether somebody else goes on with
    what was remembered, so that it is not to be stopped. `sources` are the bytes of `spec.sources`, in order.
    `callback` is where the provider may announce that it is done, if anywhere. `safety_id` is a hashed name of the
    person.
    """

    model: Model
    seconds: float
    progress: Progress
    say: Callable[[str], None] = _say_nothing
    remember: Callable[[str], Awaitable[None]] = _remember_nothing
    resume: str | None = None
    is_left: Callable[[], bool] = _is_stopped
    sources: tuple[Image, ...] = ()
    callback: str | None = None
    safety_id: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture as a provider gave it: any bytes; what they are is checked by the caller."""

    data: bytes
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a call for pictures brought; fewer than asked for when some failed. `served`: the provider's model name.

    `billed` is how many pictures the provider charges for, if that is not how many it gave.
    """

    pictures: tuple[Drawn, ...]
    tokens: Tokens | None = None
    served: str | None = None
    billed: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    text: str
    tokens: Tokens | None = None
    served: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a call that brought nothing has cost: `tokens` if they were counted; nothing at all unless `billed`."""

    billed: bool = False
    tokens: Tokens | None = None


NOTHING_BILLED = Bill()


class ProviderError(EaselError):
    """A call that brought nothing. `message` is safe to show and names no keys or addresses."""

    code = "provider_failed"
    retryable = True
    outcome: ClassVar[Outcome] = "retryable"

    def __init__(self, message: str, bill: Bill = NOTHING_BILLED, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.bill = bill
        self.retry_after = retry_after


class ProviderRefused(ProviderError):
    """The provider's policy forbids this prompt or the picture it made. Final."""

    code = "provider_refused"
    retryable = False
    outcome = "refused"


class ProviderFailed(ProviderError):
    """The provider did not deliver, and will not. `retry_after`: seconds that it asked to wait."""


class ProviderFatal(ProviderError):
    """The provider cannot serve until somebody mends something: a wrong key, an empty quota."""

    code = "provider_fatal"
    retryable = False
    outcome = "fatal"


class ProviderCannot(ProviderFatal):
    """It cannot serve this request, or has this model no more; it may well serve others."""

    code = "provider_cannot"


class ProviderUnknown(ProviderError):
    """The call may have been carried out and billed, and its answer is lost."""

    code = "provider_unknown"
    outcome = "unknown"

    def __init__(self, message: str) -> None:
        super().__init__(message, Bill(billed=True))


class ImageProvider(Protocol):
    """Draws pictures. `demo`: made by a program, not by AI."""

    name: str
    demo: bool

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        """Up to `spec.count` pictures by `call.model`. Raises ProviderError.

        Cancelled: whatever still runs at the provider is stopped there, if it can be, unless `call.is_left()`.
        """

    async def lacking(self, models: Collection[str]) -> set[str]:
        """Those of these models, by the provider's names, that it does not have. Raises ProviderError."""


class ChatProvider(Protocol):
    """Answers messages."""

    name: str
    demo: bool

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        """The whole answer, said bit by bit to `call.say`. Raises ProviderError."""

    async def lacking(self, models: Collection[str]) -> set[str]:
        """Those of these models, by the provider's names, that it does not have. Raises ProviderError."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a call whose answer was lost."""

    drawing: Drawing | None
    bill: Bill = field(default=NOTHING_BILLED)


@runtime_checkable
class Reconcilable(Protocol):
    """A provider that can be asked later what became of a job of its own."""

    async def look(self, provider_job: str) -> Found | None:
        """What became of it; None while it still runs. Raises ProviderError."""


@runtime_checkable
class Announcing(Protocol):
    """A provider that announces over the web that something is done; `webhook_secret` tells how that is signed."""

    announcements: Announcements
    webhook_secret: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Providers:
    """Who can be asked, by name."""

    images: Mapping[str, ImageProvider]
    chats: Mapping[str, ChatProvider]

    @property
    def reconcilable(self) -> dict[str, Reconcilable]:
        """Those that can be asked later."""
        return {name: provider for name, provider in self.images.items() if isinstance(provider, Reconcilable)}
