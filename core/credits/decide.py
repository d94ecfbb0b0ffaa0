"""All rules of credits in one pure function: `decide` turns an operation into the entry it makes.

`decide` alone judges; `apply` only moves credits between buckets as the entry says, so that a replay can
never judge differently from the day the entry was written.
"""

from collections.abc import Iterator
from dataclasses import replace

from core.clock import Millis
from core.credits.apply import apply
from core.credits.drafting import entry_of, lot_of, taken_from
from core.credits.model import (
    HOLD_ENDS,
    MAX_CREDITS,
    Bucket,
    Entry,
    Hold,
    Kind,
    LotTerms,
    Origin,
    Part,
    State,
    is_givable,
    is_past,
)
from core.credits.moving import move_in, move_out
from core.credits.operations import Adjust, EndHold, Give, Grant, Lapse, MoveOut, Operation, PlaceHold, Reverse
from core.credits.reversing import reversal
from core.errors import (
    AccountMoved,
    BadAmount,
    CannotGive,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    SettleExceedsHold,
    TooManyInFlight,
)


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


def _draft(state: State, operation: Operation, now: Millis) -> Entry:
    match operation:
        case EndHold():
            return _end(state, operation, now)
        case Lapse():
            return _lapse(state, operation, now)
        case MoveOut():
            return move_out(state, operation, now)
    if state.moved_to is not None:
        raise AccountMoved(state.account, state.moved_to)
    match operation:
        case Grant():
            return _grant(state, operation, now)
        case PlaceHold():
            return _hold(state, operation, now)
        case Reverse():
            return reversal(state, operation, now)
        case Adjust():
            return _adjust(state, operation, now)
        case Give():
            return _give(state, operation, now)
        case _:
            return move_in(state, operation, now)


def _grant(state: State, grant: Grant, now: Millis) -> Entry:
    if not 0 < grant.amount <= MAX_CREDITS - state.available - state.held:
        raise BadAmount(f"A grant of {grant.amount} credits is not possible.")
    terms = LotTerms(grant.op, grant.origin, grant.expires_at, granted=grant.amount)
    parts = (Part(grant.op, Bucket.GRANTED, Bucket.REMAINING, grant.amount),)
    return entry_of(state, grant, Kind.GRANT, grant.amount, parts, now, lots=(terms,))


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
    parts = tuple(taken_from(state.lots, hold.amount, Bucket.HELD, now))
    return entry_of(state, hold, Kind.HOLD, 0, parts, now, hold=hold.job, hold_expires_at=hold.expires_at)


def _end(state: State, end: EndHold, now: Millis) -> Entry:
    hold = next((hold for hold in state.holds if hold.id == end.job), None)
    if hold is None or end.kind not in HOLD_ENDS:
        raise HoldNotOpen(f"Account {state.account} has no open hold for job {end.job}.")
    charge = end.amount if end.kind is Kind.SETTLE else 0
    if not 0 <= charge <= hold.amount:
        raise SettleExceedsHold(f"Job {end.job} holds {hold.amount} credits; {charge} cannot be charged.")
    parts = tuple(_charge(hold, charge))
    return entry_of(state, end, end.kind, -charge, parts, now, hold=hold.id)


def _charge(hold: Hold, charge: int) -> Iterator[Part]:
    for lot, amount in hold.parts:
        spent = min(amount, charge)
        charge -= spent
        if spent:
            yield Part(lot, Bucket.HELD, Bucket.SPENT, spent)
        if amount - spent:
            yield Part(lot, Bucket.HELD, Bucket.REMAINING, amount - spent)


def _lapse(state: State, lapse: Lapse, now: Millis) -> Entry:
    lot = lot_of(state, lapse.lot)
    if not lot.remaining or not is_past(lot, now):
        raise BadAmount(f"Lot {lot.id} has nothing that expired.")
    parts = (Part(lot.id, Bucket.REMAINING, Bucket.EXPIRED, lot.remaining),)
    return entry_of(state, lapse, Kind.LAPSE, -lot.remaining, parts, now)


def _adjust(state: State, adjust: Adjust, now: Millis) -> Entry:
    if adjust.amount == 0 or not adjust.ref.strip():
        raise BadAmount("An adjustment needs an amount other than 0 and a reason.")
    if adjust.amount > 0:
        grant = Grant(adjust.account, adjust.op, adjust.amount, Origin.PROMO, ref=adjust.ref)
        return replace(_grant(state, grant, now), kind=Kind.ADJUST)
    available = state.spendable(now)
    if available < -adjust.amount:
        raise InsufficientCredits(-adjust.amount, available)
    parts = tuple(taken_from(state.lots, -adjust.amount, Bucket.REVERSED, now))
    return entry_of(state, adjust, Kind.ADJUST, adjust.amount, parts, now)


def _give(state: State, give: Give, now: Millis) -> Entry:
    if give.amount < 0:
        raise BadAmount(f"{give.amount} credits cannot be given.")
    if state.givable(now) < give.amount:
        raise CannotGive(give.amount, state.givable(now))
    parts = tuple(taken_from((lot for lot in state.lots if is_givable(lot)), give.amount, Bucket.MOVED, now))
    return entry_of(state, give, Kind.GIVE, -give.amount, parts, now, counterpart=give.to)


def _with_repayment(state: State, entry: Entry, now: Millis) -> Entry:
    """While there is debt, whatever becomes available repays it within the same entry."""
    if state.debt + entry.debt <= 0:
        return entry
    after = apply(state, entry)
    owed = min(after.debt, after.spendable(now))
    if owed <= 0 or after.moved_to is not None:
        return entry
    parts = tuple(taken_from(after.lots, owed, Bucket.SPENT, now))
    return replace(entry, parts=entry.parts + parts, debt=entry.debt - owed)
