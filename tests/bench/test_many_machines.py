"""What databases and workers do under load, as ratios within one run."""

import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from core.accounts.model import Identity
from core.app import App
from core.clock import HOUR
from core.credits.apply import apply
from core.credits.decide import decide
from core.credits.ledger import Ledger
from core.credits.model import EndHold, Entry, Grant, Kind, Origin, PlaceHold, State
from core.jobs.model import Job
from core.stores.opening import open_stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from core.stores.sqlite.ledger import COLUMNS, ENTRY, STATE
from tests.bench.test_ratios import bare_update, each, report
from tests.core.test_requests import accepted
from tests.faults.fleet import all_over, fleet
from tests.faults.test_workers import fleet_settings
from tests.servers import Secantus, Valkey
from tests.support import NOON, ManualClock, imagine, opened

HOLDS = 600
LOOKS = 300
JOBS = 60
MANY = 1_000_000


@asynccontextmanager
async def bare_wallet(store: str, folder: Path, mongo: Secantus) -> AsyncIterator[Callable[[int], Awaitable[object]]]:
    """The least a wallet could do on this store: one durable conditional update."""
    if store == "sqlite":
        database = await Database.open(folder / "bare.db")
        await database.write(lambda c: c.execute("CREATE TABLE wallet (id INTEGER PRIMARY KEY, credits INTEGER)"))
        await database.write(lambda c: c.execute("INSERT INTO wallet VALUES (1, 1000000000)"))
        yield lambda _: database.write(bare_update)
        await database.close()
        return
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongo.url("bare"), w="majority", journal=True)
    wallets = client["bare"]["wallet"]
    await wallets.insert_one({"_id": 1, "credits": 10**9})
    yield lambda _: wallets.update_one({"_id": 1, "credits": {"$gte": 10}}, {"$inc": {"credits": -10}})
    await client.drop_database("bare")
    await client.close()


@pytest.mark.parametrize("store", ["sqlite", "mongo"])
async def test_a_hold_against_a_bare_conditional_update(store: str, tmp_path: Path, mongo: Secantus) -> None:
    url = f"sqlite:///{tmp_path / 'easel.db'}" if store == "sqlite" else mongo.url(f"easel_{secrets.token_hex(4)}")
    async with open_stores(url) as (stores, _), bare_wallet(store, tmp_path, mongo) as bare:
        ledger = Ledger(stores.ledger, ManualClock())
        await ledger.execute(Grant("a1", "pay", 10**9, Origin.PAID))

        async def hold(number: int) -> None:
            """Hold, and end it, so that holds do not pile up; both are one conditional update each."""
            await ledger.execute(PlaceHold("a1", f"j{number}", 10, NOON + HOUR, 9))
            await ledger.execute(EndHold("a1", f"j{number}", Kind.SETTLE, 10))

        ours, theirs = [], []
        for part in range(4):  # in turns, as machines have moods
            ours += [ms / 2 for ms in await each(lambda n, part=part: hold(part * HOLDS + n), HOLDS // 4)]  # type: ignore[misc]
            theirs += await each(bare, HOLDS // 4)
        report(f"{store}: ledger entry against a bare update", ours, theirs)
        print(f"{store}: entries/s over bare updates/s: {statistics.median(theirs) / statistics.median(ours):.2f}")


async def test_a_balance_of_a_million_entries_against_one_of_a_thousand(tmp_path: Path) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    for account, entries in (("small", 1_000), ("large", MANY)):
        await filled(database, account, entries)
    ledger = Ledger(stores.ledger, ManualClock())
    assert (await ledger.entry("large", "g1")) is not None
    looks: dict[str, list[float]] = {"large": [], "small": []}
    for _ in range(4):
        for name in looks:
            looks[name] += await each(lambda _, name=name: ledger.balance(name), LOOKS // 4)  # type: ignore[misc]
    report("balance, 1,000,000 entries against 1,000", looks["large"], looks["small"])
    await database.close()


async def filled(database: Database, account: str, entries: int) -> None:
    """Valid entries, as the ledger writes them, inserted in bulk, and the snapshot it would have kept."""
    first = decide(State(account), Grant(account, "g1", 10**9, Origin.PAID), NOON - HOUR)
    state, rows = apply(State(account), first), [row_of(first)]
    for number in range(entries // 2):
        for operation in (
            PlaceHold(account, f"j{number}", 10, NOON, 9), EndHold(account, f"j{number}", Kind.SETTLE, 10),
        ):  # fmt: skip
            entry = decide(state, operation, NOON - HOUR)
            state = apply(state, entry)
            rows.append(row_of(entry))
    saved = STATE.dump_json(state, exclude_defaults=True).decode()
    await database.write(lambda c: c.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows))
    await database.write(lambda c: c.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (account, state.seq, saved)))


def row_of(entry: Entry) -> tuple[object, ...]:
    doc = ENTRY.dump_json(entry, exclude=set(COLUMNS), exclude_defaults=True).decode()
    return (entry.account, entry.seq, entry.op, entry.kind.value, entry.amount, entry.at, doc)


async def test_workers_and_how_soon_they_start(tmp_path: Path, mongo: Secantus, valkey: Valkey) -> None:
    """Jobs that take the provider 0.2 s, worked off by 1, 2 and 4 processes with one lane each; then one at a time."""
    rates: dict[int, float] = {}
    waits: list[float] = []
    for size in (1, 2, 4):
        folder = tmp_path / str(size)
        folder.mkdir()
        settings = fleet_settings(folder, mongo, valkey, demo_seconds=0.2)
        async with opened(settings) as app:
            orders = [await order(app, number) for number in range(JOBS)]
            begun = time.monotonic()
            with fleet(settings, size, concurrency=1):
                started = time.monotonic()
                await all_over(app, orders, seconds=120)
                rates[size] = JOBS / (time.monotonic() - started)
                if size == 2:
                    for number in range(JOBS, 2 * JOBS):
                        [ended] = await all_over(app, [await order(app, number)], seconds=30)
                        assert ended.started_at is not None
                        waits.append(ended.started_at - ended.created_at)
            assert started > begun
    print(f"\njobs/s with 1, 2, 4 workers: {', '.join(f'{rate:.1f}' for rate in rates.values())}; "
          f"ratios {rates[2] / rates[1]:.2f} and {rates[4] / rates[1]:.2f}")  # fmt: skip
    waits.sort()
    print(f"request to start on an idle queue: p50 {waits[len(waits) // 2]} ms, p99 {waits[-1]} ms of {len(waits)}")


async def order(app: App, number: int) -> Job:
    return await accepted(app, imagine(f"r{number}", Identity("playground", f"p{number}")))
