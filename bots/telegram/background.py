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

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """A moment for those that are about to be done, then none is left."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WORDS_SECONDS)
        await stopped(list(self._tasks))


async def _logged(work: Coroutine[Any, Any, object]) -> None:
    try:
        await work
    except Exception:
        logger().exception("telegram work failed")
