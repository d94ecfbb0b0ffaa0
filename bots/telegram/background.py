"""Work that nobody waits for, which still ends with the bot."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from core.log import logger
from core.tasks import stopped

LAST_WORDS_SECONDS = 0.5


class Background:
    """Tasks of their own. What goes wrong in one is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._shows: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Something to say or to do, which gets a moment to be done when the bot stops."""
        self._run(work, self._tasks)

    def show(self, work: Coroutine[Any, Any, object]) -> None:
        """Something that only shows how things go."""
        self._run(work, self._shows)

    async def close(self) -> None:
        """After this nothing runs any more."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WORDS_SECONDS)
        await stopped([*self._tasks, *self._shows])

    @staticmethod
    def _run(work: Coroutine[Any, Any, object], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(_logged(work))
        among.add(task)
        task.add_done_callback(among.discard)


async def _logged(work: Coroutine[Any, Any, object]) -> None:
    try:
        await work
    except Exception:
        logger().exception("telegram work failed")
