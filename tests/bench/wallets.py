"""The databases under benchmark, each with the least a wallet on it could do: one durable conditional update.

Another database is one more entry of `DATABASES`.
"""

import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pymongo import AsyncMongoClient

from core.stores.mongo import open_mongo
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import Database
from tests.servers import mongo_server

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


@asynccontextmanager
async def mongo(folder: Path) -> AsyncIterator[Bench]:
    """On a server of its own: the stand-in, unless EASEL_TEST_MONGODB_URL names another."""
    with mongo_server(folder / "mongo") as server:
        database, stores = await open_mongo(server.url(f"easel_{secrets.token_hex(4)}"))
        url = server.url(f"bare_{secrets.token_hex(4)}")
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, w="majority", journal=True)
        wallets = client.get_default_database()["wallets"]
        await wallets.insert_many([{"_id": number, "credits": 1_000_000_000} for number in range(ACCOUNTS)])

        async def bare_update(number: int) -> None:
            query = {"_id": number, "credits": {"$gte": 10}}
            assert (await wallets.update_one(query, {"$inc": {"credits": -10}})).matched_count == 1

        yield Bench(stores, bare_update)
        await database.drop()
        await client.drop_database(wallets.database.name)
        await database.close()
        await client.close()


DATABASES: dict[str, Callable[[Path], AbstractAsyncContextManager[Bench]]] = {"sqlite": sqlite, "mongo": mongo}
