"""The ledger: append an operation's entry exactly once, whoever else is writing.

Crash table of `execute` (the store appends the entry and may keep the new state as snapshot in one write):
  before the append   nothing is on disk                        the caller's retry starts over
  after the append    the entry is on disk, perhaps unanswered  a retry finds the operation id and returns it
  snapshot not moved  the entry is in the tail                  the next load folds it in

An entry is decided from the state this process remembers, if it does. Should that be stale:
  the entry's number is taken     nothing was written; the state is read afresh and the entry decided anew
  the operation is known          its entry is the answer, whatever was decided
  it says no                      that does not count: a refusal rests on a fresh state only
  the append fails or is stopped  the state was forgotten when it was taken from memory
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from core.clock import Clock, Millis
from core.credits.apply import apply, fold
from core.credits.decide import decide, due_lapse
from core.credits.drafting import burn_order
from core.credits.memory import RecentStates
from core.credits.model import Balance, Entry, Kind, State, is_past
from core.credits.operations import MoveIn, MoveOut, Operation
from core.errors import AccountMoved, EaselError, NothingToMove, StoreBusy
from core.stores.ports import Appended, LedgerStore, Loaded, OperationKnown, SequenceTaken

MAX_LOST_RACES = 1_000
LOTS_WORTH_SAVING = 32
"""A state with fewer lots is saved with each entry; with twice as many, at every second one, and so on."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next entry of an account and what it leads to: the operation asked for, or a lapse that is due before."""

    entry: Entry
    after: State
    is_lapse: bool


Entered = Callable[[Entry], Awaitable[None]]
"""Hears of entries, perhaps several times, or not at all after a crash. Raises nothing."""
Seen = Callable[[Entry], None]
"""Sees each entry that this process appends, once. Raises nothing."""


class Ledger:
    """Executes operations and answers what an account has.

    The locks only spare one process from racing itself; correctness rests on the store's two unique keys.
    Answers are read from the store each time, so that they include what other processes wrote.
    """

    def __init__(
        self, store: LedgerStore, clock: Clock, entered: Entered | None = None, appended: Seen | None = None
    ) -> None:
        self.store = store
        self.clock = clock
        self._appended = appended
        self._entered = entered
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._recent = RecentStates()

    async def execute(self, operation: Operation) -> Entry:
        """Append the operation's entry exactly once. The insert is the atomic check-and-decrement.

        Raises what `decide` raises: InsufficientCredits, TooManyInFlight, AccountMoved or another LedgerError.
        """
        entry = await self._execute(operation)
        if self._entered is not None:
            await self._entered(entry)
        return entry

    async def _execute(self, operation: Operation) -> Entry:
        async with self._locks.setdefault(operation.account, asyncio.Lock()):
            for _ in range(MAX_LOST_RACES):
                step = self._remembered_step(operation) or await self._fresh_step(operation)
                if isinstance(step, Entry):
                    return step
                match await self._append(step):
                    case Appended() if not step.is_lapse:
                        return step.entry
                    case OperationKnown(entry=known) if not step.is_lapse:
                        return known
        raise StoreBusy

    async def follow(self, operation: Operation) -> Entry:
        """Like `execute`, but an account that was merged away passes the operation on to where it went.

        As often as it takes: were there a most, somebody with one more linked account could not be taken from, and
        whoever does it for everybody would get stuck there. Raises StoreBusy for a ring, which links cannot make.
        """
        passed: set[str] = set()
        while operation.account not in passed:
            passed.add(operation.account)
            try:
                return await self.execute(operation)
            except AccountMoved as moved:
                operation = replace(operation, account=moved.to)
        raise StoreBusy

    async def state(self, account: str) -> State:
        """The account's state as the store has it now."""
        return _folded(account, await self.store.load(account, None))

    async def balance(self, account: str) -> Balance:
        """What the account can spend now, what is held, owed, and what expires when."""
        now = self.clock.now()
        state = await self.state(account)
        return balance_of(state, now)

    async def balances(self, accounts: Collection[str]) -> dict[str, Balance]:
        """The same of several accounts, read at once."""
        now = self.clock.now()
        loaded = await self.store.load_all(accounts)
        return {account: balance_of(_folded(account, loaded[account]), now) for account in accounts}

    async def entry(self, account: str, op: str) -> Entry | None:
        """The entry of an operation, if it has one."""
        return (await self.store.load(account, op)).known

    async def drain(self, source: str, target: str) -> bool:
        """Move what is left on a merged account to its heir. True when nothing can follow any more.

        Crash-safe: an entry moved out whose counterpart is missing is moved in by the next call.
        """
        try:
            while True:
                # The state's number makes the id: two drains of one state are one operation.
                seq = (await self.state(source)).seq + 1
                await self.execute(MoveOut(source, f"merge:{source}:{seq}", target, ref=f"merged into {target}"))
        except NothingToMove:
            pass
        left = await self.state(source)  # read first: what another process moves out after this is not ours to judge
        for out in await self.store.entries(source, kind=Kind.MOVE_OUT):
            await self.follow(MoveIn(target, out, ref=f"merged from {source}"))
        return not (left.holds or left.available or left.debt)

    def _remembered_step(self, operation: Operation) -> Step | None:
        """The step from the remembered state. None when there is none, or when it says no: it may be stale."""
        state = self._recent.take(operation.account)
        if state is None:
            return None
        try:
            return _step(state, operation, self.clock.now())
        except EaselError:
            return None

    async def _fresh_step(self, operation: Operation) -> Step | Entry:
        """The step from the state as the store has it, or the entry that the operation has already."""
        loaded = await self.store.load(operation.account, operation.op)
        if loaded.known is not None:
            return loaded.known
        return _step(_folded(operation.account, loaded), operation, self.clock.now())

    async def _append(self, step: Step) -> Appended | SequenceTaken | OperationKnown:
        """Append the step's entry, and remember the state after it only once it is durable."""
        outcome = await self.store.append(step.entry, step.after if is_snapshot_due(step.after) else None)
        if isinstance(outcome, Appended):
            self._recent.keep(step.after)
            if self._appended is not None:
                self._appended(step.entry)
        return outcome


def _step(state: State, operation: Operation, now: Millis) -> Step:
    lapse = due_lapse(state, now)
    entry = decide(state, lapse or operation, now)
    return Step(entry, apply(state, entry), is_lapse=lapse is not None)


def _folded(account: str, loaded: Loaded) -> State:
    return fold(loaded.snapshot or State(account), loaded.tail)


def is_snapshot_due(state: State) -> bool:
    """Whether to save this state, so that later loads start from it. Decided here for every store.

    Saving takes as long as the state is large, so a larger one is saved at fewer entries: their cost stays the same,
    and the tail that a load folds takes no longer than the state itself. Powers of two, so that none is passed over.
    """
    size = len(state.lots) + len(state.closed)
    return state.seq % (1 << (size // LOTS_WORTH_SAVING).bit_length()) == 0


def balance_of(state: State, now: Millis) -> Balance:
    expiring = tuple(
        (lot.remaining, lot.expires_at)
        for lot in burn_order(state.lots)
        if lot.expires_at is not None and lot.remaining and not is_past(lot, now)
    )
    return Balance(state.spendable(now), state.held, state.debt, expiring)
