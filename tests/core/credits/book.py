"""One account's credits, without a database, for tests of their rules."""

from core.clock import HOUR
from core.credits.apply import apply
from core.credits.closed import all_lots
from core.credits.decide import decide, due_lapse
from core.credits.model import Entry, Kind, Origin, State
from core.credits.operations import EndHold, Grant, MoveIn, MoveOut, Operation, PlaceHold
from core.credits.verify import check_entries

NOW = 1_000_000


class Book:
    """One account's entries and their state."""

    def __init__(self, account: str = "a1") -> None:
        self.state = State(account)
        self.entries: list[Entry] = []
        self.now = NOW

    def do(self, operation: Operation) -> Entry:
        entry = decide(self.state, operation, self.now)
        self.state = apply(self.state, entry)
        self.entries.append(entry)
        assert list(check_entries(self.state.account, self.entries)) == []
        return entry

    def grant(self, op: str, amount: int, origin: Origin = Origin.PAID, expires_at: int | None = None) -> Entry:
        return self.do(Grant(self.state.account, op, amount, origin, expires_at))

    def hold(self, job: str, amount: int, max_open: int = 9) -> Entry:
        return self.do(PlaceHold(self.state.account, job, amount, self.now + HOUR, max_open))

    def end(self, job: str, kind: Kind, amount: int = 0) -> Entry:
        return self.do(EndHold(self.state.account, job, kind, amount))

    def lot(self, lot_id: str) -> dict[str, int]:
        lot = next(lot for lot in all_lots(self.state) if lot.id == lot_id)
        names = ("granted", "remaining", "held", "spent", "expired", "reversed", "moved")
        return {name: getattr(lot, name) for name in names if getattr(lot, name)}

    @property
    def money(self) -> tuple[int, int, int]:
        return self.state.spendable(self.now), self.state.held, self.state.debt


def lapsed_month(book: Book, spent: int) -> None:
    """A month of 100 credits, of which so many were used in time."""
    book.grant("month", 100, Origin.SUBSCRIPTION, book.now + HOUR)
    book.hold("j", spent)
    book.end("j", Kind.SETTLE, spent)
    book.now += HOUR
    lapse = due_lapse(book.state, book.now)
    assert lapse is not None
    book.do(lapse)


def merged(old: Book, new: Book) -> None:
    out = old.do(MoveOut(old.state.account, f"merge:{len(old.entries)}", new.state.account))
    new.do(MoveIn(new.state.account, out))
