"""Drive on whatever a crash left behind. Every step is idempotent and safe to run in several processes."""

import asyncio

from core.accounts.linking import Linking
from core.accounts.privacy import Privacy
from core.clock import SECOND, Clock, Millis
from core.credits.ledger import Ledger
from core.credits.transfers import Transfers
from core.errors import EaselError, LedgerError, StoreError
from core.jobs.delivery import Deliveries
from core.jobs.making import LEASE
from core.jobs.model import Job
from core.jobs.results import Failure
from core.jobs.settlement import EXPIRED, Settlement
from core.jobs.signals import Signals
from core.log import logger
from core.stores.ports import JobStore

SWEEP_SECONDS = 2.0
ACCEPT_WITHIN: Millis = 30 * SECOND
MAX_ATTEMPTS = 3
BATCH = 100
INTERRUPTED = "The request was interrupted before it was accepted."
TOO_LATE = Failure(code=EXPIRED, message="This took too long and was given up.")


class Sweeper:
    """Looks for unfinished business."""

    def __init__(
        self,
        jobs: JobStore,
        ledger: Ledger,
        settlement: Settlement,
        deliveries: Deliveries,
        linking: Linking,
        privacy: Privacy,
        transfers: Transfers,
        signals: Signals,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._settlement = settlement
        self._deliveries = deliveries
        self._linking = linking
        self._privacy = privacy
        self._transfers = transfers
        self._signals = signals
        self._clock = clock
        self._trusts_leases_from: Millis = 0

    async def run(self) -> None:
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    async def close(self, job: Job) -> None:
        """Settle and deliver one ended job now instead of in the next round."""
        await self._settlement.settle(job)
        await self._deliveries.deliver(job.id)

    async def sweep(self) -> None:
        """One round. A step that fails is logged and tried again in the next round."""
        for step in (
            self._requeue_lost, self._decide_accepting, self._give_up_overdue, self._settle,
            self._deliver, self._linking.recover, self._transfers.recover, self._privacy.resume,
        ):  # fmt: skip
            try:
                await step()
            except EaselError as error:
                logger().error("sweep failed", step=step.__name__, errorName=error.code, detail=str(error))
            except Exception:
                logger().exception("sweep crashed", step=step.__name__)

    async def _requeue_lost(self) -> None:
        """Not just after an outage of the database: nobody could renew a lease then, however alive."""
        now = self._clock.now()
        try:
            if now >= self._trusts_leases_from and await self._jobs.expire_leases(now, MAX_ATTEMPTS):
                self._signals.queued()
        except StoreError:
            self._trusts_leases_from = self._clock.now() + LEASE
            raise

    async def _decide_accepting(self) -> None:
        """A request was interrupted between saving its job and queueing it: the ledger knows how far it got.

        One that follows another is not late as long as that one is open.
        """
        for job in await self._jobs.accepting_since(self._clock.now() - ACCEPT_WITHIN):
            if await self._waits(job):
                continue
            if await self._ledger.entry(job.wallet, f"job:{job.id}:hold"):
                await self._jobs.enqueue(job.id, {})
                self._signals.queued()
            else:
                await self._jobs.abandon(job.id, INTERRUPTED, self._clock.now())

    async def _waits(self, job: Job) -> bool:
        leader = await self._jobs.get(job.follows) if job.follows else None
        return leader is not None and leader.is_open

    async def _give_up_overdue(self) -> None:
        for job in await self._jobs.overdue(self._clock.now()):
            await self._jobs.fail_open(job.id, TOO_LATE, self._clock.now())

    async def _settle(self) -> None:
        for job in await self._jobs.unsettled(self._clock.now(), BATCH):
            try:
                await self._settlement.settle(job)
            except LedgerError as error:
                logger().error("job cannot be settled", job=job.id, errorName=error.code, detail=error.message)
            except StoreError:
                raise  # the next round is better for all of them
            except Exception:
                logger().exception("job cannot be settled", job=job.id)

    async def _deliver(self) -> None:
        for _ in range(BATCH):
            if not await self._deliveries.deliver():
                return
