"""Fold entries into a state. Nothing is judged here: an entry says itself which credits move where."""

from collections.abc import Iterable
from dataclasses import replace

from core.clock import HOUR, Millis
from core.credits.model import HOLD_ENDS, Bucket, Entry, Hold, Kind, Lot, Origin, Part, State, is_past

RETURN_GRACE: Millis = HOUR
"""A failed job's credits whose lot expired meanwhile stay usable for this long: a failure costs nothing."""


def apply(state: State, entry: Entry) -> State:
    """The state after an entry."""
    lots = {lot.id: lot for lot in state.lots}
    for terms in entry.lots:
        lots.setdefault(terms.id, Lot(terms.id, terms.origin, terms.expires_at, clawed=terms.clawed))
    for part in entry.parts:
        lots[part.lot] = _moved(lots[part.lot], part, entry.at)
    for lot_id, amount in entry.clawed:
        lots[lot_id] = replace(lots[lot_id], clawed=lots[lot_id].clawed + amount)
    return State(
        account=state.account,
        seq=entry.seq,
        lots=tuple(lot for lot in lots.values() if not _is_closed(lot)),
        holds=_holds_after(state.holds, entry),
        debt=state.debt + entry.debt,
        moved_to=entry.counterpart if entry.kind is Kind.MOVE_OUT else state.moved_to,
    )


def fold(state: State, entries: Iterable[Entry]) -> State:
    for entry in entries:
        state = apply(state, entry)
    return state


def _moved(lot: Lot, part: Part, at: Millis) -> Lot:
    """The lot after one part. Credits entering through GRANTED raise what was granted."""
    changes: dict[str, int] = {}
    if part.source is Bucket.GRANTED:
        changes["granted"] = lot.granted + part.amount
    else:
        changes[part.source] = getattr(lot, part.source) - part.amount
    changes[part.target] = getattr(lot, part.target) + part.amount
    returned = part.source in (Bucket.HELD, Bucket.MOVED) and part.target is Bucket.REMAINING
    if returned and is_past(lot, at):
        changes["expires_at"] = at + RETURN_GRACE
    return replace(lot, **changes)  # type: ignore[arg-type]  # keys are Bucket values, all int fields


def _holds_after(holds: tuple[Hold, ...], entry: Entry) -> tuple[Hold, ...]:
    if entry.kind in HOLD_ENDS:
        return tuple(hold for hold in holds if hold.id != entry.hold)
    if entry.kind is not Kind.HOLD or entry.hold is None or entry.hold_expires_at is None:
        return holds
    parts = tuple((part.lot, part.amount) for part in entry.parts if part.target is Bucket.HELD)
    amount = sum(amount for _, amount in parts)
    return (*holds, Hold(entry.hold, amount, parts, entry.hold_expires_at))


def _is_closed(lot: Lot) -> bool:
    """A free lot that is used up is forgotten, so that a state does not grow by one lot a day for ever.

    Lots of the other origins stay: a payment can be reversed long after its credits are spent.
    """
    used_up = lot.spent + lot.expired + lot.reversed
    return lot.origin is Origin.FREE and lot.granted > 0 and used_up == lot.granted
