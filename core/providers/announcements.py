"""How a provider's "it is done" over the web reaches the call that waits for it in this process.

Only a hint: whoever waits asks the provider anyway, just sooner. In another process nobody hears it, and polling does.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Announcements:
    """Bells by the provider's own job id. Nothing is kept of ids that nobody waits for."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}

    @contextmanager
    def expected(self, provider_job: str) -> Iterator[asyncio.Event]:
        """Within this, the event is set when that job is announced; whoever waits clears it."""
        bell = self._bells.setdefault(provider_job, asyncio.Event())
        try:
            yield bell
        finally:
            self._bells.pop(provider_job, None)

    def announced(self, provider_job: str) -> None:
        """To be called on the event loop of those who wait."""
        if (bell := self._bells.get(provider_job)) is not None:
            bell.set()
