"""One page of metrics: what this process counted, and what the database says of all of them."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from prometheus_client import generate_latest
from pydantic import ValidationError

from core.clock import Clock
from core.errors import StoreError
from core.observe.cursor import SCOPE, Cursor
from core.observe.ledger_check import LedgerCheck
from core.observe.metrics import Metrics
from core.stores.ports import JobStore, SettingStore

KEPT_SECONDS = 5.0
"""Whoever scrapes more often costs the database nothing."""
LIMIT_SECONDS = 4.0
"""Prometheus gives up after 10 s: a database that hangs must not cost the other numbers."""


class Scrape:
    """`health`: the states of the providers that this process had trouble with, of all those that it may ask."""

    def __init__(
        self, metrics: Metrics, jobs: JobStore, settings: SettingStore, check: LedgerCheck, providers: Collection[str],
        health: Callable[[], Mapping[str, str]], clock: Clock,
    ) -> None:  # fmt: skip
        self._metrics = metrics
        self._jobs = jobs
        self._settings = settings
        self._check = check
        self._well = dict.fromkeys(providers, "closed")
        self._health = health
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._asked_at: float | None = None

    async def text(self) -> bytes:
        """As PAGE_TYPE says. It is there also when the database is not."""
        async with self._one_at_a_time:
            if self._asked_at is None or time.monotonic() - self._asked_at >= KEPT_SECONDS:
                await self._ask()
                self._asked_at = time.monotonic()
        self._metrics.providers({**self._well, **self._health()})
        return generate_latest(self._metrics.registry)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                queue, checked = await self._jobs.queue(), await self._check.last()
                refused = await _refusals(self._settings)
        except (StoreError, TimeoutError):
            self._metrics.without_database()
        else:
            self._metrics.standing(queue, checked, self._clock.now())
            self._metrics.pushed(refused)


async def _refusals(settings: SettingStore) -> int:
    """How often in a row the operator's program has not taken the events; 0 where nobody listens. Raises StoreError."""
    kept = await settings.get(SCOPE)
    with suppress(ValidationError):
        return Cursor.model_validate_json(kept.doc).failures if kept else 0
    return 0
