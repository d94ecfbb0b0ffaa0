"""From a saved job to a queued one: the hold, and all the ways in which a job is given up again before it is queued."""

from collections.abc import Mapping
from contextlib import suppress

from core.accounts.service import Accounts
from core.clock import SECOND, Clock, Millis
from core.credits.ledger import Ledger
from core.credits.model import Kind
from core.credits.operations import EndHold, PlaceHold
from core.errors import (
    AccountMoved,
    GenerationFailed,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    Refusal,
    ServerWalletEmpty,
)
from core.generation.replies import Replies
from core.jobs.model import Job
from core.jobs.signals import Signals
from core.stores.ports import JobStore
from core.timing import Stopwatch, measured
from core.uploads import Uploads
from core.wallets import Wallets

MANY = 1_000_000
"""A server has many members, each of whom has a limit of their own (core/wallets.py)."""
TURN: Millis = 60 * SECOND
"""How much later each further open request of one account has its turn, so that many of one person's do not
keep another's first one waiting. As time counts too, nobody waits for ever."""


class Holding:
    """Holds what jobs are quoted at, and queues them. `most`: holds that one account may have open at a time."""

    def __init__(
        self,
        accounts: Accounts,
        uploads: Uploads,
        replies: Replies,
        ledger: Ledger,
        wallets: Wallets,
        jobs: JobStore,
        signals: Signals,
        clock: Clock,
        most: int,
    ) -> None:
        self._accounts = accounts
        self._uploads = uploads
        self._replies = replies
        self._ledger = ledger
        self._wallets = wallets
        self._jobs = jobs
        self._signals = signals
        self._clock = clock
        self._most = most

    async def hold_and_enqueue(self, job: Job, watch: Stopwatch) -> Job:
        """The queued job. Raises Refusal, GenerationFailed or Interrupted: the job is no more, nor its hold."""
        await self.check_open(job)
        first = job.account
        try:
            with measured("credit_ms"):
                job = await self._hold(job)
                if job.account != first:
                    await self.check_open(job)
        except Refusal as refusal:
            await self._refuse(job, refusal)
            if job.payer and isinstance(refusal, InsufficientCredits):
                raise ServerWalletEmpty from refusal
            raise
        await self._wait_for_leader(job)
        return await self._enqueue(job, watch.parts)

    async def _hold(self, job: Job) -> Job:
        """Hold the quote where the job says; the job, which has moved along if its account was merged meanwhile.

        A hold that was placed before the merge is found under its operation id, where the job says it is.
        """
        while True:
            most = self._most if job.payer is None else MANY
            hold = PlaceHold(job.wallet, job.id, job.quote.total, job.hold_expires_at, most)
            try:
                await self._ledger.execute(hold)
            except AccountMoved as moved:
                readdressed = await self._jobs.readdress(job, moved.to)
                if readdressed.account == job.account:  # abandoned meanwhile, so it stays where it is
                    raise Interrupted from moved
                job = readdressed
            else:
                return job

    async def _refuse(self, job: Job, refusal: Refusal) -> None:
        if await self._jobs.abandon(job.id, refusal.message, self._clock.now()):
            await self._uploads.drop(job)
            await self._wallets.settle(job, 0)
        self._signals.changed(job.reply_to.channel)  # whoever waits for its answer

    async def _wait_for_leader(self, job: Job) -> None:
        """Raises GenerationFailed when whoever asked the same got no answer."""
        try:
            await self._replies.awaited(job)
        except GenerationFailed as failure:
            if not await self._jobs.abandon(job.id, failure.message, self._clock.now()):
                return  # it was queued meanwhile, and a worker says the same
            await self._uploads.drop(job)
            await self._release(job)
            await self._wallets.settle(job, 0)
            raise

    async def _enqueue(self, job: Job, parts: Mapping[str, float]) -> Job:
        delay = TURN * await self._jobs.open_before(job)
        queued = await self._jobs.enqueue(job.id, dict(parts), delay) or await self._check_accepted(job)
        self._signals.queued()
        return queued

    async def _check_accepted(self, job: Job) -> Job:
        """A twin delivery may have queued the job, which is fine, or seen it refused: then the hold must go."""
        current = await self._jobs.get(job.id)
        if current is not None and not current.is_abandoned:
            return current
        await self._release(job)
        await self._wallets.settle(job, 0)
        raise Interrupted

    async def check_open(self, job: Job) -> None:
        """Looked at after the job was written where it is: a deletion closes the account, then looks for jobs.

        Raises Interrupted: the account is being deleted, and the job is no more.
        """
        if not (await self._accounts.get(job.account)).closing:
            return
        abandoned = await self._jobs.abandon(job.id, "Your data is being deleted.", self._clock.now())
        await self._jobs.blank(job.id, self._clock.now())
        await self._release(job)
        if abandoned:
            await self._wallets.settle(job, 0)
        raise Interrupted

    async def _release(self, job: Job) -> None:
        with suppress(HoldNotOpen):
            await self._ledger.execute(EndHold(job.wallet, job.id, Kind.RELEASE))
