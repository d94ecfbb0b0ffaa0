"""The databases under benchmark, each with the least a wallet on it could do: one durable conditional update.

Another database is one more entry of `DATABASES`. For MongoDB the bare update is
`update_one({"_id": account, "credits": {"$gte": 10}}, {"$inc": {"credits": -10}})` with w="majority", j=True.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database

ACCOUNTS = 16


@dataclass(frozen=True)
class Bench:
    """Our stores, and the bare update of the wallet of account number `n`, on two new databases of one kind."""

    stores: Stores
    bare_update: Callable[[int], Awaitable[object]]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Bench]:
    database, stores = await open_sqlite(folder / "easel.db")
    other = await Database.open(folder / "bare.db")
    await other.write(lambda c: c.execute("CREATE TABLE wallets (id INTEGER PRIMARY KEY, credits INTEGER)"))
    rows = [(number, 1_000_000_000) for number in range(ACCOUNTS)]
    await other.write(lambda c: c.executemany("INSERT INTO wallets VALUES (?, ?)", rows))

    async def bare_update(number: int) -> None:
        def transaction(connection: sqlite3.Connection) -> None:
            update = "UPDATE wallets SET credits = credits - 10 WHERE id = ? AND credits >= 10"
            assert connection.execute(update, (number,)).rowcount == 1

        await other.write(transaction)

    yield Bench(stores, bare_update)
    await database.close()
    await other.close()


DATABASES: dict[str, Callable[[Path], AbstractAsyncContextManager[Bench]]] = {"sqlite": sqlite}
