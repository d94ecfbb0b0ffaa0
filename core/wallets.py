"""A server's wallet: credits that its members gave, and which pay for what they make there, up to a cap a month each.

The wallet is an account of the ledger, so that it cannot be overspent. What a member has had of it this month is a
small document, changed by compare-and-set only, so that a cap cannot be exceeded either: the quote of a job is reserved
there under the job's id before the job is saved, and becomes what was charged when its hold has ended. Linked accounts
share one cap, and whoever deletes themselves gets no second one in the same month. Crash table:
  after the reservation   the document, no job      the next look at a full allowance drops it, once it is old enough
  after the job is saved  the job names its payer   the hold is placed, or the job abandoned, as for any other job
  after the hold's end    the ledger, the document  the sweeper settles the job again, which is done once by its id
  a late twin reserves    a settled job, reserved   dropped like the first: what a settled job had is counted already
"""

import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from core.clock import MINUTE, Clock, Millis, to_datetime
from core.credits.ledger import Ledger
from core.errors import TooManyInFlight
from core.ids import digest
from core.jobs.model import Job
from core.stores.ports import AccountStore, JobStore, SettingStore

PREFIX = "server:"
LEFT_AFTER: Millis = 5 * MINUTE
"""A reservation whose job has not been saved after so long never led to one."""
_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A server that pays for its members: at most `cap` credits a month for each (UTC)."""

    server: str
    cap: int


@dataclass(frozen=True, slots=True)
class Share:
    """A wallet that pays, and how many credits of the member's cap are left if the whole quote is charged."""

    wallet: str
    left: int


class Reserved(BaseModel):
    """The quote of a job that has not been settled yet."""

    model_config = ConfigDict(frozen=True)

    amount: int
    at: Millis


class Had(BaseModel):
    """What a member has had in a month: `spent` for good, `open` by job."""

    model_config = ConfigDict(frozen=True)

    spent: int = 0
    open: dict[str, Reserved] = {}

    @property
    def total(self) -> int:
        return self.spent + sum(each.amount for each in self.open.values())


def wallet_of(server: str) -> str:
    """The ledger account of a server, such as `server:discord:123`."""
    return f"{PREFIX}{server if _PLAIN.fullmatch(server) else digest(server)}"


class Wallets:
    """Decides who pays, and keeps count of what each member had."""

    def __init__(
        self,
        settings: SettingStore,
        ledger: Ledger,
        jobs: JobStore,
        accounts: AccountStore,
        clock: Clock,
        max_in_flight: int,
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._ledger = ledger
        self._jobs = jobs
        self._clock = clock
        self._max_in_flight = max_in_flight

    async def payer(self, job: Job, sponsor: Sponsor | None) -> Share | None:
        """The server's wallet if it pays for this job, which is reserved then. None: the person pays.

        Raises TooManyInFlight.
        """
        amount = job.quote.total
        if sponsor is None or not amount or amount > sponsor.cap:
            return None
        wallet = wallet_of(sponsor.server)
        if (await self._ledger.balance(wallet)).available < amount or await self._was_here(job):
            return None
        left = await self._reserve(wallet, job, amount, sponsor.cap)
        return None if left is None else Share(wallet, left)

    async def had(self, server: str, account: str) -> int:
        """How many credits of this month's cap a member has used."""
        wallet, now = wallet_of(server), self._clock.now()
        return sum([await self._total(wallet, each, now) for each in await self._accounts.family(account)])

    async def settle(self, job: Job, charged: int) -> None:
        """Count what was charged instead of what was reserved, once."""
        if job.payer is None:
            return
        scope = _scope(job.payer, job)
        while True:
            had, version = await self._had(scope)
            if job.id not in had.open:
                return
            left = {id_: each for id_, each in had.open.items() if id_ != job.id}
            if await self._put(scope, Had(spent=had.spent + charged, open=left), version):
                return

    async def _reserve(self, wallet: str, job: Job, amount: int, cap: int) -> int | None:
        """What is left of the cap then; None when it does not allow that much."""
        scope = _scope(wallet, job)
        cap -= await self._linked(wallet, job)
        while True:
            had, version = await self._had(scope)
            if job.id in had.open:
                return max(0, cap - had.total)
            full = had.total + amount > cap or len(had.open) >= self._max_in_flight
            if full and (cleaned := await self._without_lost(had)) != had:
                await self._put(scope, cleaned, version)
                continue
            if had.total + amount > cap:
                return None
            if full:
                raise TooManyInFlight(self._max_in_flight)
            reserved = Reserved(amount=amount, at=self._clock.now())
            if await self._put(scope, Had(spent=had.spent, open=had.open | {job.id: reserved}), version):
                return cap - had.total - amount

    async def _linked(self, wallet: str, job: Job) -> int:
        """What the accounts had that were linked with this one. Nothing is reserved by those any more."""
        family = await self._accounts.family(job.account)
        return sum([await self._total(wallet, each, job.created_at) for each in family if each != job.account])

    async def _was_here(self, job: Job) -> bool:
        """Whether this person deleted themselves this month: what they had is not known now, so it counts as all."""
        grave = await self._accounts.tombstone(digest(str(job.identity)))
        return grave is not None and _month(grave.deleted_at) == _month(job.created_at)

    async def _total(self, wallet: str, account: str, at: Millis) -> int:
        return (await self._had(_scope_of(wallet, account, at)))[0].total

    async def _without_lost(self, had: Had) -> Had:
        """Without the reservations that never led to a job, or to one that pays otherwise, or that is settled."""
        old = self._clock.now() - LEFT_AFTER
        kept = {}
        for job_id, reserved in had.open.items():
            job = await self._jobs.get(job_id) if reserved.at <= old else None
            if reserved.at > old or (job is not None and job.payer is not None and job.settled_at is None):
                kept[job_id] = reserved
        return had.model_copy(update={"open": kept})

    async def _had(self, scope: str) -> tuple[Had, int]:
        kept = await self._settings.get(scope)
        return (Had.model_validate_json(kept.doc), kept.version) if kept else (Had(), 0)

    async def _put(self, scope: str, had: Had, version: int) -> bool:
        return await self._settings.put(scope, had.model_dump_json(), version)


def _scope(wallet: str, job: Job) -> str:
    """By the month in which the job was asked for, also when it ends in the next one."""
    return _scope_of(wallet, job.sponsored or job.account, job.created_at)


def _scope_of(wallet: str, account: str, at: Millis) -> str:
    return f"had:{wallet}:{account}:{_month(at)}"


def _month(at: Millis) -> str:
    return f"{to_datetime(at):%Y-%m}"
