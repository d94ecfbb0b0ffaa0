"""Ask providers what became of calls whose answer was lost, so that what they cost is known after all.

The person was told that it failed and paid nothing; that stays so. Crash table of one call: what was learnt is added
to the books of costs first, under an id of its own, and noted in the job then; in between, the next round asks and
adds again, and the addition is known already.
"""

import asyncio
from collections.abc import Mapping

from core.catalogue import Catalogue
from core.clock import Clock
from core.errors import EaselError
from core.generation.prices import Prices
from core.jobs.attempts import Attempt
from core.jobs.model import Job
from core.log import logger
from core.observe.recorder import Recorder
from core.providers.ports import Found, Reconcilable
from core.stores.ports import JobStore

BATCH = 50
LOOK_SECONDS = 90.0


class Reconciler:
    """`providers`: those that can be asked about a job of their own, by name."""

    def __init__(
        self, jobs: JobStore, providers: Mapping[str, Reconcilable], catalogue: Catalogue, prices: Prices,
        recorder: Recorder, clock: Clock,
    ) -> None:  # fmt: skip
        self._jobs = jobs
        self._providers = providers
        self._catalogue = catalogue
        self._prices = prices
        self._recorder = recorder
        self._clock = clock

    async def run(self) -> None:
        """One round. Raises StoreError; the next round goes on from there."""
        for job in await self._jobs.unreconciled(self._clock.now(), BATCH):
            attempts = [await self._looked(attempt) for attempt in job.attempts]
            await self._add(job, attempts)
            await self._jobs.looked(job.id, attempts, self._clock.now())

    async def _add(self, job: Job, attempts: list[Attempt]) -> None:
        known = job.model_copy(update={"attempts": tuple(attempts)})
        for number, (before, after) in enumerate(zip(job.attempts, attempts, strict=True)):
            if before != after:
                await self._recorder.reconciled(known, number)

    async def _looked(self, attempt: Attempt) -> Attempt:
        """The call as it is known now; unchanged when nothing more is."""
        provider = self._providers.get(attempt.provider)
        if not attempt.is_lost or provider is None or attempt.provider_job is None:
            return attempt
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await provider.look(attempt.provider_job)
        except (EaselError, TimeoutError) as error:
            logger().warning("lost call not found", provider=attempt.provider, errorName=type(error).__name__)
            return attempt
        except Exception:
            logger().exception("lost call not found", provider=attempt.provider)  # the others are not to wait for it
            return attempt
        return attempt if found is None else self._known(attempt, found)

    def _known(self, attempt: Attempt, found: Found) -> Attempt:
        """It was carried out, or it was not; either way it is no mystery any more."""
        drawing = found.drawing
        if drawing is None:
            cost = None if found.bill.billed else 0
            outcome = "cancelled" if attempt.outcome == "cancelled" and cost == 0 else "retryable"
            return attempt.model_copy(update={"outcome": outcome, "cost": cost})
        pictures = len(drawing.pictures) if drawing.billed is None else drawing.billed
        model = next((each for each in self._catalogue.models if each.name == attempt.model), None)
        cost = self._prices.cost(model, drawing.served, drawing.tokens, pictures) if model is not None else None
        return attempt.model_copy(
            update={"outcome": "done", "served": drawing.served, "pictures": pictures, "cost": cost}
        )
