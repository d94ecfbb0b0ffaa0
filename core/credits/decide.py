"""All rules of credits in one pure function: `decide` turns an operation into the entry it makes.

`decide` alone judges; `apply` only moves credits between buckets as the entry says, so that a replay can
never judge differently from the day the entry was written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core.clock import Millis
from core.credits.apply import apply
from core.credits.closed import all_lots, by_id, unpacked
from core.credits.model import (
    HOLD_ENDS,
    MAX_CREDITS,
    Adjust,
    Bucket,
    EndHold,
    Entry,
    Give,
    Grant,
    Hold,
    Kind,
    Lapse,
    Lot,
    LotTerms,
    MoveIn,
    MoveOut,
    Operation,
    Origin,
    Part,
    PlaceHold,
    Reverse,
    State,
    is_givable,
    is_past,
)
from core.errors import (
    AccountMoved,
    BadAmount,
    CannotGive,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    NothingToMove,
    ReversalExceedsGrant,
    SettleExceedsHold,
    TooManyInFlight,
    UnknownLot,
    WordOutdated,
)

FOREVER = 2**63 - 1


def decide(state: State, operation: Operation, now: Millis) -> Entry:
    """The entry that this operation makes in this state.

    Raises InsufficientCredits or TooManyInFlight (refusals), AccountMoved (ask there), or another LedgerError
    (the caller asked for something that makes no sense).
    """
    draft = _draft(state, operation, now)
    return _with_repayment(state, draft, now)


def due_lapse(state: State, now: Millis) -> Lapse | None:
    """The next lot whose expiry is due to be recorded, if any."""
    for lot in state.lots:
        if lot.remaining and is_past(lot, now):
            return Lapse(state.account, f"lapse:{lot.id}:{state.seq + 1}", lot.id)
    return None


def burn_order(lots: Iterable[Lot]) -> list[Lot]:
    """Free first, then subscription, promo, paid; within one of these what expires soonest."""
    return sorted(lots, key=lambda lot: (lot.origin, FOREVER if lot.expires_at is None else lot.expires_at))


# --- decide ------------------------------------------------------------------------------------------------


def _draft(state: State, operation: Operation, now: Millis) -> Entry:
    match operation:
        case EndHold():
            return _end(state, operation, now)
        case Lapse():
            return _lapse(state, operation, now)
        case MoveOut():
            return _move_out(state, operation, now)
    if state.moved_to is not None:
        raise AccountMoved(state.account, state.moved_to)
    match operation:
        case Grant():
            return _grant(state, operation, now)
        case PlaceHold():
            return _hold(state, operation, now)
        case Reverse():
            return _reverse(state, operation, now)
        case Adjust():
            return _adjust(state, operation, now)
        case Give():
            return _give(state, operation, now)
        case _:
            return _move_in(state, operation, now)


def _grant(state: State, grant: Grant, now: Millis) -> Entry:
    if not 0 < grant.amount <= MAX_CREDITS - state.available - state.held:
        raise BadAmount(f"A grant of {grant.amount} credits is not possible.")
    terms = LotTerms(grant.op, grant.origin, grant.expires_at, granted=grant.amount)
    parts = (Part(grant.op, Bucket.GRANTED, Bucket.REMAINING, grant.amount),)
    return _entry(state, grant, Kind.GRANT, grant.amount, parts, now, lots=(terms,))


def _hold(state: State, hold: PlaceHold, now: Millis) -> Entry:
    if not 0 <= hold.amount <= MAX_CREDITS:
        raise BadAmount(f"A hold of {hold.amount} credits is not possible.")
    if hold.expires_at <= now:  # so late that the sweeper may have forgotten the job
        raise Interrupted
    if len(state.holds) >= hold.max_open:
        raise TooManyInFlight(hold.max_open)
    available = state.spendable(now)
    if available < hold.amount:
        raise InsufficientCredits(hold.amount, available)
    parts = tuple(_take(state.lots, hold.amount, Bucket.HELD, now))
    return _entry(state, hold, Kind.HOLD, 0, parts, now, hold=hold.job, hold_expires_at=hold.expires_at)


def _end(state: State, end: EndHold, now: Millis) -> Entry:
    hold = next((hold for hold in state.holds if hold.id == end.job), None)
    if hold is None or end.kind not in HOLD_ENDS:
        raise HoldNotOpen(f"Account {state.account} has no open hold for job {end.job}.")
    charge = end.amount if end.kind is Kind.SETTLE else 0
    if not 0 <= charge <= hold.amount:
        raise SettleExceedsHold(f"Job {end.job} holds {hold.amount} credits; {charge} cannot be charged.")
    parts = tuple(_charge(hold, charge))
    return _entry(state, end, end.kind, -charge, parts, now, hold=hold.id)


def _charge(hold: Hold, charge: int) -> Iterator[Part]:
    for lot, amount in hold.parts:
        spent = min(amount, charge)
        charge -= spent
        if spent:
            yield Part(lot, Bucket.HELD, Bucket.SPENT, spent)
        if amount - spent:
            yield Part(lot, Bucket.HELD, Bucket.REMAINING, amount - spent)


def _lapse(state: State, lapse: Lapse, now: Millis) -> Entry:
    lot = _lot(state, lapse.lot)
    if not lot.remaining or not is_past(lot, now):
        raise BadAmount(f"Lot {lot.id} has nothing that expired.")
    parts = (Part(lot.id, Bucket.REMAINING, Bucket.EXPIRED, lot.remaining),)
    return _entry(state, lapse, Kind.LAPSE, -lot.remaining, parts, now)


def _reverse(state: State, reverse: Reverse, now: Millis) -> Entry:
    lot = _lot(state, reverse.lot)
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
    return _entry(state, reverse, Kind.REVERSE, gone - amount, parts, now, debt=amount - taken - gone)


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
    return _entry(state, reverse, Kind.RESTORE, amount, parts, now, debt=-forgiven, lots=lots)


def _adjust(state: State, adjust: Adjust, now: Millis) -> Entry:
    if adjust.amount == 0 or not adjust.ref.strip():
        raise BadAmount("An adjustment needs an amount other than 0 and a reason.")
    if adjust.amount > 0:
        grant = Grant(adjust.account, adjust.op, adjust.amount, Origin.PROMO, ref=adjust.ref)
        return replace(_grant(state, grant, now), kind=Kind.ADJUST)
    available = state.spendable(now)
    if available < -adjust.amount:
        raise InsufficientCredits(-adjust.amount, available)
    parts = tuple(_take(state.lots, -adjust.amount, Bucket.REVERSED, now))
    return _entry(state, adjust, Kind.ADJUST, adjust.amount, parts, now)


def _give(state: State, give: Give, now: Millis) -> Entry:
    if give.amount < 0:
        raise BadAmount(f"{give.amount} credits cannot be given.")
    if state.givable(now) < give.amount:
        raise CannotGive(give.amount, state.givable(now))
    parts = tuple(_take((lot for lot in state.lots if is_givable(lot)), give.amount, Bucket.MOVED, now))
    return _entry(state, give, Kind.GIVE, -give.amount, parts, now, counterpart=give.to)


def _move_out(state: State, move: MoveOut, now: Millis) -> Entry:
    if state.moved_to not in (None, move.to):
        raise AccountMoved(state.account, state.moved_to or "")
    if state.moved_to and not state.available and not state.debt:
        raise NothingToMove(f"Account {state.account} has nothing left to move.")
    parts = tuple(Part(lot.id, Bucket.REMAINING, Bucket.MOVED, lot.remaining) for lot in state.lots if lot.remaining)
    terms = tuple(_terms(lot) for lot in all_lots(state))
    amount = state.debt - state.available
    return _entry(state, move, Kind.MOVE_OUT, amount, parts, now, debt=-state.debt, lots=terms, counterpart=move.to)


def _terms(lot: Lot) -> LotTerms:
    return LotTerms(lot.id, lot.origin, lot.expires_at, lot.granted, lot.clawed, lot.word, lot.expired)


def _move_in(state: State, move: MoveIn, now: Millis) -> Entry:
    out = move.out
    arriving = {part.lot: part.amount for part in out.parts}
    known = {lot.id for lot in all_lots(state)}
    new = tuple(terms for terms in out.lots if terms.id not in known)
    parts = (*_opening(new, arriving), *_returning(known, arriving))
    amount = sum(arriving.values()) + out.debt
    return _entry(state, move, Kind.MOVE_IN, amount, parts, now, debt=-out.debt, lots=new, counterpart=out.account)


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


def _with_repayment(state: State, entry: Entry, now: Millis) -> Entry:
    """While there is debt, whatever becomes available repays it within the same entry."""
    if state.debt + entry.debt <= 0:
        return entry
    after = apply(state, entry)
    owed = min(after.debt, after.spendable(now))
    if owed <= 0 or after.moved_to is not None:
        return entry
    parts = tuple(_take(after.lots, owed, Bucket.SPENT, now))
    return replace(entry, parts=entry.parts + parts, debt=entry.debt - owed)


def _take(lots: Iterable[Lot], amount: int, target: Bucket, now: Millis) -> Iterator[Part]:
    """So many spendable credits in burn order."""
    for lot in burn_order(lots):
        if amount and lot.remaining and not is_past(lot, now):
            taken = min(lot.remaining, amount)
            amount -= taken
            yield Part(lot.id, Bucket.REMAINING, target, taken)


def _lot(state: State, lot_id: str) -> Lot:
    for lot in state.lots:
        if lot.id == lot_id:
            return lot
    if text := by_id(state.closed).get(lot_id):
        return unpacked(text)
    raise UnknownLot(f"Account {state.account} has no lot {lot_id}.")


def _entry(
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
