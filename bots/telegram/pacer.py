"""How fast Telegram may be called, and what happens when it says that this was too fast.

python-telegram-bot's AIORateLimiter lets twice as much through as is allowed in the first second (a leaky bucket that
begins full), does not know the limit of private chats, and after one chat's 429 holds back every call, also the answer
before a payment. So this one counts exactly: a message takes its place until a full window after its answer.

Each process has its own pacer; through Redis, where there is one, they keep the limits together
(bots/telegram/together.py). Should several be too fast nevertheless, Telegram's 429 is honoured: the chat waits for as
long as it says, the others go on, and the call is repeated, which is safe, as a refused call did nothing.
Answers to buttons, searches and payments wait for nobody.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Protocol

from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from core.log import logger

OVERALL = (30, 1.0)
PRIVATE = (1, 1.0)
GROUP = (20, 60.0)
"""Messages and seconds: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
SIGNS = (10, 1.0)
"""How much of what only shows how things go, such as progress. It waits for nothing: what finds no room is left out."""
MOST_WAITING = 30
"""Messages that may wait for one chat. Whoever writes faster than we may answer is not answered every time."""
MOST_REPEATS = 3
MANY_CHATS = 1_000
UNCOUNTED = frozenset({"sendChatAction", "sendMessageDraft"})
Limit = tuple[int, float]
Limits = tuple["Window | None", "Window | None"]
"""Of the chat, and of all."""


class NoRoom(TelegramError):
    """It would have had to wait for longer than it is willing to. Nothing was sent."""


class Together(Protocol):
    """What several processes keep together."""

    def entered(self, chat: str, own: Limit, overall: Limit, weight: int) -> AbstractAsyncContextManager[None]:
        """Inside, a call with so many messages to this chat is made, when all of them leave room for it."""

    async def close(self, chat: str, seconds: float) -> None:
        """Telegram takes nothing for this chat for so long."""


class Window:
    """So many messages in so many seconds, first come first served."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._left = asyncio.Event()
        self._inside = 0
        self._past: deque[float] = deque()

    @asynccontextmanager
    async def entered(self, weight: int = 1) -> AsyncIterator[None]:
        """Inside, a call with so many messages is made. An album over the limit needs the window for itself."""
        async with self._turn:
            while (wait := self._wait(min(weight, self._count))) != 0:
                self._left.clear()
                try:
                    async with asyncio.timeout(wait):
                        await self._left.wait()
                except TimeoutError:
                    continue
            self._inside += weight
        try:
            yield
        finally:
            self._inside -= weight
            self._past.extend([asyncio.get_running_loop().time()] * weight)
            self._left.set()

    def is_idle(self) -> bool:
        return not (self._turn.locked() or self._inside or self._used())

    def _wait(self, weight: int) -> float | None:
        """Seconds until there may be room: 0 if there is; None: until a call that is being made has its answer."""
        over = self._used() + weight - self._count
        if over <= 0:
            return 0
        if over > len(self._past):
            return None
        return max(self._past[over - 1] + self._seconds - asyncio.get_running_loop().time(), 0.001)

    def _used(self) -> int:
        now = asyncio.get_running_loop().time()
        while self._past and self._past[0] + self._seconds <= now:
            self._past.popleft()
        return self._inside + len(self._past)


class Pacer(BaseRateLimiter[float]):
    """`rate_limit_args` is how many seconds a call is willing to wait in all; None: as long as it takes; 0: a sign."""

    def __init__(
        self, overall: Limit = OVERALL, private: Limit = PRIVATE, group: Limit = GROUP, signs: Limit = SIGNS,
        together: Together | None = None,
    ) -> None:  # fmt: skip
        self._together = together
        self._all = overall
        self._overall = Window(*overall)
        self._signs = Window(*signs)
        self._private = private
        self._group = group
        self._chats: dict[str, Window] = {}
        self._signed: dict[str, Window] = {}
        self._closed_until: dict[str, float] = {}
        self._waiting: dict[str, int] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Awaitable[Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: float | None,
    ) -> Any:
        """Raises NoRoom, or what the call raises."""
        chat = str(data.get("chat_id") or "")
        if not chat:
            return await callback(*args, **kwargs)
        if self._waiting.get(chat, 0) >= MOST_WAITING:
            raise NoRoom(f"{MOST_WAITING} calls wait for this chat")
        now = asyncio.get_running_loop().time()
        until = None if rate_limit_args is None else now + rate_limit_args
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        try:
            call = partial(callback, *args, **kwargs)
            return await self._patiently(call, endpoint, chat, data, until, is_sign=rate_limit_args == 0)
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat]

    async def _patiently(
        self, call: Callable[[], Awaitable[Any]], endpoint: str, chat: str, data: dict[str, Any], until: float | None,
        *, is_sign: bool,
    ) -> Any:  # fmt: skip
        """The call at its time, and again after a 429.

        In a private chat whoever waits for the end of a 429 keeps the chat's place, so that they go one after another.
        """
        for _ in range(MOST_REPEATS):
            async with AsyncExitStack() as stack:
                try:
                    async with asyncio.timeout_at(until):
                        self._refuse_if_closed(chat, until)
                        own, shared = self._sign_windows(chat) if is_sign else self._windows(endpoint, chat)
                        weight = len(data.get("media") or "1") if own is not None else 1
                        if own is not None:
                            await stack.enter_async_context(own.entered(weight))
                        await self._reopened(chat, until)
                        if self._together is not None and shared is self._overall:
                            limits = self._limit(chat, self._private), self._all
                            await stack.enter_async_context(self._together.entered(chat, *limits, weight))
                        if shared is not None:
                            await stack.enter_async_context(shared.entered(weight))
                except TimeoutError:
                    raise NoRoom("there is no room in this chat now") from None
                try:
                    return await call()
                except RetryAfter as flood:
                    await self._close(chat, flood)
        raise NoRoom("Telegram says again and again that this is too fast")

    def _windows(self, endpoint: str, chat: str) -> Limits:
        """What limits this call. Edits are no messages, but who overdoes them gets a 429 as well."""
        if endpoint in UNCOUNTED or not endpoint.startswith(("send", "copy", "forward")):
            return None, None
        return self._window(self._chats, chat, self._private), self._overall

    def _sign_windows(self, chat: str) -> Limits:
        """Signs of many jobs in one group share what one of them might take: a 429 would delay its results, too."""
        is_group = chat.startswith(("-", "@"))
        return self._window(self._signed, chat, self._private) if is_group else None, self._signs

    def _window(self, windows: dict[str, Window], chat: str, private: Limit) -> Window:
        if chat not in windows:
            if len(windows) >= MANY_CHATS:
                for idle in [name for name, window in windows.items() if window.is_idle()]:
                    del windows[idle]
            windows[chat] = Window(*self._limit(chat, private))
        return windows[chat]

    def _limit(self, chat: str, private: Limit) -> Limit:
        return self._group if chat.startswith(("-", "@")) else private

    async def _close(self, chat: str, flood: RetryAfter) -> None:
        seconds = flood._retry_after.total_seconds()  # its public name is a number or a timedelta, by the environment
        logger().warning("flood control", chat=chat, seconds=seconds)
        self._closed_until[chat] = asyncio.get_running_loop().time() + seconds + 0.1
        if self._together is not None:
            await self._together.close(chat, seconds + 0.1)

    async def _reopened(self, chat: str, until: float | None) -> None:
        """Wait until the chat may be written to again. Raises NoRoom at once when that is too late."""
        while wait := self._refuse_if_closed(chat, until):  # noqa: ASYNC110  # nothing but time opens it
            await asyncio.sleep(wait)

    def _refuse_if_closed(self, chat: str, until: float | None) -> float:
        """Seconds until the chat may be written to again. Raises NoRoom when that is too late."""
        now = asyncio.get_running_loop().time()
        self._closed_until = {name: end for name, end in self._closed_until.items() if end > now}
        end = self._closed_until.get(chat, now)
        if until is not None and end > max(until, now):
            raise NoRoom(f"this chat is closed for {end - now:.0f} s by flood control")
        return end - now
