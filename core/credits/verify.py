"""Check the books: replay every entry, independently of `apply`, against the invariants I1 to I10.

I1 nothing is negative · I2 available + held - debt = sum of entries · I3 one operation, one effect · I4 a hold
ends once · I5 numbers are gapless · I6 what was acknowledged is there · I7 lots add up · I8 one payment, one
credit, reversals within it · I9 a replay gives the snapshot · I10 what one account gives, one other gets, once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.credits.apply import fold
from core.credits.closed import all_lots
from core.credits.gifts import Gifts
from core.credits.model import HOLD_ENDS, Bucket, Entry, Kind, Origin, State
from core.credits.operations import end_op
from core.credits.problems import Problem
from core.jobs.model import Job, JobState
from core.stores.ports import Stores

BOUGHT = (Origin.PAID, Origin.SUBSCRIPTION)


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what was found."""

    accounts: int
    entries: int
    open_holds: int
    problems: tuple[Problem, ...]


async def verify_ledger(stores: Stores) -> Report:
    """Check every account, and the jobs against the ledger."""
    problems: list[Problem] = []
    bought: defaultdict[str, list[str]] = defaultdict(list)
    gifts = Gifts()
    owners = await stores.jobs.accounts()
    accounts = sorted({*await stores.ledger.accounts(), *owners})
    sponsored = [job for owner in owners for job in await stores.jobs.all_jobs([owner]) if job.payer is not None]
    checked = open_holds = 0
    for account in accounts:
        try:
            entries = await stores.ledger.entries(account)
            snapshot = await stores.ledger.snapshot(account)
        except ValueError as error:
            problems.append(Problem(account, "I9", f"the books cannot be read ({error.__class__.__name__})"))
            continue
        problems += check_entries(account, entries)
        problems += check_snapshot(account, entries, snapshot)
        own = [job for job in await stores.jobs.all_jobs([account]) if job.payer is None]
        problems += check_jobs(account, entries, [*own, *(job for job in sponsored if job.payer == account)])
        for op in _payments(entries):
            bought[op].append(account)
        gifts.note(entries)
        checked += len(entries)
        open_holds += len(_open_holds(entries))
    for op, owners in bought.items():
        if len(owners) > 1:
            problems.append(Problem(owners[0], "I8", f"{op} was credited to {', '.join(owners)}"))
    problems += await gifts.problems(stores)
    return Report(len(accounts), checked, open_holds, tuple(problems))


def check_entries(account: str, entries: Sequence[Entry]) -> Iterator[Problem]:
    """I1, I2, I3, I4, I5, I7 and I8 within one account."""
    books = _Books(account)
    for number, entry in enumerate(entries, 1):
        if entry.seq != number:
            yield Problem(account, "I5", f"entry {number} is missing (found {entry.seq})")
            return
        yield from books.post(entry)


def check_snapshot(account: str, entries: Sequence[Entry], snapshot: State | None) -> Iterator[Problem]:
    """I9, and I6 for entries that the snapshot knew of."""
    if snapshot is None:
        return
    if snapshot.seq > len(entries):
        yield Problem(account, "I6", f"the snapshot has seen entry {snapshot.seq}, {len(entries)} are there")
        return
    try:
        replayed = fold(State(account), entries[: snapshot.seq])
    except (KeyError, ValueError) as error:
        yield Problem(account, "I9", f"the entries cannot be replayed ({error!r})")
        return
    if _comparable(replayed) != _comparable(snapshot):
        yield Problem(account, "I9", f"a replay of {snapshot.seq} entries differs from the snapshot")


def check_jobs(account: str, entries: Sequence[Entry], jobs: Iterable[Job]) -> Iterator[Problem]:
    """I4 and I6 across the job documents: what they say was charged is what the ledger charged."""
    by_op = {entry.op: entry for entry in entries}
    known = set()
    for job in jobs:
        known.add(job.id)
        end = by_op.get(end_op(job.id))
        charged = -end.amount if end is not None else 0
        if job.settled_at is not None and job.charged != charged:
            yield Problem(account, "I6", f"job {job.id} says {job.charged} were charged, the ledger {charged}")
        if job.settled_at is not None and job.state is JobState.DONE and job.quote.total and end is None:
            yield Problem(account, "I4", f"job {job.id} is settled, its hold is not")
    for hold in _open_holds(entries) - known:
        yield Problem(account, "I4", f"the hold of job {hold} is open and there is no such job")


class _Books:
    """Buckets per lot as the parts alone say, without the rules that made them."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.buckets: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.holds: dict[str, int] = {}
        self.ended: set[str] = set()
        self.ops: set[str] = set()
        self.debt = 0
        self.sum = 0

    def post(self, entry: Entry) -> Iterator[Problem]:
        for invariant, what in self._post(entry):
            yield Problem(self.account, invariant, f"entry {entry.seq} ({entry.op}): {what}")

    def _post(self, entry: Entry) -> Iterator[tuple[str, str]]:
        if entry.op in self.ops:
            yield "I3", "the operation has an entry already"
        self.ops.add(entry.op)
        for part in entry.parts:
            if part.amount <= 0 or Bucket.GRANTED is part.target:
                yield "I7", f"lot {part.lot} gets {part.amount} credits as {part.target}"
            lot = self.buckets[part.lot]
            lot[part.target] += part.amount
            if part.source is Bucket.GRANTED:
                lot["granted"] += part.amount
            else:
                lot[part.source] -= part.amount
                if lot[part.source] < 0:
                    yield "I1", f"lot {part.lot} has {lot[part.source]} credits {part.source}"
        yield from self._lots(entry)
        yield from self._holds(entry)
        yield from self._sums(entry)

    def _lots(self, entry: Entry) -> Iterator[tuple[str, str]]:
        for terms in entry.lots:
            self.buckets[terms.id]["clawed"] += terms.clawed if entry.kind is Kind.MOVE_IN else 0
            if entry.kind in (Kind.GRANT, Kind.ADJUST) and self.buckets[terms.id]["granted"] != terms.granted:
                yield "I7", f"lot {terms.id} was granted {terms.granted}, its parts say otherwise"
        for lot_id, amount in entry.clawed:
            lot = self.buckets[lot_id]
            lot["clawed"] += amount
            if not 0 <= lot["clawed"] <= lot["granted"]:
                yield "I8", f"{lot['clawed']} of the {lot['granted']} credits of lot {lot_id} were reversed"
        for lot_id in {part.lot for part in entry.parts}:
            lot = self.buckets[lot_id]
            inside = sum(lot[b] for b in Bucket if b is not Bucket.GRANTED)
            if inside != lot["granted"]:
                yield "I7", f"lot {lot_id} was granted {lot['granted']} and holds {inside}"

    def _holds(self, entry: Entry) -> Iterator[tuple[str, str]]:
        if entry.kind is Kind.HOLD and entry.hold is not None:
            self.holds[entry.hold] = sum(part.amount for part in entry.parts if part.target is Bucket.HELD)
        if entry.kind not in HOLD_ENDS:
            return
        if entry.hold in self.ended:
            yield "I4", f"the hold of job {entry.hold} ended before"
        elif entry.hold not in self.holds:
            yield "I4", f"job {entry.hold} has no hold that could end"
        elif -entry.amount > self.holds[entry.hold]:
            yield "I4", f"{-entry.amount} were charged of {self.holds[entry.hold]} held"
        self.ended.add(entry.hold or "")

    def _sums(self, entry: Entry) -> Iterator[tuple[str, str]]:
        self.debt += entry.debt
        self.sum += entry.amount
        if self.debt < 0:
            yield "I1", f"the debt is {self.debt}"
        have = sum(lot[Bucket.REMAINING] + lot[Bucket.HELD] for lot in self.buckets.values())
        if have - self.debt != self.sum:
            yield "I2", f"available + held - debt is {have - self.debt}, the entries add up to {self.sum}"


def _open_holds(entries: Iterable[Entry]) -> set[str]:
    held = {entry.hold for entry in entries if entry.kind is Kind.HOLD and entry.hold}
    return held - {entry.hold for entry in entries if entry.kind in HOLD_ENDS}


def _payments(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.kind is Kind.GRANT and any(terms.origin in BOUGHT for terms in entry.lots):
            yield entry.op


def _comparable(state: State) -> tuple[object, ...]:
    return (state.seq, state.debt, state.moved_to, {lot.id: lot for lot in all_lots(state)}, set(state.holds))
