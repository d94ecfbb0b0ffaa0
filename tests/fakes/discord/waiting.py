"""Tests wait for conditions, not for time: whatever changes in the fake rings the bell."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 10.0
T = TypeVar("T")


class Bell:
    """Wakes everybody who waits, at each change."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, find: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
        """What `find` finds, as soon as it is not None. Raises AssertionError naming `what` when it never comes."""
        try:
            async with asyncio.timeout(seconds):
                while (found := find()) is None:
                    await self._rung.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not come within {seconds} s") from None
