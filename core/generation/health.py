"""Which providers are worth asking now: a circuit breaker each, rests they asked for, and a budget of retries."""

import time
from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from core.clock import SECOND, Millis
from core.errors import StoreError
from core.generation.bulletin import Standing
from core.jobs.model import LeaseLost
from core.providers.ports import ProviderCannot, ProviderFailed, ProviderFatal, ProviderRefused

if TYPE_CHECKING:
    from core.generation.breakers import Breakers

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 30.0
RETRY_SHARE = 0.2
"""A retry for so many first tries, that a provider in trouble is not given five times its load."""
RETRY_RESERVE = 5.0
SAYS_NOTHING = (ProviderRefused, ProviderCannot, CancelledError, StoreError, LeaseLost)


class Resting(ProviderFailed):
    """A provider that is not asked now, as it failed too often or asked to be left alone."""

    def __init__(self, provider: str, seconds: float | None = None) -> None:
        soon = f" Try again in {max(1, round(seconds))} s." if seconds is not None else ""
        super().__init__(f"{provider} is not available at the moment.{soon}", retry_after=seconds)


class Health:
    """What this process has learnt about its providers."""

    def __init__(self, failures_to_open: int = FAILURES_TO_OPEN) -> None:
        self._failures_to_open = failures_to_open
        self._states: dict[str, str] = {}
        self._changed: dict[str, float] = {}
        self._resting: dict[str, float] = {}
        self._retries = RETRY_RESERVE

    @asynccontextmanager
    async def judged(self, provider: str) -> AsyncIterator[None]:
        """One call, judged when it has ended, a stream at its end. Raises Resting when it should not be made.

        A refused or unfit request says nothing about a provider's health, nor does being cancelled, nor does a
        database that cannot note the call, or notes that it is somebody else's by now.
        """
        if (left := self.resting(provider)) > 0:
            raise Resting(provider, left)
        async with self._breakers.judged(provider, SAYS_NOTHING):
            yield
        self._retries = min(self._retries + RETRY_SHARE, RETRY_RESERVE)

    def rest(self, provider: str, seconds: float) -> None:
        """Leave it alone for so long: it said so. Not longer than an hour, whatever a broken server says."""
        self._resting[provider] = time.monotonic() + min(seconds, LONGEST_REST_SECONDS)

    def resting(self, provider: str) -> float:
        """For how many more seconds it is left alone; 0 or less when it is not."""
        return self._resting.get(provider, 0.0) - time.monotonic()

    def may_retry(self) -> bool:
        """Take one retry from the budget, if one is left."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True

    @cached_property
    def _breakers(self) -> "Breakers":
        from core.generation.breakers import Breakers  # noqa: PLC0415  # who asks no provider starts faster

        return Breakers(self._failures_to_open, OPEN_SECONDS, self._note, Resting)

    def _note(self, provider: str, state: str) -> None:
        self._states[provider] = state
        self._changed[provider] = time.monotonic()

    def troubles(self, now: Millis) -> dict[str, Standing]:
        """The providers that are not simply asked, and until when that holds."""
        return {
            name: Standing(state, now + round((self._ends(name, state) - time.monotonic()) * SECOND))
            for name, state in self.states().items()
            if state != "closed"
        }

    def _ends(self, provider: str, state: str) -> float:
        """A rest that was over before says nothing about how long a breaker is open now."""
        return self._resting[provider] if state == "resting" else self._changed[provider] + OPEN_SECONDS

    def states(self) -> dict[str, str]:
        """`closed`, `opened`, `half-opened` or `resting`, by provider that was ever in trouble."""
        now = time.monotonic()
        return self._states | {name: "resting" for name, until in self._resting.items() if until > now}


LONGEST_REST_SECONDS = 3_600.0
FATAL_REST_SECONDS = 60.0
"""For how long a provider with a wrong key or an empty quota is not asked while somebody else can serve."""


def rest_of(error: ProviderFailed | ProviderFatal) -> float | None:
    """For how long to leave a provider alone after this, if at all."""
    is_for_all = isinstance(error, ProviderFatal) and not isinstance(error, ProviderCannot)
    return error.retry_after or (FATAL_REST_SECONDS if is_for_all else None)
