"""Figures as ratios within one run, each against the least that could do the job. They print; they do not judge."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from core.clock import HOUR
from core.credits.apply import apply
from core.credits.decide import decide
from core.credits.ledger import Ledger
from core.credits.model import EndHold, Grant, Kind, Origin, PlaceHold, State
from core.providers.demo_art import draw
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from tests.support import ALICE, NOON, ManualClock, imagine, opened, settings_in

HOLDS = 1_000
LOOKS = 300
REQUESTS = 40


async def each(call: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        await call(number)
        taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def report(what: str, ours: list[float], bare: list[float]) -> None:
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"\n{what}: p50 {mine:.3f} ms against {theirs:.3f} ms, ratio {mine / theirs:.2f}")


def bare_update(connection: sqlite3.Connection) -> None:
    """The least a wallet could do: one conditional update."""
    changed = connection.execute("UPDATE wallet SET credits = credits - 10 WHERE id = 1 AND credits >= 10")
    assert changed.rowcount == 1


async def test_a_hold_and_its_end_against_two_bare_conditional_updates(tmp_path: Path) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    other = await Database.open(tmp_path / "bare.db")
    ledger = Ledger(stores.ledger, ManualClock())
    await ledger.execute(Grant("a1", "pay", 10**9, Origin.PAID))
    await other.write(lambda c: c.execute("CREATE TABLE wallet (id INTEGER PRIMARY KEY, credits INTEGER)"))
    await other.write(lambda c: c.execute("INSERT INTO wallet VALUES (1, 1000000000)"))

    async def hold(number: int) -> None:
        await ledger.execute(PlaceHold("a1", f"j{number}", 10, NOON + HOUR, 9))
        await ledger.execute(EndHold("a1", f"j{number}", Kind.SETTLE, 10))

    async def bare(_: int) -> None:
        await other.write(bare_update)
        await other.write(bare_update)

    report("hold and settle", await each(hold, HOLDS), await each(bare, HOLDS))
    await database.close()
    await other.close()


async def test_a_balance_of_20_000_entries_against_one_of_1_000(tmp_path: Path) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    ledger = Ledger(stores.ledger, ManualClock())
    for account, entries in (("small", 1_000), ("large", 20_000)):
        state = State(account)
        for number in range(entries // 3):
            for operation in (
                Grant(account, f"g{number}", 10, Origin.FREE),
                PlaceHold(account, f"j{number}", 10, NOON + HOUR, 9),
                EndHold(account, f"j{number}", Kind.SETTLE, 10),
            ):
                entry = decide(state, operation, NOON)
                state = apply(state, entry)
                await stores.ledger.append(entry, state)
    look = {name: partial(look_at, ledger, name) for name in ("large", "small")}
    report("balance, 20,000 entries against 1,000", await each(look["large"], LOOKS), await each(look["small"], LOOKS))
    await database.close()


async def look_at(ledger: Ledger, account: str, _: int) -> None:
    await ledger.balance(account)


async def test_a_whole_request_against_drawing_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, signup_credits=1_000_000, rate_limit_per_day="100000")
    async with opened(settings) as app:
        working = [asyncio.create_task(app.runner.run())]

        async def request(number: int) -> None:
            async with app.signals.listening(str(ALICE)) as bell:
                outcome = await app.requests.submit(imagine(f"r{number}", seed=number))
                while not ((job := await app.stores.jobs.get(outcome.job.id)) and job.delivered_at):  # type: ignore[union-attr]
                    await bell.wait(1)

        async def alone(number: int) -> None:
            await asyncio.to_thread(draw, "a red fox", width=64, height=64, seed=number)

        report("request to delivery against drawing alone", await each(request, REQUESTS), await each(alone, REQUESTS))
        for part in working:
            part.cancel()
        await asyncio.gather(*working, return_exceptions=True)
