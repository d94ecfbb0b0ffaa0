"""Circuit breakers. They are apart because purgatory brings the client of Redis along, which takes 0.1 s to import."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.messages.events import ContextChanged
from purgatory.domain.model import OpenedState


class Breakers:
    """One for each name, which opens for `seconds` after so many `failures` in a row.

    `note` is told a name and the state that it comes to: closed, opened or half-opened. `refused` makes what is raised
    instead of a call, from the name.
    """

    def __init__(
        self, failures: int, seconds: float, note: Callable[[str, str], None], refused: Callable[[str], Exception]
    ) -> None:
        self._note = note
        self._refused = refused
        self._breakers = AsyncCircuitBreakerFactory(failures, seconds)
        self._breakers.add_listener(self._heard)

    @asynccontextmanager
    async def judged(self, name: str, but: tuple[type[BaseException], ...]) -> AsyncIterator[None]:
        """One call. Whatever it raises is a failure, except for these."""
        breaker = await self._breakers.get_breaker(name, exclude=list(but))
        try:
            async with breaker:
                yield
        except OpenedState:
            raise self._refused(name) from None

    def _heard(self, name: str, kind: str, event: object) -> None:
        if isinstance(event, ContextChanged):
            self._note(name, event.state)
