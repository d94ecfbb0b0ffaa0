"""How a provider's "it is done" over the web reaches the call that waits for it in this process.

Only a hint: whoever waits asks the provider anyway, just sooner. In another process nobody hears it, and polling does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Announcements:
    """Bells by the provider's own job id. Nothing is kept of ids that nobody waits for."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @property
    def waiting(self) -> int:
        """For how many jobs somebody waits."""
        return len(self._bells)

    @contextmanager
    def expected(self, provider_job: str) -> Iterator[asyncio.Event]:
        """Within this, the event is set when that job is announced; whoever waits clears it."""
        bell = asyncio.Event()
        self._bells[provider_job].add(bell)
        try:
            yield bell
        finally:
            self._bells[provider_job].discard(bell)
            if not self._bells[provider_job]:
                del self._bells[provider_job]

    def announced(self, provider_job: str) -> None:
        """To be called on the event loop of those who wait."""
        for bell in self._bells.get(provider_job, ()):
            bell.set()
