"""The ledger's nouns: lots, holds, the state of an account, and entries.

All amounts are whole credits (int64). All instants are `Millis`.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from core.clock import Millis

MAX_CREDITS = 10**15
"""More than anybody will own, and a thousand times less than an int64 holds: sums cannot overflow."""


class Origin(IntEnum):
    """Where a lot came from. The value is its place in the burn order: what was free is spent first."""

    FREE = 1
    SUBSCRIPTION = 2
    PROMO = 3
    PAID = 4


class Bucket(StrEnum):
    """Where a credit of a lot can be. GRANTED is the door through which credits enter a lot."""

    GRANTED = "granted"
    REMAINING = "remaining"
    HELD = "held"
    SPENT = "spent"
    EXPIRED = "expired"
    REVERSED = "reversed"
    MOVED = "moved"


class Kind(StrEnum):
    """What an entry records."""

    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    EXPIRE = "expire"
    LAPSE = "lapse"
    REVERSE = "reverse"
    RESTORE = "restore"
    ADJUST = "adjust"
    MOVE_OUT = "move_out"
    MOVE_IN = "move_in"
    GIVE = "give"


GIFT = "gift:"
"""Operation ids of gifts: `gift:{id}` where it is given, `gift:{id}:in` where it arrives."""
ARRIVED = ":in"
HOLD_ENDS = frozenset({Kind.SETTLE, Kind.RELEASE, Kind.EXPIRE})


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits with one origin and one expiry: granted = remaining + held + spent + expired + reversed + moved.

    `clawed` is what payments took back from this lot, whether it was still there or had become debt. `word` numbers
    the latest word on that (`Reverse`).
    """

    id: str
    origin: Origin
    expires_at: Millis | None
    granted: int = 0
    remaining: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    reversed: int = 0
    moved: int = 0
    clawed: int = 0
    word: int = 0


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What an entry must say about a lot for a replay to open it. `expired`: so much of it had, before a merge."""

    id: str
    origin: Origin
    expires_at: Millis | None
    granted: int = 0
    clawed: int = 0
    word: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """So many credits of one lot going from one bucket to another."""

    lot: str
    source: Bucket
    target: Bucket
    amount: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Credits reserved for one job, by lot in burn order: `parts` is ((lot id, amount), ...)."""

    id: str
    amount: int
    parts: tuple[tuple[str, int], ...]
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class State:
    """An account's ledger folded up to entry `seq`.

    `lots` are those with credits remaining or held; `closed` are those used up, as texts (`core.credits.closed`).
    """

    account: str
    seq: int = 0
    lots: tuple[Lot, ...] = ()
    holds: tuple[Hold, ...] = ()
    debt: int = 0
    moved_to: str | None = None
    closed: tuple[str, ...] = ()

    @property
    def available(self) -> int:
        """Credits not held, lots past their expiry included until their lapse is recorded."""
        return sum(lot.remaining for lot in self.lots)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots)

    def spendable(self, now: Millis) -> int:
        """Credits that a hold may take now."""
        return sum(lot.remaining for lot in self.lots if not is_past(lot, now))

    def givable(self, now: Millis) -> int:
        """Credits that may be given to somebody else now: none while there is debt."""
        if self.debt:
            return 0
        return sum(lot.remaining for lot in self.lots if is_givable(lot) and not is_past(lot, now))


def is_past(lot: Lot, now: Millis) -> bool:
    return lot.expires_at is not None and lot.expires_at <= now


def is_givable(lot: Lot) -> bool:
    """Whether its credits may be given on: only what somebody has paid for, by whoever it came.

    All others stay (decision 19): else free ones, rewards and those of a code could be collected from many accounts.
    """
    return lot.origin is Origin.PAID or (lot.origin is Origin.PROMO and lot.id.startswith(GIFT))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `amount` is the change of available + held - debt; `debt` that of the debt.

    (account, seq) and (account, op) are unique. `ref` says for people what it was about.
    """

    account: str
    seq: int
    op: str
    kind: Kind
    amount: int
    parts: tuple[Part, ...]
    at: Millis
    ref: str = ""
    debt: int = 0
    lots: tuple[LotTerms, ...] = ()
    hold: str | None = None
    hold_expires_at: Millis | None = None
    counterpart: str | None = None
    clawed: tuple[tuple[str, int], ...] = ()
    word: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Credits on their way from one account to another.

    `done`: both have their entry, or neither ever will. `ref` is seen by both, and stays: it names nobody.
    """

    id: str
    source: str
    target: str
    amount: int
    at: Millis
    ref: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person sees: `available` to spend, `held` by jobs in the works, `debt` owed, next expiry."""

    available: int
    held: int
    debt: int
    expiring: tuple[tuple[int, Millis], ...] = field(default=())
