"""Fetch updates, and confirm them to Telegram only once they are taken.

python-telegram-bot's Updater confirms what it has fetched and not yet handled, so a crash would lose it. Here an update
that is not taken yet is held: the next call asks for it and what came since once more, which does no harm, as an update
that is being taken is not begun again. After a crash it comes again, and what of it had its effect already has none
again. A call brings 100 updates at most; should one that does not come to an end be all that keeps new ones out, it is
let go of after a minute, and an error says so.

Two programs on one token take turns in throwing each other out. The one that has just come leaves; the one that was
there stays, unless it is disturbed again and again.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bots.telegram.client import Client
from bots.telegram.intake import ALLOWED, Intake
from bots.telegram.reaching import reached, unknown_token
from core.errors import ConfigError
from core.log import logger
from core.tasks import stopped

WAIT_SECONDS = 30
"""How long Telegram holds a call while nothing happens: https://core.telegram.org/bots/api#getupdates"""
PAGE = 100
TAKEN_SECONDS = 0.5
"""Until the next call, while an update is held."""
HELD_SECONDS = 60.0
NEW_SECONDS = 3.0
MOST_CONFLICTS, CONFLICT_SECONDS = 5, 60.0
CONFLICT_PAUSE = 1.0
LONGEST_PAUSE = 10.0
TAKEN_BY_ANOTHER = (
    "TELEGRAM_TOKEN: another program fetches this bot's updates. Stop it, or get a bot of its own for this Easel from "
    "@BotFather."
)


class Poller:
    """Fetches until it is cancelled."""

    def __init__(self, client: Client, intake: Intake) -> None:
        self._client = client
        self._intake = intake
        self._running: dict[int, asyncio.Task[bool]] = {}
        self._held: dict[int, float] = {}
        self._conflicts: deque[float] = deque(maxlen=MOST_CONFLICTS)
        self._pause = 0.0

    async def run(self) -> None:
        """Raises ConfigError for an unknown token, or one whose updates somebody else fetches."""
        await reached(self._client.delete_webhook)
        self._since = asyncio.get_running_loop().time()
        offset: int | None = None
        try:
            while True:
                updates = await self._fetched(offset)
                offset = await self._taken(updates, offset)
        finally:
            await stopped(list(self._running.values()))

    async def _fetched(self, offset: int | None) -> Sequence[Update]:
        try:
            updates = await self._client.get_updates(offset, PAGE, WAIT_SECONDS, allowed_updates=ALLOWED)
        except InvalidToken:
            raise unknown_token() from None
        except Conflict as conflict:
            self._judge(conflict)
            await asyncio.sleep(CONFLICT_PAUSE)
            return ()
        except TelegramError as error:
            logger().warning("updates not fetched", detail=str(error))
            flood = error._retry_after.total_seconds() if isinstance(error, RetryAfter) else 0.0
            self._pause = max(flood, min(self._pause * 2 + 0.2, LONGEST_PAUSE))
            await asyncio.sleep(self._pause)
            return ()
        self._pause = 0.0
        return updates

    def _judge(self, conflict: Conflict) -> None:
        now = asyncio.get_running_loop().time()
        self._conflicts.append(now)
        is_new = now - self._since < NEW_SECONDS
        is_often = len(self._conflicts) == MOST_CONFLICTS and now - self._conflicts[0] < CONFLICT_SECONDS
        if is_new or is_often:
            raise ConfigError([TAKEN_BY_ANOTHER])
        logger().warning("another program fetched our updates", detail=str(conflict))

    async def _taken(self, updates: Sequence[Update], offset: int | None) -> int | None:
        """Where to go on: after these, but not past one that is held."""
        if not updates:
            return offset
        tasks = {update.update_id: self._begun(update) for update in updates}
        await asyncio.wait([task for number, task in tasks.items() if number not in self._held] or tasks.values(),
                           timeout=TAKEN_SECONDS)  # fmt: skip
        held = [number for number, task in tasks.items() if not (task.done() and task.result())]
        if any(tasks[number].done() for number in held):
            await asyncio.sleep(CONFLICT_PAUSE)
        is_full = len(updates) == PAGE and len(held) < len(updates)
        return min(self._still_held(held, is_full=is_full), default=max(tasks) + 1)

    def _still_held(self, held: Sequence[int], *, is_full: bool) -> Sequence[int]:
        """Without those that have kept new ones out for too long, while others went through."""
        now = asyncio.get_running_loop().time()
        self._held = {number: self._held.get(number, now) for number in held}
        if not is_full:
            return held
        stuck = [number for number in held if now - self._held[number] > HELD_SECONDS]
        if stuck:
            logger().error("updates let go of", updates=stuck)
        return [number for number in held if number not in stuck]

    def _begun(self, update: Update) -> asyncio.Task[bool]:
        number = update.update_id
        if (running := self._running.get(number)) is not None:
            return running
        task = self._running[number] = asyncio.create_task(self._intake.take(update))
        task.add_done_callback(lambda _: self._running.pop(number))
        return task
