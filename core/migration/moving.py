"""Move everything from SQLite to MongoDB, with the books checked on both sides.

Crash table: until the mark in the target says `done`, Easel does not start on it; running the migration again
starts over. The source is only read, and locked against writers.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path

from pymongo import ReplaceOne

from core.clock import SystemClock
from core.credits.ledger import Ledger
from core.credits.verify import verify_ledger
from core.errors import EaselError
from core.migration.tables import TABLES, Table
from core.stores.mongo import open_mongo
from core.stores.mongo.database import MongoDatabase
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import BUSY_TIMEOUT_S

BATCH = 500


class MigrationRefused(EaselError):
    """It cannot be done, and why. Nothing of the source was changed."""

    code = "migration_refused"


async def migrate(source: Path, target: str, say: Callable[[str], None]) -> None:
    """Copy, check, and release the target. Raises MigrationRefused, ConfigError or StoreError."""
    file, stores = await open_sqlite(source)
    try:
        await _check_books(stores, "the source")
        server = await MongoDatabase.open(target, migrating=True)
        try:
            with closing(_locked(source)) as connection:
                await _claim(server, stores.installation)
                for table in TABLES:
                    await _copy(connection, server, table, say)
                await _compare(stores, target, say)
            await server.run(server.collection("meta").update_one({"_id": "migration"}, {"$set": {"done": True}}))
        finally:
            await server.close()
    finally:
        await file.close()


async def _check_books(stores: Stores, where: str) -> None:
    problems = (await verify_ledger(stores)).problems
    if problems:
        raise MigrationRefused(f"The books of {where} are not right: {problems[0]}. Run easel ledger verify.")


def _locked(source: Path) -> sqlite3.Connection:
    """A connection that keeps every writer out until it is closed."""
    connection = sqlite3.connect(source, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        connection.close()
        raise MigrationRefused(f"{source} is being written to. Stop every Easel first.") from None
    return connection


async def _claim(server: MongoDatabase, installation: str) -> None:
    """The target must be empty, or have been begun from this very source."""
    meta = server.collection("meta")
    mark = await server.run(meta.find_one({"_id": "migration"}))
    if mark is None and await _is_empty(server):
        begun = {"_id": "migration", "source": installation, "done": False}
        await server.run(meta.insert_one(begun))
    elif mark is None or mark["source"] != installation or mark["done"]:
        raise MigrationRefused(f"The database {server.name} is not empty. Name another one, or drop it.")
    for table in TABLES:  # what was copied before may have changed since
        await server.run(server.collection(table.collection).delete_many({}))
    await server.run(meta.update_one({"_id": "schema"}, {"$set": {"installation": installation}}))


async def _is_empty(server: MongoDatabase) -> bool:
    for table in TABLES:
        if await server.run(server.collection(table.collection).find_one({})) is not None:
            return False
    return True


async def _copy(
    connection: sqlite3.Connection, server: MongoDatabase, table: Table, say: Callable[[str], None]
) -> None:
    documents, copied = table.documents(iter(connection.execute(table.query))), 0
    while batch := list(islice(documents, BATCH)):
        writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in batch]
        await server.run(server.collection(table.collection).bulk_write(writes, ordered=False))
        copied += len(batch)
    say(f"{table.collection}: {copied}")


async def _compare(stores: Stores, target: str, say: Callable[[str], None]) -> None:
    """Every account has the same entries and the same state on both sides."""
    server, copies = await open_mongo(target, migrating=True)
    try:
        await _check_books(copies, "the target")
        accounts = await stores.ledger.accounts()
        if accounts != await copies.ledger.accounts():
            raise MigrationRefused("The target has other accounts than the source. Drop it and start again.")
        for account in accounts:
            ours, theirs = await stores.ledger.entries(account), await copies.ledger.entries(account)
            same = await Ledger(stores.ledger, SystemClock()).state(account)
            if ours != theirs or same != await Ledger(copies.ledger, SystemClock()).state(account):
                raise MigrationRefused(f"Account {account} differs on the two sides. Drop the target, start again.")
        say(f"The books of {len(accounts)} accounts are right, and the same on both sides.")
    finally:
        await server.close()
