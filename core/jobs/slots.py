"""So many calls of one provider at a time, over all workers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from core.clock import SECOND, Clock, Millis
from core.errors import EaselError, StoreError
from core.log import logger
from core.stores.ports import SlotStore
from core.tasks import stopped

SLOT_LEASE: Millis = 10 * SECOND
RENEW_SECONDS = 3.0


class ProviderBusy(EaselError):
    """All slots of a provider are taken: the job waits for its turn."""

    code = "provider_busy"
    retryable = True

    def __init__(self, provider: str) -> None:
        self.provider = provider
        super().__init__(f"{provider} has as many calls in flight as it may.")


class Slots:
    """`limits`: the most calls in flight by provider; one that is not named has no limit."""

    def __init__(self, store: SlotStore, limits: Mapping[str, int], clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    @asynccontextmanager
    async def held(self, provider: str, holder: str) -> AsyncIterator[None]:
        """A slot of the provider, kept as long as this lasts. Raises ProviderBusy.

        The slot of a killed worker gets free when it is not renewed any more.
        """
        limit = self._limits.get(provider)
        if limit is None:
            yield
            return
        now = self._clock.now()
        if not await self._store.take(provider, holder, limit, now, now + SLOT_LEASE):
            raise ProviderBusy(provider)
        renewing = asyncio.create_task(self._renew(provider, holder))
        try:
            yield
        finally:
            await stopped({renewing})
            with suppress(StoreError):  # it gets free by itself
                await asyncio.shield(self._store.free(provider, holder))

    async def _renew(self, provider: str, holder: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._store.renew(provider, holder, self._clock.now() + SLOT_LEASE)
            except StoreError as error:
                logger().warning("slot not renewed", provider=provider, errorName=error.code)
