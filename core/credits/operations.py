"""What callers ask the ledger for. Each operation makes one entry, under its operation id.

All amounts are whole credits (int64). All instants are `Millis`.
"""

from dataclasses import dataclass

from core.clock import Millis
from core.credits.model import Entry, Kind, Origin


@dataclass(frozen=True, slots=True)
class Grant:
    """Give credits as a new lot whose id is the operation id. Debt is repaid from it first."""

    account: str
    op: str
    amount: int
    origin: Origin
    expires_at: Millis | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Reserve credits for a job (0 for a free one), unless `max_open` holds are open already."""

    account: str
    job: str
    amount: int
    expires_at: Millis
    max_open: int
    ref: str = ""

    @property
    def op(self) -> str:
        return f"job:{self.job}:hold"


@dataclass(frozen=True, slots=True)
class EndHold:
    """End a job's hold: settle (charge `amount`), release or expire. All three share one operation id."""

    account: str
    job: str
    kind: Kind
    amount: int = 0
    ref: str = ""

    @property
    def op(self) -> str:
        return end_op(self.job)


def end_op(job: str) -> str:
    """The operation id that lets a hold end only once."""
    return f"job:{job}:end"


@dataclass(frozen=True, slots=True)
class Reverse:
    """So many credits of a lot are to be taken back in all, because so much of its payment was.

    What is missing is taken from the lot, and the rest becomes debt. What was taken too much, as when a dispute is won,
    comes back. `word` numbers what is said about one payment: of two the higher one holds, in whatever order they come.
    `spares_spent`: what is not there any more is not asked for, and nothing becomes debt.
    """

    account: str
    op: str
    lot: str
    total: int
    word: int = 1
    ref: str = ""
    spares_spent: bool = False


@dataclass(frozen=True, slots=True)
class Adjust:
    """An operator's correction, up or down, with the reason."""

    account: str
    op: str
    amount: int
    ref: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """Record that what remains of a lot has expired."""

    account: str
    op: str
    lot: str
    ref: str = "expired"


@dataclass(frozen=True, slots=True)
class MoveOut:
    """Close an account in favour of another one: everything not held goes, and so does the debt."""

    account: str
    op: str
    to: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class MoveIn:
    """Take in what an account closed in favour of this one has moved out."""

    account: str
    out: Entry
    ref: str = ""

    @property
    def op(self) -> str:
        return f"{self.out.op}:in"


@dataclass(frozen=True, slots=True)
class Give:
    """Credits go to another account, which takes them in by an entry of its own. 0: they stay, for good.

    As all of these share the operation id, what was given up cannot be given later, nor the other way round.
    """

    account: str
    op: str
    amount: int
    to: str
    ref: str = ""


Operation = Grant | PlaceHold | EndHold | Reverse | Adjust | Lapse | MoveOut | MoveIn | Give
