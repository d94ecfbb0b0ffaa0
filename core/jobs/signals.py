"""Wake-up calls inside one process. They only save waiting: whoever misses one looks again shortly after."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import StoreError


class Bell:
    """Wakes everybody who waits. A ring that nobody waits for is kept for the next one who asks."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until the next ring, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


class Signals:
    """`work` rings when a job is queued; listeners of a channel are rung when something shown there changed.

    `trouble` is why the workers of this process cannot work right now, if they cannot.
    """

    def __init__(self) -> None:
        self.work = Bell()
        self.progress: dict[str, float] = {}
        self.trouble: StoreError | None = None
        self._listeners: defaultdict[str, set[Bell]] = defaultdict(set)

    def changed(self, channel: str) -> None:
        for bell in self._listeners.get(channel, ()):
            bell.ring()

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Bell]:
        bell = Bell()
        self._listeners[channel].add(bell)
        try:
            yield bell
        finally:
            self._listeners[channel].discard(bell)
            if not self._listeners[channel]:
                del self._listeners[channel]
