"""End the hold of an ended job: charge for what was made, give back the rest, record how it went.

Crash table: after the hold's end the entry is on disk and the job still counts as unsettled, so the sweeper
comes again; the entry is found by its operation id, the usage record by its request id.
"""

from core.clock import Clock
from core.credits.ledger import Ledger
from core.credits.model import Kind
from core.credits.operations import EndHold
from core.errors import GenerationCut, GenerationRefused, HoldNotOpen
from core.jobs.model import Job, JobState
from core.jobs.specs import ImageSpec
from core.limits import DailyLimit
from core.media.ports import MediaStore
from core.observe.recorder import Recorder
from core.stores.ports import JobStore
from core.timing import Stopwatch, measured, summed
from core.wallets import Wallets

EXPIRED = "expired"


class Settlement:
    """Settles each ended job once, whoever asks and however often."""

    def __init__(
        self,
        jobs: JobStore,
        ledger: Ledger,
        wallets: Wallets,
        limits: DailyLimit,
        recorder: Recorder,
        media: MediaStore,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._wallets = wallets
        self._limits = limits
        self._recorder = recorder
        self._media = media
        self._clock = clock

    async def settle(self, job: Job, watch: Stopwatch | None = None) -> bool:
        """True when the hold has ended. False: the job never held anything so far; ask again later.

        `watch`, if given, has been timing this job since it was claimed; `job.timings` is then what was
        measured before that.
        """
        try:
            with measured("credit_ms"):
                entry = await self._ledger.execute(ending_of(job))
        except HoldNotOpen:
            if self._clock.now() < job.hold_expires_at:
                return False
            if job.is_abandoned:
                await self._wallets.settle(job, 0)
                for token in job.attachments:
                    await self._media.delete(token, job.account)
                await self._jobs.discard(job.id)
                return True
            charged = 0
        else:
            charged = -entry.amount if entry.kind is Kind.SETTLE else 0
        if job.state is JobState.FAILED and not _counts(job):
            await self._limits.give_back(job.account, job.request_id, job.created_at)
        await self._wallets.settle(job, charged)
        await self._recorder.job(job, charged, summed(job.timings, watch.parts if watch else {}))
        await self._jobs.settled(job.id, charged, self._clock.now())
        return True


def _counts(job: Job) -> bool:
    """Whether a failed request counts as one of the day's nevertheless, as nothing else would limit it.

    Refusals are the person's doing, and some are billed. Of an answer that was cut off by the deadline some was read
    for nothing, and whoever asks for long ones could have that again and again.
    """
    code = job.failure.code if job.failure is not None else None
    if code == GenerationRefused.code:
        return any(attempt.cost != 0 for attempt in job.attempts)
    return code == GenerationCut.code


def ending_of(job: Job) -> EndHold:
    """How an ended job's hold ends: settled for what was made, expired, or released.

    An answer that the person stopped when it had begun to show is what was made (docs/decisions/0013).
    """
    if job.state in (JobState.DONE, JobState.CANCELLED) and job.result is not None:
        made = len(job.result.pictures) if isinstance(job.spec, ImageSpec) else 1
        each = job.quote.each if job.result.each is None else min(job.quote.each, job.result.each)
        return EndHold(job.wallet, job.id, Kind.SETTLE, each * min(made, job.quote.count))
    if job.failure is not None and job.failure.code == EXPIRED:
        return EndHold(job.wallet, job.id, Kind.EXPIRE)
    return EndHold(job.wallet, job.id, Kind.RELEASE)
