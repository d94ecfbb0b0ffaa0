"""The connection to MongoDB: durable writes, bounded waiting, and every error of the driver as one of ours.

Each port writes one document at a time, with w="majority" and j=True, so neither a transaction nor a replica set is
needed for correct balances (see docs/decisions/0006).
"""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC
from typing import Any, Self, TypeVar

import pymongo
from bson.errors import BSONError
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from core.clock import Millis
from core.errors import (
    ConfigError,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreTooNew,
    StoreUnfinished,
    StoreUnfit,
    StoreUnreachable,
)
from core.stores.mongo.schema import INDEXES, OUTDATED, SCHEMA_VERSION
from core.stores.mongo.summing import SUMMED_SINCE, sum_up
from core.timing import measured

T = TypeVar("T")
Document = dict[str, Any]
Collection = AsyncCollection[Document]

TIMEOUT_MS = 5_000
PREPARING_SECONDS = 3_600
"""To build an index of a large collection takes minutes: https://www.mongodb.com/docs/manual/core/index-creation/
In five seconds an upgrade that brings one would never come to its end."""
MAX_LOST_RACES = 1_000
PURGE_BATCH = 1_000
REPLY = 10_000
"""Documents of a reply, at most; without a number the first has 101 of them:
https://www.mongodb.com/docs/manual/tutorial/iterate-a-cursor/#cursor-batches"""
OLDEST = (4, 4)
DEFAULT_NAME = "easel"
REFUSED = frozenset({11, 13, 18, 8000})
"""UserNotFound, Unauthorized, AuthenticationFailed, AtlasError:
https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml"""
NO_SPACE = frozenset({14031, 12501})
AWAY = frozenset({50, 64, 89, 91, 189, 262, 10107, 11600, 11602, 13435, 13436})
"""Timeouts, shutdowns and elections, as far as the driver does not have a class for them."""


_TLS = re.compile(r"\b(SSL|TLS)\b|certificate", re.IGNORECASE)
_LONG_STORIES = re.compile(r",? \(configured timeouts|, Timeout:|, full error|, Topology Description")
"""What the driver's messages go on with, which helps nobody."""


class MongoDatabase:
    """Runs the driver's commands. Use `MongoDatabase.open`."""

    def __init__(self, url: str) -> None:
        try:
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(
                url, appname="easel", timeoutMS=TIMEOUT_MS, serverSelectionTimeoutMS=TIMEOUT_MS,
                connectTimeoutMS=TIMEOUT_MS, w="majority", journal=True, readConcernLevel="majority",
                readPreference="primary",
            )  # fmt: skip
            self._database = self._client.get_default_database(DEFAULT_NAME)
        except (ConfigurationError, InvalidURI, ValueError, TypeError) as error:
            raise ConfigError([f"DATABASE_URL: is not a MongoDB address that can be used ({error})."]) from None
        self.name = self._database.name
        self.installation = ""

    @classmethod
    async def open(cls, url: str, *, migrating: bool = False) -> Self:
        """Connect, check the server, and make indexes. Raises ConfigError or StoreError.

        Only a migration may open a database that one has begun to fill.
        """
        database = cls(url)
        try:
            await database._check_server()
            await database._prepare()
            if not migrating:
                await database._check_complete()
        except BaseException:
            await database.close()
            raise
        return database

    def collection(self, name: str) -> Collection:
        return self._database[name]

    async def run(self, command: Awaitable[T]) -> T:
        """What the command answers. Raises StoreError, or DuplicateKeyError for the caller to understand."""
        with measured("db_ms"):
            async with _explained():
                return await command

    async def all(self, cursor: Any) -> list[Document]:
        """Every document of a query, in one reply if they fit into one."""
        if isinstance(cursor, AsyncCursor):
            cursor.batch_size(REPLY)
        documents: list[Document] = await self.run(cursor.to_list())
        return documents

    async def aggregated(self, collection: Collection, stages: Sequence[Document]) -> list[Document]:
        return await self.all(await self.run(collection.aggregate(stages)))

    async def delete_in_batches(self, collection: Collection, query: Document) -> None:
        """Delete all that the query finds, in steps that each end within the time a command may take."""
        while found := await self.all(collection.find(query, {"_id": 1}).limit(PURGE_BATCH)):
            await self.run(collection.delete_many({"_id": {"$in": [each["_id"] for each in found]}}))

    async def values(self, collection: Collection, field: str) -> list[str]:
        """Every value that this field has. Not by `distinct`, whose answer must fit into one document of 16 MB:
        https://www.mongodb.com/docs/manual/reference/method/db.collection.distinct/
        """
        found = await self.run(collection.aggregate([{"$group": {"_id": f"${field}"}}]))
        return sorted(each["_id"] for each in await self.all(found))

    async def next_number(self, name: str) -> int:
        """A number that was never given before under this name, from 1."""
        for _ in range(MAX_LOST_RACES):
            with suppress(DuplicateKeyError):  # two made the counter at once
                found = await self.run(
                    self.collection("counters").find_one_and_update(
                        {"_id": name}, {"$inc": {"number": 1}}, upsert=True, return_document=ReturnDocument.AFTER
                    )
                )
                if found is not None:
                    return int(found["number"])
        raise StoreBusy

    async def last_number(self, name: str) -> int:
        found = await self.run(self.collection("counters").find_one({"_id": name}))
        return int(found["number"]) if found else 0

    async def now(self) -> Millis:
        """The server's clock."""
        answer = await self.run(self._client.admin.command("hello"))
        return int(answer["localTime"].replace(tzinfo=UTC).timestamp() * 1_000)  # the driver gives it without a zone

    async def drop(self) -> None:
        """Remove the whole database: for tests."""
        await self.run(self._client.drop_database(self.name))

    async def close(self) -> None:
        await self._client.close()

    async def _check_server(self) -> None:
        build = await self.run(self._client.admin.command("buildInfo"))
        version: Sequence[int] = build["versionArray"][:2]
        if tuple(version) < OLDEST:
            raise StoreUnfit(f"The server is MongoDB {build['version']}, and Easel needs 4.4 or newer.")

    async def _prepare(self) -> None:
        """Idempotent, also when several processes start at once: whoever comes second finds what is there."""
        meta = self.collection("meta")
        found = await self.run(meta.find_one({"_id": "schema"}))
        if found is None:
            await self._check_owner()
            new: Document = {"_id": "schema", "version": SCHEMA_VERSION, "installation": secrets.token_hex(8)}
            with suppress(DuplicateKeyError):
                await self.run(meta.insert_one(new))
            found = await self.run(meta.find_one({"_id": "schema"})) or new
        self.installation = found["installation"]
        if found["version"] > SCHEMA_VERSION:
            raise StoreTooNew(f"The database {self.name}", found["version"], SCHEMA_VERSION)
        with pymongo.timeout(PREPARING_SECONDS):
            if found["version"] < SUMMED_SINCE:
                await sum_up(self)
            for name, indexes in INDEXES.items():
                await self.run(self.collection(name).create_indexes(indexes))
        if found["version"] < SCHEMA_VERSION:  # said last, so that what a crash interrupts is done at the next start
            await self._drop_outdated()
            await self.run(meta.update_one({"_id": "schema"}, {"$max": {"version": SCHEMA_VERSION}}))

    async def _drop_outdated(self) -> None:
        for name, outdated in OUTDATED.items():
            there = await self.run(self.collection(name).index_information())
            for index in set(outdated) & set(there):
                with suppress(StoreError):  # another process that upgrades dropped it first
                    await self.run(self.collection(name).drop_index(index))

    async def _check_owner(self) -> None:
        """Touch nothing in a database that another program has made. Raises StoreCorrupt."""
        names = set(await self.run(self._database.list_collection_names()))
        if names - {"meta"} and await self.run(self.collection("meta").find_one({"_id": "schema"})) is None:
            raise StoreCorrupt(f"The database {self.name}", "it belongs to another program")

    async def _check_complete(self) -> None:
        if await self.run(self.collection("meta").find_one({"_id": "migration", "done": False})):
            raise StoreUnfinished(f"The database {self.name} has only a part of what is to be moved there.")


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except DuplicateKeyError:
        raise
    except (PyMongoError, BSONError, OverflowError) as error:
        raise explain(error) from error


def newest(collection: Collection, query: Document, field: str, before: tuple[Millis, str] | None, limit: int) -> Any:
    """A page of a list that has the newest first: what comes after this place (`field`, `_id`)."""
    later: Document = {}
    if before is not None:
        at, last = before
        later = {"$or": [{field: {"$lt": at}}, {field: at, "_id": {"$lt": last}}]}
    return collection.find(query | later).sort([(field, -1), ("_id", -1)]).limit(limit)


def explain(error: Exception) -> StoreError:
    """The error of ours that a driver's error means."""
    is_late = isinstance(error, PyMongoError) and error.timeout
    code = error.code if isinstance(error, OperationFailure) else None
    what = _LONG_STORIES.split(str(error), maxsplit=1)[0].rstrip(".")[:300]
    if code in REFUSED:
        return StoreRefused(f"The server refuses this user: {what}.")
    if code in NO_SPACE:
        return StoreFull()
    if _TLS.search(what):
        return StoreUnreachable(f"No secure connection to MongoDB can be made: {what}.")
    if (
        isinstance(error, AutoReconnect | ConnectionFailure | ExecutionTimeout | WTimeoutError)
        or code in AWAY
        or is_late
    ):
        return StoreUnreachable(f"MongoDB does not answer: {what}.")
    return StoreError(f"Easel's database failed ({what}).")
