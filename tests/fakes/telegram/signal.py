"""Waiting for something to have happened, without polling."""

import asyncio


class Signal:
    """Wakes everybody who waits for it, once per `notify`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, at_most: float | None = None) -> None:
        """Until the next `notify`, or until so many seconds are over."""
        waiting = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({waiting}, timeout=at_most)
        finally:
            waiting.cancel()
