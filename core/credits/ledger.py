"""The ledger: append an operation's entry exactly once, whoever else is writing.

Crash table of `execute` (the store appends the entry and may keep the new state as snapshot in one write):
  before the append   nothing is on disk                        the caller's retry starts over
  after the append    the entry is on disk, perhaps unanswered  a retry finds the operation id and returns it
  snapshot not moved  the entry is in the tail                  the next load folds it in
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from weakref import WeakValueDictionary

from core.clock import Clock, Millis
from core.credits.apply import apply, fold
from core.credits.decide import burn_order, decide, due_lapse
from core.credits.model import Balance, Entry, Kind, MoveIn, MoveOut, Operation, State, is_past
from core.errors import AccountMoved, NothingToMove, StoreBusy
from core.stores.ports import Appended, LedgerStore, OperationKnown

MAX_LOST_RACES = 1_000
MAX_MERGE_DEPTH = 16


class Ledger:
    """Executes operations and answers what an account has.

    The locks only spare one process from racing itself; correctness rests on the store's two unique keys.
    """

    def __init__(self, store: LedgerStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def execute(self, operation: Operation) -> Entry:
        """Append the operation's entry exactly once. The insert is the atomic check-and-decrement.

        Raises what `decide` raises: InsufficientCredits, TooManyInFlight, AccountMoved or another LedgerError.
        """
        async with self._locks.setdefault(operation.account, asyncio.Lock()):
            async for state, known in self._fresh_states(operation):
                if known is not None:
                    return known
                now = self.clock.now()
                lapse = due_lapse(state, now)
                entry = decide(state, lapse or operation, now)
                outcome = await self.store.append(entry, apply(state, entry))
                match outcome:
                    case Appended() if lapse is None:
                        return entry
                    case OperationKnown(entry=other) if lapse is None:
                        return other
                    case _:
                        continue
        raise StoreBusy

    async def follow(self, operation: Operation) -> Entry:
        """Like `execute`, but an account that was merged away passes the operation on to where it went."""
        for _ in range(MAX_MERGE_DEPTH):
            try:
                return await self.execute(operation)
            except AccountMoved as moved:
                operation = replace(operation, account=moved.to)
        raise StoreBusy

    async def state(self, account: str) -> State:
        loaded = await self.store.load(account, None)
        return fold(loaded.snapshot or State(account), loaded.tail)

    async def balance(self, account: str) -> Balance:
        """What the account can spend now, what is held, owed, and what expires when."""
        now = self.clock.now()
        state = await self.state(account)
        return balance_of(state, now)

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

    async def _fresh_states(self, operation: Operation) -> AsyncIterator[tuple[State, Entry | None]]:
        """The state now, and again after each lost race."""
        for _ in range(MAX_LOST_RACES):
            loaded = await self.store.load(operation.account, operation.op)
            yield fold(loaded.snapshot or State(operation.account), loaded.tail), loaded.known


def balance_of(state: State, now: Millis) -> Balance:
    expiring = tuple(
        (lot.remaining, lot.expires_at)
        for lot in burn_order(state.lots)
        if lot.expires_at is not None and lot.remaining and not is_past(lot, now)
    )
    return Balance(state.spendable(now), state.held, state.debt, expiring)
