"""Closing an account in favour of another one: all that is not held goes along, and so does the debt."""

from collections.abc import Iterable, Iterator, Mapping

from core.clock import Millis
from core.credits.closed import all_lots
from core.credits.drafting import entry_of
from core.credits.model import Bucket, Entry, Kind, Lot, LotTerms, Part, State
from core.credits.operations import MoveIn, MoveOut
from core.errors import AccountMoved, NothingToMove


def move_out(state: State, move: MoveOut, now: Millis) -> Entry:
    """The entry that closes an account. Raises AccountMoved (it went elsewhere) or NothingToMove."""
    if state.moved_to not in (None, move.to):
        raise AccountMoved(state.account, state.moved_to or "")
    if state.moved_to and not state.available and not state.debt:
        raise NothingToMove(f"Account {state.account} has nothing left to move.")
    parts = tuple(Part(lot.id, Bucket.REMAINING, Bucket.MOVED, lot.remaining) for lot in state.lots if lot.remaining)
    terms = tuple(_terms(lot) for lot in all_lots(state))
    amount = state.debt - state.available
    return entry_of(state, move, Kind.MOVE_OUT, amount, parts, now, debt=-state.debt, lots=terms, counterpart=move.to)


def _terms(lot: Lot) -> LotTerms:
    return LotTerms(lot.id, lot.origin, lot.expires_at, lot.granted, lot.clawed, lot.word, lot.expired)


def move_in(state: State, move: MoveIn, now: Millis) -> Entry:
    """The entry that takes in what another account's closing entry moved out."""
    out = move.out
    arriving = {part.lot: part.amount for part in out.parts}
    known = {lot.id for lot in all_lots(state)}
    new = tuple(terms for terms in out.lots if terms.id not in known)
    parts = (*_opening(new, arriving), *_returning(known, arriving))
    amount = sum(arriving.values()) + out.debt
    return entry_of(state, move, Kind.MOVE_IN, amount, parts, now, debt=-out.debt, lots=new, counterpart=out.account)


def _opening(new: Iterable[LotTerms], arriving: Mapping[str, int]) -> Iterator[Part]:
    """A lot seen for the first time: what arrives can be spent, what had expired is known, the rest stayed there."""
    for terms in new:
        here = arriving.get(terms.id, 0)
        if here:
            yield Part(terms.id, Bucket.GRANTED, Bucket.REMAINING, here)
        if terms.expired:
            yield Part(terms.id, Bucket.GRANTED, Bucket.EXPIRED, terms.expired)
        if elsewhere := terms.granted - here - terms.expired:
            yield Part(terms.id, Bucket.GRANTED, Bucket.MOVED, elsewhere)


def _returning(known: set[str], arriving: Mapping[str, int]) -> Iterator[Part]:
    """A lot seen before: the rest of it follows, after a hold on the closed account was released."""
    for lot, amount in arriving.items():
        if lot in known:
            yield Part(lot, Bucket.MOVED, Bucket.REMAINING, amount)
