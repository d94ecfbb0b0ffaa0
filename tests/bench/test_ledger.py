"""The ledger against the least that could do the job, and against itself with little in it."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.clock import HOUR
from core.credits.apply import apply, fold
from core.credits.decide import decide
from core.credits.ledger import Ledger, is_snapshot_due
from core.credits.model import Entry, Kind, Origin, State
from core.credits.operations import EndHold, Grant, Operation, PlaceHold
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.ledger import COLUMNS, ENTRY, keep
from tests.bench.measure import alternated, print_rates, print_times
from tests.bench.wallets import ACCOUNTS, DATABASES, Bench
from tests.support import NOON, ManualClock

ROUNDS = 60
HOLDS = 20
LOOKS = 50
ENTRIES = (1_000, 1_000_000)
LOTS = (5, 5_000)


@pytest.fixture(params=DATABASES)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with DATABASES[request.param](tmp_path) as bench:
        yield bench


async def rich(ledger: Ledger) -> list[str]:
    accounts = [f"a{number}" for number in range(ACCOUNTS)]
    for account in accounts:
        await ledger.execute(Grant(account, "pay", 10**9, Origin.PAID))
    return accounts


async def hold_and_settle(ledger: Ledger, account: str, job: str) -> None:
    await ledger.execute(PlaceHold(account, job, 10, NOON + HOUR, 99))
    await ledger.execute(EndHold(account, job, Kind.SETTLE, 10))


async def test_entries_a_second_one_after_another(bench: Bench) -> None:
    """Holds and their ends by turns, so that the account stays as it is; each is one durable write."""
    ledger = Ledger(bench.stores.ledger, ManualClock())
    (account, *_) = await rich(ledger)

    async def ours(round_: int) -> None:
        for number in range(HOLDS // 2):
            await hold_and_settle(ledger, account, f"{round_}-{number}")

    async def bare(_: int) -> None:
        for _number in range(HOLDS):
            await bench.bare_update(0)

    taken = await alternated(ours, bare, rounds=ROUNDS)
    print_rates("holds and ends against bare conditional updates, one after another", *taken, HOLDS)


async def test_holds_a_second_of_16_accounts_at_once(bench: Bench) -> None:
    ledger = Ledger(bench.stores.ledger, ManualClock())
    accounts = await rich(ledger)

    async def ours(round_: int) -> None:
        await asyncio.gather(*(hold_and_settle(ledger, account, str(round_)) for account in accounts))

    async def bare(_: int) -> None:
        for _half in range(2):
            await asyncio.gather(*(bench.bare_update(number) for number in range(ACCOUNTS)))

    taken = await alternated(ours, bare, rounds=ROUNDS)
    print_rates("holds and ends against bare conditional updates, 16 accounts at once", *taken, 2 * ACCOUNTS)


async def test_entries_a_second_when_another_process_wrote_before_each(bench: Bench) -> None:
    """The worst for what a process remembers: it is always stale."""
    ledgers = [Ledger(bench.stores.ledger, ManualClock()) for _ in range(2)]
    (account, *_) = await rich(ledgers[0])

    async def ours(round_: int) -> None:
        for number in range(HOLDS // 2):
            job = f"{round_}-{number}"
            await ledgers[0].execute(PlaceHold(account, job, 10, NOON + HOUR, 99))
            await ledgers[1].execute(EndHold(account, job, Kind.SETTLE, 10))

    async def bare(_: int) -> None:
        for _number in range(HOLDS):
            await bench.bare_update(0)

    taken = await alternated(ours, bare, rounds=ROUNDS)
    print_rates("the same with two processes by turns", *taken, HOLDS)


def history(account: str, entries: int, *, payments_every: int) -> Iterator[tuple[Entry, State]]:
    """A valid ledger, and the state after each entry: payments, and holds settled until they are used up."""
    state = State(account)

    def made(operation: Operation) -> tuple[Entry, State]:
        nonlocal state
        entry = decide(state, operation, NOON)
        state = apply(state, entry)
        return entry, state

    while True:
        if state.seq % payments_every == 0:
            yield made(Grant(account, f"stripe:{state.seq}", payments_every, Origin.PAID))
        for operation in (
            PlaceHold(account, f"j{state.seq}", 2, NOON + HOUR, 9),
            EndHold(account, f"j{state.seq}", Kind.SETTLE, 2),
        ):
            yield made(operation)
            if state.seq >= entries:
                return


def fill(path: Path, account: str, entries: int, *, payments_every: int) -> State:
    """Write a history straight into the file, as the store would have."""
    saved = after = State(account)

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal saved, after
        for entry, after in history(account, entries, payments_every=payments_every):
            saved = after if is_snapshot_due(after) else saved
            doc = ENTRY.dump_json(entry, exclude=set(COLUMNS), exclude_defaults=True).decode()
            yield entry.account, entry.seq, entry.op, entry.kind.value, entry.amount, entry.at, doc

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows())
        keep(connection, saved)
    return after


@pytest.mark.parametrize("payments_every", [10**9, 1_001], ids=["one payment", "a payment every 1,000 entries"])
async def test_a_balance_of_1_000_000_entries_against_one_of_1_000(tmp_path: Path, payments_every: int) -> None:
    path = tmp_path / "easel.db"
    database, stores = await open_sqlite(path)
    begun = time.perf_counter()
    states = [fill(path, f"a{size}", size, payments_every=payments_every) for size in ENTRIES]
    print(f"\nfilled in {time.perf_counter() - begun:.0f} s")
    ledger = Ledger(stores.ledger, ManualClock())
    for state in states:
        assert await ledger.state(state.account) == state
        assert fold(State(state.account), await stores.ledger.entries(state.account, limit=1_000)).seq == 1_000

    taken = await alternated(Look(ledger, f"a{ENTRIES[1]}"), Look(ledger, f"a{ENTRIES[0]}"), rounds=ROUNDS)
    lots = [len(state.lots) + len(state.closed) for state in states]
    what = f"balance with {ENTRIES[1]:,} entries and {lots[1]} lots against {ENTRIES[0]:,} and {lots[0]}"
    print_times(what, *taken, LOOKS)
    await database.close()


class Look:
    """Ask for one account's balance, as `/balance` does."""

    def __init__(self, ledger: Ledger, account: str) -> None:
        self._ledger = ledger
        self._account = account

    async def __call__(self, _: int) -> None:
        for _number in range(LOOKS):
            await self._ledger.balance(self._account)


@pytest.mark.parametrize("used_up", [False, True], ids=["unspent", "used up"])
async def test_an_entry_of_5_000_paid_lots_against_one_of_5(bench: Bench, used_up: bool) -> None:
    stores, ledger = bench.stores, Ledger(bench.stores.ledger, ManualClock())
    for lots in LOTS:
        await paid(stores, f"a{lots}", lots, used_up=used_up)

    taken = await alternated(Write(ledger, f"a{LOTS[1]}"), Write(ledger, f"a{LOTS[0]}"), rounds=ROUNDS)
    what = f"an entry with {LOTS[1]:,} {'used-up' if used_up else 'unspent'} paid lots against {LOTS[0]}"
    print_times(what, *taken, HOLDS)
    reading = await alternated(Look(ledger, f"a{LOTS[1]}"), Look(ledger, f"a{LOTS[0]}"), rounds=5)
    print_times(what.replace("an entry", "a balance"), *reading, LOOKS)


class Write:
    """Holds and their ends on one account."""

    def __init__(self, ledger: Ledger, account: str) -> None:
        self._ledger = ledger
        self._account = account

    async def __call__(self, round_: int) -> None:
        for number in range(HOLDS // 2):
            await hold_and_settle(self._ledger, self._account, f"{round_}-{number}")


async def paid(stores: Stores, account: str, lots: int, *, used_up: bool) -> None:
    """An account with so many payments, all but the last used up if so wanted."""
    state = State(account)

    async def make(operation: Operation) -> None:
        nonlocal state
        entry = decide(state, operation, NOON)
        state = apply(state, entry)
        await stores.ledger.append(entry, state if is_snapshot_due(state) else None)

    for number in range(lots):
        await make(Grant(account, f"stripe:cs_{number}", 1 if used_up else 1_000_000, Origin.PAID))
        if used_up:
            await make(PlaceHold(account, f"job{number}", 1, NOON + HOUR, 9))
            await make(EndHold(account, f"job{number}", Kind.SETTLE, 1))
    await make(Grant(account, "last", 10**9, Origin.PAID))
