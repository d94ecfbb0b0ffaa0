"""One interaction: what a test holds of it, and how long its token lives.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.clock import MINUTE, SECOND, Millis
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import CallbackKind, InteractionKind, MessageFlag
from tests.fakes.discord.message import Message
from tests.fakes.discord.people import Channel, User
from tests.fakes.discord.waiting import PATIENCE_SECONDS, Bell

ACK_LIFE: Millis = 3 * SECOND
TOKEN_LIFE: Millis = 15 * MINUTE
USER_INSTALL_FOLLOWUPS = 5


@dataclass(frozen=True)
class Callback:
    """The bot's first answer. `acked_after` is in real seconds."""

    kind: CallbackKind
    data: Json
    acked_after: float


@dataclass(eq=False)
class Interaction:
    """`source` is a component's message, `trigger` opened the modal; `user_installed`: the app is not in the place."""

    id: str
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    created_at: Millis
    bell: Bell
    payload: Json
    source: Message | None = None
    trigger: "Interaction | None" = None
    user_installed: bool = False
    callback: Callback | None = None
    response: Message | None = None
    sent: list[Message] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    _seen: int = 0

    @property
    def acked_after(self) -> float | None:
        """Real seconds from the event until its first answer, None before."""
        return self.callback.acked_after if self.callback else None

    @property
    def choices(self) -> list[Json]:
        """What an autocompletion offers."""
        return list(self._answered(CallbackKind.CHOICES).data["choices"])

    @property
    def modal(self) -> Json:
        """The modal that was opened."""
        return self._answered(CallbackKind.MODAL).data

    @property
    def ephemeral(self) -> bool:
        """Whether only the user sees the deferred answer."""
        return bool(self.callback and (self.callback.data.get("flags") or 0) & MessageFlag.EPHEMERAL)

    def acknowledge(self, kind: CallbackKind, data: Json) -> None:
        self.callback = Callback(kind, data, time.monotonic() - self.begun)

    def respond_with(self, message: Message, seen: int) -> None:
        """The message that is `@original` from now on, of which so many revisions are no answer yet."""
        self.response = message
        self._seen = seen

    async def acked(self, seconds: float = PATIENCE_SECONDS) -> Callback:
        """The first answer."""
        return await self.bell.until(lambda: self.callback, f"An answer to {self}", seconds)

    async def original(
        self, where: Callable[[Message], bool] = lambda message: True, seconds: float = PATIENCE_SECONDS
    ) -> Message:
        """The response, once it says something that fits `where`: a loading one does not."""

        def answer() -> Message | None:
            message = self.response
            return message if message and len(message.revisions) > self._seen and where(message) else None

        return await self.bell.until(answer, f"A response to {self}", seconds)

    async def followup(self, number: int = 1, seconds: float = PATIENCE_SECONDS) -> Message:
        """The follow-up of this number, from 1."""
        return await self.bell.until(
            lambda: self.sent[number - 1] if len(self.sent) >= number else None,
            f"Follow-up {number} to {self}",
            seconds,
        )

    def metadata(self) -> Json:
        """How the messages that answer it name it."""
        named: Json = {
            "id": self.id,
            "type": self.kind,
            "user": self.user.payload(),
            "authorizing_integration_owners": self.payload["authorizing_integration_owners"],
        }
        if self.kind is InteractionKind.COMPONENT and self.source:
            named["interacted_message_id"] = self.source.id
        if self.trigger is not None:
            named["triggering_interaction_metadata"] = self.trigger.metadata()
        return named

    def _answered(self, kind: CallbackKind) -> Callback:
        assert self.callback is not None, f"{self} has no answer yet"
        assert self.callback.kind is kind, f"{self} was answered by {self.callback.kind.name}"
        return self.callback

    def __str__(self) -> str:
        data = self.payload.get("data", {})
        return f"{self.kind.name} {data.get('name') or data.get('custom_id')} of {self.user.username}"
