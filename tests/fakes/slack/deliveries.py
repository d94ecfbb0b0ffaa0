"""What Slack sends to the app, how the app acknowledged it, and how often it was sent again.

https://docs.slack.dev/apis/events-api#retries
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from core.tasks import stopped
from tests.fakes.slack.model import Json, Message, View

Sort = Literal["events_api", "slash_commands", "interactive"]
ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
"""At once, after a minute, after five minutes."""


@dataclass
class Attempt:
    """One sending. `took` is in seconds and None while there is no answer; `late` says that it came after 3 s."""

    number: int
    reason: str | None = None
    took: float | None = None
    status: int | None = None
    answer: Any = None
    failure: str | None = None
    late: bool = False
    final: bool = False

    @property
    def acked(self) -> bool:
        return self.took is not None and self.failure is None and not self.late


@dataclass
class Handle:
    """One thing a person did, as the app was told. `message` or `view` is what it left or was done on."""

    sort: Sort
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    message: Message | None = None
    view: View | None = None
    errors: Json = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acked(self) -> bool:
        return any(attempt.acked for attempt in self.attempts)

    @property
    def _decisive(self) -> Attempt:
        return next((attempt for attempt in self.attempts if attempt.acked), self.attempts[-1])

    @property
    def took(self) -> float | None:
        """Seconds until the acknowledgement."""
        return self._decisive.took

    @property
    def status(self) -> int | None:
        """The HTTP status, or 200 for an acknowledgement over the socket."""
        return self._decisive.status

    @property
    def answer(self) -> Any:
        """What the acknowledgement carried."""
        return self._decisive.answer

    @property
    def failure(self) -> str | None:
        """What the person reads when a command or a press failed, e.g. `operation_timeout`."""
        return None if self.acked else self.attempts[-1].failure

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])


class Transport(Protocol):
    """Socket Mode or HTTP."""

    async def send(self, sort: Sort, payload: Json, attempt: Attempt) -> None:
        """Send once, and note in the attempt what came back within `ACK_SECONDS`."""


Acknowledged = Callable[[Handle, Attempt], Awaitable[None]]


class Deliveries:
    """Sends, and sends events again that were not acknowledged."""

    def __init__(self, transport: Callable[[], Transport], retry_delays: Sequence[float]) -> None:
        self._transport = transport
        self._retry_delays = retry_delays
        self._retries: set[asyncio.Task[None]] = set()
        self.handles: list[Handle] = []

    async def send(self, handle: Handle) -> Handle:
        """The first attempt. An event that fails is sent again in the background, until `handle.done`."""
        self.handles.append(handle)
        attempt = await self._attempt(handle, None)
        if handle.sort != "events_api" or attempt.acked or attempt.final:
            handle.done.set()
        else:
            task = asyncio.create_task(self._retry(handle))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return handle

    async def again(self, handle: Handle, reason: str) -> Attempt:
        """Send the same once more, though it was acknowledged: Slack delivers at least once."""
        return await self._attempt(handle, reason)

    async def close(self) -> None:
        await stopped(set(self._retries))

    async def _retry(self, handle: Handle) -> None:
        for delay in self._retry_delays:
            await asyncio.sleep(delay)
            attempt = await self._attempt(handle, handle.attempts[-1].failure)
            if attempt.acked or attempt.final:
                break
        handle.done.set()

    async def _attempt(self, handle: Handle, reason: str | None) -> Attempt:
        attempt = Attempt(len(handle.attempts), reason)
        handle.attempts.append(attempt)
        await self._transport().send(handle.sort, handle.payload, attempt)
        return attempt
