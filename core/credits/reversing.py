"""Taking credits back whose payment was taken back, and giving them again."""

from dataclasses import replace

from core.clock import Millis
from core.credits.drafting import entry_of, lot_of
from core.credits.model import Bucket, Entry, Kind, Lot, LotTerms, Part, State, is_past
from core.credits.operations import Reverse
from core.errors import ReversalExceedsGrant, WordOutdated


def reversal(state: State, reverse: Reverse, now: Millis) -> Entry:
    """The entry of a word on a payment. Raises ReversalExceedsGrant, UnknownLot, or WordOutdated."""
    lot = lot_of(state, reverse.lot)
    if not 0 <= reverse.total <= lot.granted:
        raise ReversalExceedsGrant(f"Lot {lot.id} was granted {lot.granted} credits; {reverse.total} cannot be taken.")
    if reverse.word <= lot.word:
        raise WordOutdated(f"Word {reverse.word} on lot {lot.id} comes after word {lot.word}.")
    missing = reverse.total - lot.clawed
    if reverse.spares_spent:
        missing = min(missing, lot.remaining)
    change = _take_back if missing >= 0 else _give_back
    entry = change(state, reverse, lot, abs(missing), now)
    return replace(entry, clawed=((lot.id, missing),), word=reverse.word)


def _take_back(state: State, reverse: Reverse, lot: Lot, amount: int, now: Millis) -> Entry:
    """From its lot, also what has expired there, as nobody owes credits that they could not use; the rest is debt."""
    taken = min(lot.remaining, amount)
    gone = min(lot.expired, amount - taken)
    moves = (
        Part(lot.id, Bucket.REMAINING, Bucket.REVERSED, taken),
        Part(lot.id, Bucket.EXPIRED, Bucket.REVERSED, gone),
    )
    parts = tuple(part for part in moves if part.amount)
    return entry_of(state, reverse, Kind.REVERSE, gone - amount, parts, now, debt=amount - taken - gone)


def _give_back(state: State, reverse: Reverse, lot: Lot, amount: int, now: Millis) -> Entry:
    """To its lot what was taken from there; then the debt goes down; for what had been repaid there is a new lot.

    What returns to a lot that is past can be used by nobody, so the debt that it made goes down first then, and what
    had been repaid, by credits of other lots, does not expire. (After a merge it is not known what had been repaid.)
    """
    lapsed = is_past(lot, now)
    owed = max(0, min(lot.clawed - lot.reversed, amount)) if lapsed else 0
    returned = min(lot.reversed, amount - owed)
    forgiven = min(state.debt, amount - returned)
    repaid = amount - returned - forgiven
    expires_at = None if lapsed and not lot.moved else lot.expires_at
    new = LotTerms(reverse.op, lot.origin, expires_at, granted=repaid)
    moves = (
        Part(lot.id, Bucket.REVERSED, Bucket.REMAINING, returned),
        Part(new.id, Bucket.GRANTED, Bucket.REMAINING, repaid),
    )
    parts = tuple(part for part in moves if part.amount)
    lots = (new,) if repaid else ()
    return entry_of(state, reverse, Kind.RESTORE, amount, parts, now, debt=-forgiven, lots=lots)
