"""Flood control: how much a bot may send, counted by the injected clock.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections import deque
from dataclasses import dataclass

from core.clock import MINUTE, SECOND, Clock, Millis
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import too_many

SENDING = frozenset({
    "sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "sendInvoice", "forwardMessage", "copyMessage",
})  # fmt: skip


@dataclass(frozen=True)
class Allowance:
    """So many messages in so many ms."""

    name: str
    count: int
    window: Millis


OVERALL = Allowance("overall", 30, SECOND)
PRIVATE = Allowance("private chat", 1, SECOND)
GROUP = Allowance("group", 20, MINUTE)


@dataclass(frozen=True)
class Breach:
    """More was sent than is allowed. `chat` is empty for the allowance over all chats."""

    allowance: str
    chat: str
    at: Millis


@dataclass
class Punishment:
    seconds: int
    times: int
    method: str | None
    chat: int | None

    def hits(self, call: Call) -> bool:
        return self.method in (None, call.method) and self.chat in (None, call.number("chat_id"))


class Flood:
    """Counts always and notes `breaches`; answers 429 only if `enforced`, or when a test calls `punish`."""

    def __init__(self, clock: Clock) -> None:
        self.enforced = False
        self.breaches: list[Breach] = []
        self._clock = clock
        self._sent: dict[tuple[Allowance, str], deque[Millis]] = {}
        self._punishments: list[Punishment] = []

    def punish(self, seconds: int, *, times: int = 1, method: str | None = None, chat: int | None = None) -> None:
        """Answer the next `times` calls (of that method, to that chat) with 429 and this `retry_after`."""
        self._punishments.append(Punishment(seconds, times, method, chat))

    def admit(self, call: Call) -> None:
        """Count this call. Raises ApiError 429."""
        self._take_punishment(call)
        if call.method not in SENDING:
            return
        chat = call.text("chat_id")
        own = GROUP if chat.startswith(("-", "@")) else PRIVATE
        weight = len(call.json("media") or []) if call.method == "sendMediaGroup" else 1
        waits = [self._over(OVERALL, ""), self._over(own, chat)]
        if self.enforced and any(waits):
            raise too_many(max(waits))
        for key in ((OVERALL, ""), (own, chat)):
            self._sent[key].extend([self._clock.now()] * weight)

    def _take_punishment(self, call: Call) -> None:
        for punishment in self._punishments:
            if punishment.times and punishment.hits(call):
                punishment.times -= 1
                raise too_many(punishment.seconds)

    def _over(self, allowance: Allowance, chat: str) -> int:
        """Whole seconds until there is room again; 0 if there is."""
        now = self._clock.now()
        sent = self._sent.setdefault((allowance, chat), deque())
        while sent and sent[0] <= now - allowance.window:
            sent.popleft()
        if len(sent) < allowance.count:
            return 0
        self.breaches.append(Breach(allowance.name, chat, now))
        room_at = sent[len(sent) - allowance.count] + allowance.window
        return max(-((now - room_at) // SECOND), 1)
