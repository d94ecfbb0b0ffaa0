"""What every rule of credits needs to draft an entry: lots, the order in which they are spent, the entry itself."""

from collections.abc import Iterable, Iterator

from core.clock import Millis
from core.credits.closed import by_id, unpacked
from core.credits.model import Bucket, Entry, Kind, Lot, LotTerms, Part, State, is_past
from core.credits.operations import Operation
from core.errors import UnknownLot

FOREVER = 2**63 - 1


def burn_order(lots: Iterable[Lot]) -> list[Lot]:
    """Free first, then subscription, promo, paid; within one of these what expires soonest."""
    return sorted(lots, key=lambda lot: (lot.origin, FOREVER if lot.expires_at is None else lot.expires_at))


def taken_from(lots: Iterable[Lot], amount: int, target: Bucket, now: Millis) -> Iterator[Part]:
    """So many spendable credits in burn order."""
    for lot in burn_order(lots):
        if amount and lot.remaining and not is_past(lot, now):
            taken = min(lot.remaining, amount)
            amount -= taken
            yield Part(lot.id, Bucket.REMAINING, target, taken)


def lot_of(state: State, lot_id: str) -> Lot:
    """A lot, also one that is used up. Raises UnknownLot."""
    for lot in state.lots:
        if lot.id == lot_id:
            return lot
    if text := by_id(state.closed).get(lot_id):
        return unpacked(text)
    raise UnknownLot(f"Account {state.account} has no lot {lot_id}.")


def entry_of(
    state: State,
    operation: Operation,
    kind: Kind,
    amount: int,
    parts: tuple[Part, ...],
    now: Millis,
    *,
    debt: int = 0,
    lots: tuple[LotTerms, ...] = (),
    hold: str | None = None,
    hold_expires_at: Millis | None = None,
    counterpart: str | None = None,
    clawed: tuple[tuple[str, int], ...] = (),
) -> Entry:
    """The next entry of this account."""
    return Entry(
        account=state.account,
        seq=state.seq + 1,
        op=operation.op,
        kind=kind,
        amount=amount,
        parts=parts,
        at=now,
        ref=operation.ref,
        debt=debt,
        lots=lots,
        hold=hold,
        hold_expires_at=hold_expires_at,
        counterpart=counterpart,
        clawed=clawed,
    )
