"""The queue of updates, and fetching them with getUpdates.

https://core.telegram.org/bots/api#getting-updates. Left out of Telegram's behaviour: it slows down bots that poll too
often, and waits 3 s before it answers a second conflict.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.fakes.telegram.errors import Json, conflict
from tests.fakes.telegram.signal import Signal

FIRST_UPDATE = 100_001
MAX_UPDATES = 100
"""In one answer of getUpdates."""
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""https://core.telegram.org/bots/api#setwebhook, allowed_updates"""
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "terminated by setWebhook request"
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass(eq=False)
class Waiting:
    """An update on its way. `again`: a test put it there, so its number says nothing about whether it is known."""

    update: Json
    again: bool = False
    given: bool = False


@dataclass
class Poll:
    """A getUpdates that waits. `ended` is why it is over before its time."""

    ended: str = ""


class Updates:
    """Everything that happened and that the bot has not confirmed yet."""

    def __init__(self, signal: Signal, check: Callable[[Json], None]) -> None:
        self.allowed: list[str] = []
        self.pending: list[Waiting] = []
        self.dropped: list[Json] = []
        """Updates of kinds that the bot did not want."""
        self.closed = False
        self._ids = count(FIRST_UPDATE)
        self._batch: list[Waiting] = []
        self._signal = signal
        self._check = check
        self._poll: Poll | None = None
        self._held: list[Json] | None = None

    def add(self, kind: str, body: Json) -> Json:
        """Something happened: the update, with the next number."""
        update: Json = {"update_id": next(self._ids), kind: body}
        self._check(update)
        if not self._wanted(kind):
            self.dropped.append(update)
        elif self._held is not None:
            self._held.append(update)
        else:
            self.pending.append(Waiting(update))
            self._signal.notify()
        return update

    def deliver(self, *updates: Json) -> None:
        """Deliver these now, in this order: again, or in another order than they happened in."""
        self.pending += [Waiting(update, again=True) for update in updates]
        self._signal.notify()

    @contextmanager
    def held(self) -> Iterator[list[Json]]:
        """What happens inside is not delivered but listed, for `deliver`."""
        held: list[Json] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None

    def drop(self, waiting: Waiting) -> None:
        """It arrived."""
        if waiting in self.pending:
            self.pending.remove(waiting)

    async def take(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """The answer of getUpdates. Raises ApiError 409 when another poller or a webhook ends the waiting."""
        self._confirm(offset)
        if (found := self._some(limit)) or not seconds:
            return found
        self.end_poll(OTHER_POLLER)
        self._poll = poll = Poll()
        try:
            async with asyncio.timeout(seconds):
                while not (found := self._some(limit)) and not poll.ended and not self.closed:
                    await self._signal.wait()
        except TimeoutError:
            return []
        finally:
            self._poll = None if self._poll is poll else self._poll
        if poll.ended:
            raise conflict(poll.ended)
        return found

    def end_poll(self, reason: str) -> None:
        if self._poll is not None:
            self._poll.ended, self._poll = reason, None
            self._signal.notify()

    def close(self) -> None:
        """No poll waits any longer."""
        self.closed = True
        self._signal.notify()

    def _confirm(self, offset: int) -> None:
        """Forget what is below the offset; below zero it counts from the end of the queue.

        Who asks for what comes after the last batch has got that whole batch, also where a test mixed up its order.
        """
        if self._batch and offset == self._batch[-1].update["update_id"] + 1:
            self.pending = [one for one in self.pending if one not in self._batch]
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [
                one for one in self.pending if one.update["update_id"] >= offset or (one.again and not one.given)
            ]

    def _some(self, limit: int) -> list[Json]:
        self._batch = taken = self.pending[:limit]
        for waiting in taken:
            waiting.given = True
        return [waiting.update for waiting in taken]

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
