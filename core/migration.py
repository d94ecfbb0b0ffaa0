"""Move everything from SQLite to MongoDB, with the books checked on both sides.

Crash table: until the mark in the target says `done`, Easel does not start on it; running the migration again
starts over. The source is only read, and locked against writers.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path

from pymongo import ReplaceOne

from core.accounts.model import Account, Role
from core.clock import SystemClock
from core.credits.ledger import Ledger
from core.credits.verify import verify_ledger
from core.errors import EaselError
from core.jobs.model import Job
from core.observe.model import Rollup
from core.payments.orders import Code
from core.stores.mongo import open_mongo
from core.stores.mongo.accounts import account_document
from core.stores.mongo.codes import code_document
from core.stores.mongo.database import Document, MongoDatabase
from core.stores.mongo.jobs.documents import document_of
from core.stores.mongo.keys import KEY, key_document
from core.stores.mongo.orders import ORDER, order_document
from core.stores.mongo.summing import name_of, rollup_fields
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.stores.sqlite.database import BUSY_TIMEOUT_S

BATCH = 500
Row = sqlite3.Row
Rows = Iterator[Row]


class MigrationRefused(EaselError):
    """It cannot be done, and why. Nothing of the source was changed."""

    code = "migration_refused"


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of SQLite become documents of one collection."""

    collection: str
    query: str
    documents: Callable[[Rows], Iterator[Document]]


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


# --- rows and documents ----------------------------------------------------------------------------------------


def _plain(key: str, **renamed: Callable[[Row], object]) -> Callable[[Rows], Iterator[Document]]:
    """Columns become fields, the key column becomes `_id`, and what is named here is made from the row."""

    def documents(rows: Rows) -> Iterator[Document]:
        for row in rows:
            fields = dict(row)
            yield {"_id": fields.pop(key), **fields, **{name: make(row) for name, make in renamed.items()}}

    return documents


def _entries(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": f"{row['account']}:{row['seq']}", **dict(row)}


def _accounts(rows: Rows) -> Iterator[Document]:
    for row in rows:
        document = account_document(_account(row))
        yield document | {
            "closing_at": row["closing_at"], "forgotten": bool(row["forgotten"]), "drained": bool(row["drained"]),
        }  # fmt: skip


def _identities(rows: Rows) -> Iterator[Document]:
    for row in rows:
        name = f"{row['platform']}:{row['user']}"
        new = account_document(_account(row))
        yield {
            "_id": name, "platform": row["platform"], "user": row["user"], "account": row["account"], "new": new,
        }  # fmt: skip


def _account(row: Row) -> Account:
    return Account(
        row["id"], row["created_at"], Role(row["role"]), row["suspended"], bool(row["welcomed"]), row["merged_into"],
        row["free_from"], subscriber_until=row["subscriber_until"],
    )  # fmt: skip


def _orders(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield order_document(replace(ORDER.validate_json(row["doc"]), version=row["version"]))


def _codes(rows: Rows) -> Iterator[Document]:
    for _, uses in groupby(rows, key=lambda row: row["digest"]):
        found = list(uses)
        code = Code(*(found[0][name] for name in ("digest", "credits", "uses", "created_at", "expires_at")))
        users = [row["account"] for row in found if row["account"] is not None]
        waiting = [row for row in found if row["account"] is not None and not row["done"]]
        yield code_document(code) | {
            "left": code.uses - len(users), "users": users, "open": [row["account"] for row in waiting],
            "open_at": min((row["at"] for row in waiting), default=None),
        }  # fmt: skip


def _strikes(rows: Rows) -> Iterator[Document]:
    for account, theirs in groupby(rows, key=lambda row: row["account"]):
        yield {"_id": account, "requests": [row["request"] for row in theirs]}


def _takes(rows: Rows) -> Iterator[Document]:
    for key, taken in groupby(rows, key=lambda row: row["key"]):
        window = list(taken)
        requests = [row["request"] for row in window]
        yield {
            "_id": key, "used": len(requests), "requests": requests,
            "expires_at": max(row["expires_at"] for row in window),
        }  # fmt: skip


def _jobs(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield document_of(Job.model_validate_json(row["doc"]), 1)


def _rollups(rows: Rows) -> Iterator[Document]:
    for row in rows:
        rollup = Rollup.model_validate_json(row["doc"])
        yield {"_id": name_of(rollup), "version": 1, "pending": [], **rollup_fields(rollup)}


def _keys(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield key_document(KEY.validate_json(row["doc"]))


def _feed(rows: Rows) -> Iterator[Document]:
    for channel, said in groupby(rows, key=lambda row: row["channel"]):
        prev = 0
        for row in said:
            yield {"_id": f"{len(channel)}:{channel}:{row['id']}", "prev": prev, **dict(row)}
            prev = row["seq"]


def _fences(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": f"fence:{row['name']}", "number": row["number"]}


def _feed_number(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": "feed", "number": row["last"]}


TABLES = (
    Table("entries", "SELECT * FROM entries", _entries),
    Table("snapshots", "SELECT * FROM snapshots", _plain("account")),
    Table("transfers", "SELECT * FROM transfers", _plain("id", done=lambda row: bool(row["done"]))),
    Table("orders", "SELECT * FROM orders", _orders),
    Table(
        "codes",
        "SELECT codes.*, account, at, done FROM codes LEFT JOIN code_claims USING (digest) ORDER BY digest",
        _codes,
    ),
    Table("accounts", "SELECT * FROM accounts", _accounts),
    Table(
        "identities",
        "SELECT identities.*, accounts.* FROM identities JOIN accounts ON accounts.id = identities.account",
        _identities,
    ),
    Table("strikes", "SELECT * FROM strikes ORDER BY account", _strikes),
    Table("tombstones", "SELECT * FROM tombstones", _plain("digest")),
    Table("link_codes", "SELECT * FROM link_codes", _plain("digest", merged=lambda row: bool(row["merged"]))),
    Table("takes", "SELECT * FROM takes ORDER BY key", _takes),
    Table("jobs", "SELECT * FROM jobs", _jobs),
    Table("usage", "SELECT * FROM usage", _plain("request_id", counted=lambda _: True)),
    Table("rollups", "SELECT * FROM rollups", _rollups),
    Table("audit", "SELECT * FROM audit", _plain("id")),
    Table("events", "SELECT * FROM events", _plain("id")),
    Table("keys", "SELECT * FROM keys", _keys),
    Table("books", "SELECT * FROM books", _plain("day")),
    Table("settings", "SELECT * FROM settings", _plain("scope")),
    Table("feed", "SELECT * FROM feed ORDER BY channel, seq", _feed),
    Table("counters", "SELECT * FROM feed_numbers", _feed_number),
    Table("counters", "SELECT * FROM fences", _fences),
)
"""Slots are not moved: they belong to calls in flight, of which there are none."""
