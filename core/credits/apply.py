"""Fold entries into a state. Nothing is judged here: an entry says itself which credits move where."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from core.clock import HOUR, Millis
from core.credits.closed import by_id, packed, unpacked
from core.credits.model import HOLD_ENDS, Bucket, Entry, Hold, Kind, Lot, Origin, Part, State, is_past

RETURN_GRACE: Millis = HOUR
"""A failed job's credits whose lot expired meanwhile stay usable for this long: a failure costs nothing."""


def apply(state: State, entry: Entry) -> State:
    """The state after an entry."""
    return fold(state, (entry,))


def fold(state: State, entries: Iterable[Entry]) -> State:
    """The state after these entries."""
    folding = _Folding(state)
    for entry in entries:
        folding.post(entry)
    return folding.state()


class _Folding:
    """A state taken apart, so that many entries are folded without building a state for each."""

    def __init__(self, state: State) -> None:
        self._before = state
        self._lots = {lot.id: lot for lot in state.lots}
        self._closed: dict[str, str] | None = None
        self._holds = state.holds
        self._seq = state.seq
        self._debt = state.debt
        self._moved_to = state.moved_to

    def post(self, entry: Entry) -> None:
        for terms in entry.lots:
            if not self._has(terms.id):
                self._lots[terms.id] = Lot(
                    terms.id, terms.origin, terms.expires_at, clawed=terms.clawed, word=terms.word
                )
        for part in entry.parts:
            self._lots[part.lot] = _moved(self._lot(part.lot), part, entry.at)
        for lot_id, amount in entry.clawed:
            lot = self._lot(lot_id)
            self._lots[lot_id] = replace(lot, clawed=lot.clawed + amount, word=entry.word)
        for lot_id in _touched(entry):
            self._put_away(self._lots[lot_id])
        self._holds = _holds_after(self._holds, entry)
        self._seq = entry.seq
        self._debt += entry.debt
        self._moved_to = entry.counterpart if entry.kind is Kind.MOVE_OUT else self._moved_to

    def state(self) -> State:
        return State(
            account=self._before.account,
            seq=self._seq,
            lots=tuple(self._lots.values()),
            holds=self._holds,
            debt=self._debt,
            moved_to=self._moved_to,
            closed=self._before.closed if self._closed is None else tuple(self._closed.values()),
        )

    def _used_up(self) -> dict[str, str]:
        """The closed lots by id, sorted out only once an entry has to do with one."""
        if self._closed is None:
            self._closed = by_id(self._before.closed)
        return self._closed

    def _has(self, lot_id: str) -> bool:
        """Whether the account has this lot. One that is used up is taken into use again thereby."""
        if lot_id not in self._lots and (text := self._used_up().pop(lot_id, None)) is not None:
            self._lots[lot_id] = unpacked(text)
        return lot_id in self._lots

    def _lot(self, lot_id: str) -> Lot:
        if not self._has(lot_id):
            raise KeyError(lot_id)
        return self._lots[lot_id]

    def _put_away(self, lot: Lot) -> None:
        """A free lot that is used up is forgotten, so that a state does not grow by one lot a day for ever.

        Lots of the other origins are kept: a payment can be reversed long after its credits are spent.
        """
        if lot.remaining or lot.held or not lot.granted:
            return
        del self._lots[lot.id]
        if lot.origin is not Origin.FREE or lot.moved:
            self._used_up()[lot.id] = packed(lot)


def _touched(entry: Entry) -> dict[str, None]:
    """The ids of the lots an entry has to do with, in its own order, so that every replay gives the same state."""
    ids = chain(
        (terms.id for terms in entry.lots), (part.lot for part in entry.parts), (id_ for id_, _ in entry.clawed)
    )
    return dict.fromkeys(ids)


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
