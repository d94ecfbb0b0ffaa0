"""Delivering updates to a webhook: in order within a chat, side by side across chats, again until it says 2xx.

https://core.telegram.org/bots/api#setwebhook. Like a Bot API server of one's own it takes http addresses on any port
(https://core.telegram.org/bots/api#using-a-local-bot-api-server). Telegram waits a second and then longer and longer
before it tries again; here `retry_delay` says how long.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from core.tasks import stopped
from tests.fakes.telegram.errors import Json
from tests.fakes.telegram.signal import Signal
from tests.fakes.telegram.updates import Updates, Waiting

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATIENCE_SECONDS = 60

Reply = Callable[[Json], Awaitable[None]]


@dataclass
class Hook:
    """What setWebhook set, and how it went since."""

    url: str
    secret: str
    max_connections: int
    certificate: bool
    error: str = ""
    error_at: int = 0
    statuses: list[int] = field(default_factory=list)
    """What the webhook answered, oldest first; 0 where it could not be reached."""


class Deliverer:
    """Sends what is pending to the hook, while there is one."""

    def __init__(
        self, updates: Updates, signal: Signal, now: Callable[[], int], reply: Reply, retry_delay: float
    ) -> None:
        self._updates = updates
        self._signal = signal
        self._now = now
        self._reply = reply
        self._retry_delay = retry_delay
        self._running: asyncio.Task[None] | None = None
        self._lanes: dict[int, asyncio.Task[None]] = {}

    async def start(self, hook: Hook) -> None:
        await self.stop()
        self._running = asyncio.create_task(self._run(hook))

    async def stop(self) -> None:
        tasks = [task for task in (self._running, *self._lanes.values()) if task is not None]
        self._lanes.clear()
        self._running = None
        for error in await stopped(tasks):
            raise error

    async def _run(self, hook: Hook) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                for waiting in list(self._updates.pending):
                    lane = lane_of(waiting.update)
                    if lane not in self._lanes and len(self._lanes) < hook.max_connections:
                        self._lanes[lane] = asyncio.create_task(self._bring(session, hook, lane, waiting))
                await self._signal.wait()

    async def _bring(self, session: aiohttp.ClientSession, hook: Hook, lane: int, waiting: Waiting) -> None:
        """One update, tried until it is taken; then the lane is free for the chat's next one."""
        waiting.given = True
        while (reply := await self._post(session, hook, waiting.update)) is None:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(self._retry_delay)
        self._updates.drop(waiting)
        if "method" in reply:
            await self._reply(reply)
        del self._lanes[lane]
        self._signal.notify()

    async def _post(self, session: aiohttp.ClientSession, hook: Hook, update: Json) -> Json | None:
        """What the webhook answered; None if it did not take the update."""
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        timeout = aiohttp.ClientTimeout(PATIENCE_SECONDS)
        try:
            async with session.post(hook.url, json=update, headers=headers, timeout=timeout, ssl=False) as response:
                hook.statuses.append(response.status)
                if response.ok:
                    return body_of(await response.text())
                error = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as failure:
            hook.statuses.append(0)
            error = "Read timeout expired" if isinstance(failure, TimeoutError) else "Connection refused"
        hook.error, hook.error_at = error, self._now()
        self._signal.notify()
        return None


def body_of(text: str) -> Json:
    """A method call in the webhook's answer: https://core.telegram.org/bots/api#making-requests-when-getting-updates"""
    try:
        body: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def lane_of(update: Json) -> int:
    """Whose order must be kept: the chat's, or the person's where there is no chat."""
    body = next(value for name, value in update.items() if name != "update_id")
    chat = body.get("chat") or body.get("message", {}).get("chat")
    return int(chat["id"] if chat else body["from"]["id"])
