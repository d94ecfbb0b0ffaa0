"""The ports of the ledger and of gifts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.clock import Millis
from core.credits.model import Entry, Kind, Origin, State, Transfer


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

    async def load_all(self, accounts: Collection[str]) -> dict[str, Loaded]:
        """Each of these accounts, as `load` without an operation has it."""

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
