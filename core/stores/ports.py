"""The storage ports: verbs of the domain, not a query API. Every method may raise StoreError.

Each write is atomic by itself and durable when it returns; no port needs a transaction across documents.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.accounts.model import Account, Identity, LinkCode, Role, Tombstone
from core.admin.figures import Queue
from core.admin.model import Place
from core.clock import Millis
from core.credits.model import Entry, Kind, Origin, State, Transfer
from core.jobs.model import Attempt, Beat, Failure, Job, JobState, Result
from core.observe.model import Rollup, Usage
from core.stores.admin import AuditStore, BookStore, EventStore, KeyStore
from core.stores.trade import CodeStore, OrderStore

# --- ledger ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """A snapshot, the entries after it, and the entry of the operation asked for, all read at one moment."""

    snapshot: State | None
    tail: Sequence[Entry]
    known: Entry | None


@dataclass(frozen=True, slots=True)
class Appended:
    """The entry is durable."""


@dataclass(frozen=True, slots=True)
class SequenceTaken:
    """Somebody else wrote this sequence number first: reload and decide again."""


@dataclass(frozen=True, slots=True)
class OperationKnown:
    """The operation has its entry already: this one."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Sum:
    """Entries of one kind, and for grants of one origin: the sum of their amounts."""

    kind: Kind
    origin: Origin | None
    amount: int


class LedgerStore(Protocol):
    """Append-only entries with the unique keys (account, seq) and (account, op), and snapshots of states."""

    async def load(self, account: str, op: str | None) -> Loaded: ...

    async def append(self, entry: Entry, after: State | None) -> Appended | SequenceTaken | OperationKnown:
        """Insert the entry; `after`, if given, may become the snapshot, which never moves backwards.

        The ledger gives it every so many entries, to keep both writing and loading short.
        """

    async def entries(
        self, account: str, *, kind: Kind | None = None, after: int = 0, limit: int | None = None
    ) -> list[Entry]:
        """Entries in the order of their numbers, those after number `after`."""

    async def snapshot(self, account: str) -> State | None: ...

    async def accounts(self) -> list[str]:
        """Every account that has an entry or a snapshot."""

    async def latest(self, account: str, before: int | None, limit: int) -> list[Entry]:
        """The newest first: those before this number."""

    async def sums(self, first: Millis, until: Millis) -> list[Sum]:
        """The entries of all accounts from then until before then, added up."""


class TransferStore(Protocol):
    """Credits on their way between accounts, so that somebody notices what did not arrive."""

    async def add(self, transfer: Transfer) -> Transfer:
        """Save it; if its id is there already, the stored one is returned unchanged."""

    async def get(self, id: str) -> Transfer | None: ...

    async def finish(self, id: str) -> None: ...

    async def unfinished(self, before: Millis) -> list[Transfer]:
        """Those from before that time which are not done."""

    async def purge(self, before: Millis) -> None:
        """Forget those from before that time which are done."""


# --- accounts ----------------------------------------------------------------------------------------------


class AccountStore(Protocol):
    """Accounts and the identities that lead to them."""

    async def find(self, identity: Identity) -> Account | None: ...

    async def create(self, identity: Identity, account: Account) -> Account:
        """Bind a new account to an identity; if it has one meanwhile, that one is returned."""

    async def get(self, account: str) -> Account | None: ...

    async def identities(self, accounts: Collection[str]) -> list[Identity]: ...

    async def family(self, account: str) -> list[str]:
        """The account's id and those of all that were merged into it, however indirectly."""

    async def raise_role(self, account: str, role: Role) -> None:
        """Set the role unless the account has a higher one."""

    async def subscribe(self, account: str, until: Millis) -> None:
        """A subscriber until then, and no longer."""

    async def mark_welcomed(self, account: str) -> None: ...

    async def set_role(self, account: str, role: Role) -> None: ...

    async def suspend(self, account: str, reason: str | None) -> None:
        """None: the suspension is over."""

    async def strikes(self, account: str) -> int: ...

    async def forgive(self, account: str) -> None:
        """Forget its strikes."""

    async def page(
        self, before: str | None, limit: int, *, role: Role | None = None, suspended: bool | None = None
    ) -> list[Account]:
        """The newest first, those before this id, without those that were merged into another or forgotten."""

    async def created(self, first: Millis, until: Millis) -> int:
        """How many accounts were made from then until before then."""

    async def strike(self, account: str, request_id: str) -> int:
        """Count a strike once per request; the number of strikes so far."""

    async def merge(self, source: str, target: str) -> bool:
        """Point a still independent account at its heir. False when it points elsewhere already."""

    async def undrained(self) -> list[tuple[str, str]]:
        """(source, target) of merges whose credits may not all have moved yet."""

    async def mark_drained(self, source: str) -> None: ...

    async def independent(self, after: str, limit: int) -> list[str]:
        """Ids of accounts that have not been merged into another, in order, those after this id."""

    async def close(self, account: str, now: Millis) -> None:
        """Note that its deletion has begun: no request is taken any more."""

    async def reopen(self, account: str, closed_at: Millis) -> None:
        """The deletion that began then was refused: requests are taken again, unless another one has begun since."""

    async def closing(self, before: Millis) -> list[str]:
        """Accounts whose deletion began before that time and has not come to its end."""

    async def forget(self, accounts: Collection[str], tombstones: Collection[Tombstone]) -> None:
        """Delete identities, keeping tombstones only, and note that the deletion of their accounts has come to its end.

        The accounts stay closed. A later tombstone replaces an earlier one.
        """

    async def tombstone(self, digest: str) -> Tombstone | None: ...


class LinkStore(Protocol):
    """One-time link codes."""

    async def add(self, code: LinkCode) -> None: ...

    async def claim(self, digest: str, account: str, now: Millis) -> LinkCode | None:
        """Claim an unexpired code for an account, once. None when unknown, expired or claimed by another."""

    async def unmerged(self) -> list[LinkCode]:
        """Codes claimed by somebody whose merge has not been recorded."""

    async def mark_merged(self, digest: str) -> None: ...

    async def purge(self, now: Millis) -> None:
        """Forget codes that have expired and lead to no unfinished merge."""


class LimitStore(Protocol):
    """Counts per key and window, exact under concurrency. A take is counted once per request."""

    async def take(self, key: str, request_id: str, limit: int, expires_at: Millis) -> int | None:
        """Count one more; how many are used now, or None when the limit is reached."""

    async def give_back(self, key: str, request_id: str) -> None: ...

    async def used(self, key: str) -> int: ...

    async def taken(self, key: str) -> list[str]:
        """The requests that are counted."""

    async def purge(self, now: Millis) -> None:
        """Forget windows that have ended."""


# --- jobs --------------------------------------------------------------------------------------------------


class JobStore(Protocol):
    """Job documents. Every change is a compare-and-set, so that repeated or late callers are harmless."""

    async def create(self, job: Job) -> Job:
        """Save a new job; if its id exists, the stored job is returned unchanged."""

    async def get(self, job: str) -> Job | None: ...

    async def readdress(self, job: Job, account: str) -> Job:
        """Give an ACCEPTING job of this account to another one; the stored job afterwards."""

    async def abandon(self, job: str, why: str, now: Millis) -> bool:
        """ACCEPTING -> FAILED with the code ABANDONED: it was never accepted."""

    async def discard(self, job: str) -> None:
        """Remove an abandoned job, once it is certain that it holds nothing."""

    async def open_before(self, job: Job) -> int:
        """How many open jobs of the same account were created before this one."""

    async def enqueue(self, job: str, timings: dict[str, float], delay: Millis = 0) -> Job | None:
        """ACCEPTING -> QUEUED, noting where the request's time went so far. Its turn comes so much later.

        The job afterwards; None when it was not ACCEPTING.
        """

    async def claim(
        self, worker: str, now: Millis, lease_until: Millis, busy_models: Collection[str] = ()
    ) -> Job | None:
        """Take the queued job whose turn it is, but of no busy model.

        QUEUED -> RUNNING with a lease and one more attempt. A document that cannot be read is passed over.
        """

    async def beat(self, job: Job, progress: float, lease_until: Millis) -> Beat:
        """Renew the lease of a job this worker runs, note its progress, learn of a cancel."""

    async def record_attempts(self, job: Job, attempts: Sequence[Attempt]) -> bool:
        """Save the provider calls made so far. False when the lease was lost."""

    async def finish(
        self,
        job: Job,
        state: JobState,
        *,
        result: Result | None,
        failure: Failure | None,
        attempts: Sequence[Attempt] | None,
        timings: dict[str, float],
        now: Millis,
        next_delivery_at: Millis,
    ) -> Job | None:
        """End a job this worker runs; `attempts` None keeps those recorded.

        The job afterwards; None when the lease was lost: the result is not this worker's to give.
        """

    async def hand_back(self, job: Job) -> None:
        """RUNNING -> QUEUED, not counting the attempt: this worker is stopping."""

    async def request_cancel(self, job: str, now: Millis) -> Job | None:
        """QUEUED -> CANCELLED at once; a RUNNING job is asked to stop. The job afterwards."""

    async def expire_leases(self, now: Millis, max_attempts: int) -> int:
        """RUNNING with an expired lease -> QUEUED, CANCELLED if asked for, or FAILED. How many."""

    async def fail_open(self, job: str, failure: Failure, now: Millis) -> bool:
        """Any open state -> FAILED."""

    async def accepting_since(self, before: Millis) -> list[Job]: ...

    async def overdue(self, now: Millis) -> list[Job]:
        """Open jobs whose hold has expired."""

    async def unsettled(self, now: Millis, limit: int) -> list[Job]:
        """Ended jobs whose hold is due to be ended."""

    async def settled(self, job: str, charged: int, now: Millis) -> bool:
        """Record what was charged. False when that was recorded before."""

    async def claim_delivery(self, job: str | None, now: Millis, until: Millis) -> Job | None:
        """Reserve a settled, undelivered result for delivery: this one, or the next that is due.

        It counts as being posted until `delivered`, `post_failed` or that time.
        """

    async def post_failed(self, job: str) -> None:
        """It is not being posted any more; it is due again when its reservation ends."""

    async def delivered(self, job: str, message_id: str, now: Millis) -> None: ...

    async def ahead(self, job: Job) -> int:
        """How many queued jobs will be claimed before this one."""

    async def recent_durations(self, kind: str, limit: int) -> list[Millis]:
        """How long the latest finished jobs of this kind ran, without those whose answer was there already."""

    async def open_jobs(self, accounts: Collection[str]) -> list[Job]: ...

    async def history(self, accounts: Collection[str], limit: int) -> list[Job]:
        """The latest jobs first, without those that were never accepted."""

    async def all_jobs(self, accounts: Collection[str]) -> list[Job]: ...

    async def page(
        self, before: Place | None, limit: int, *, state: JobState | None = None, account: str | None = None
    ) -> list[Job]:
        """The newest first, those before this (created_at, id), without those that were never accepted."""

    async def queue(self) -> Queue:
        """What is in the works."""

    async def conversation(self, name: str, since: Millis, limit: int) -> list[Job]:
        """The latest finished chats of a conversation that were asked since then, the oldest first."""

    async def answered(self, account: str, reply_key: str, since: Millis) -> Job | None:
        """The latest finished job with this key that ended since then and was served by the model it asked for."""

    async def asking(self, account: str, reply_key: str) -> Job | None:
        """The oldest open job with this key."""

    async def accounts(self) -> list[str]:
        """Every account that has a job."""

    async def unreconciled(self, now: Millis, limit: int) -> list[Job]:
        """Settled jobs with a call whose end is unknown, at whose provider it is time to ask."""

    async def looked(self, job: str, attempts: Sequence[Attempt], now: Millis) -> None:
        """A provider was asked; what is known of the calls now."""

    async def stale(self, before: Millis, limit: int) -> list[Job]:
        """Settled jobs that ended before that time and were not blanked yet, the oldest first."""

    async def blank(self, job: str, now: Millis) -> bool:
        """Remove everything personal from a settled or abandoned job that is not just being posted.

        False when it is one that cannot be blanked now. What is blank stays blank and is never delivered.
        """


# --- what was measured, and what was said ---------------------------------------------------------------------


class UsageStore(Protocol):
    """Usage records and their daily rollups."""

    async def record(self, usage: Usage) -> bool:
        """Save a record and add it to its rollup, once per request id. False when it was there."""

    async def get(self, request_id: str) -> Usage | None: ...

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]: ...

    async def totals(self, first_day: str, last_day: str) -> list[Rollup]:
        """The same, of all accounts together."""

    async def of_days(self, accounts: Collection[str], first_day: str, last_day: str) -> list[Rollup]:
        """The rollups of these accounts."""

    async def dearest(self, month: str, limit: int) -> list[Rollup]:
        """The sums of a month (`YYYY-MM`) by account, those whose calls cost most first."""

    async def active(self, first_day: str, last_day: str) -> int:
        """How many accounts have a record on these days."""

    async def of_accounts(self, accounts: Collection[str]) -> list[Usage]: ...

    async def recount(self, before: Millis) -> int:
        """Add records from before that time that a crash kept out of their rollups; how many."""

    async def purge(self, before: Millis) -> None:
        """Forget records of requests from before that time. Rollups stay."""


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One message of a playground conversation; `body` is JSON for the page.

    Numbers grow over all conversations and are never given again, so that a page's place stays valid.
    """

    channel: str
    seq: int
    id: str
    at: Millis
    body: str


class FeedStore(Protocol):
    """Playground conversations: what was said, kept so that a reconnecting page loses nothing."""

    async def post(self, channel: str, id: str, body: str, at: Millis) -> FeedMessage:
        """Append a message, once per (channel, id)."""

    async def since(self, channel: str, after: int, limit: int) -> list[FeedMessage]:
        """The latest `limit` messages after number `after`, in order."""

    async def forget(self, channel: str) -> None: ...

    async def purge(self, before: Millis) -> None:
        """Forget messages from before that time."""


# --- processes among each other -----------------------------------------------------------------------------


class SlotStore(Protocol):
    """So many holders at a time of something scarce, over all processes. A slot that is not renewed gets free."""

    async def take(self, name: str, holder: str, limit: int, now: Millis, until: Millis) -> bool:
        """Take one of `limit` slots. True also when this holder has one; never more than `limit` at a time."""

    async def renew(self, name: str, holder: str, until: Millis) -> bool:
        """Keep it until then. False when it was lost."""

    async def free(self, name: str, holder: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of settings, and how often it has been changed."""

    version: int
    doc: str


class SettingStore(Protocol):
    """Small JSON documents by scope, such as a server's settings or where a conversation was begun anew."""

    async def get(self, scope: str) -> Kept | None: ...

    async def put(self, scope: str, doc: str, version: int) -> bool:
        """Save the document if it still has this version (0: if there is none yet). False when it was changed."""

    async def drop(self, scope: str) -> None:
        """Delete the document, whatever its version; none is as good as deleted."""


class FenceStore(Protocol):
    """Numbers that only grow: whoever drew the highest is the leader, and an older leader can notice."""

    async def draw(self, name: str) -> int:
        """The next number, from 1."""

    async def highest(self, name: str) -> int:
        """The number drawn last; 0 when none was."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Every port of one database. `installation` names it among all databases of the world."""

    installation: str

    ledger: LedgerStore
    transfers: TransferStore
    orders: OrderStore
    codes: CodeStore
    accounts: AccountStore
    links: LinkStore
    limits: LimitStore
    jobs: JobStore
    usage: UsageStore
    feed: FeedStore
    slots: SlotStore
    fences: FenceStore
    settings: SettingStore
    audit: AuditStore
    events: EventStore
    keys: KeyStore
    books: BookStore
