"""What happened, in MongoDB."""

from collections.abc import Collection
from typing import Any

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from core.admin.model import Event, Place
from core.clock import Millis
from core.stores.mongo.database import Document, MongoDatabase, newest

EVENT = TypeAdapter(Event)
OLDEST_FIRST = [("at", 1), ("_id", 1)]


class MongoEvents:
    """`EventStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._events = database.collection("events")

    async def append(self, event: Event) -> bool:
        document = {
            "_id": event.id, "at": event.at, "kind": event.kind, "account": event.account,
            "doc": EVENT.dump_json(event).decode(),
        }  # fmt: skip
        try:
            await self._database.run(self._events.insert_one(document))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, id: str) -> Event | None:
        found = await self._all(self._events.find({"_id": id}))
        return found[0] if found else None

    async def page(
        self, before: Place | None, limit: int, *, kind: str | None = None, account: str | None = None
    ) -> list[Event]:
        wanted = {"kind": kind, "account": account}
        query: Document = {name: value for name, value in wanted.items() if value is not None}
        return await self._all(newest(self._events, query, "at", before, limit))

    async def after(self, place: Place | None, until: Millis, limit: int) -> list[Event]:
        query: Document = {"at": {"$lt": until}}
        if place is not None:
            at, last = place
            query["$or"] = [{"at": {"$gt": at}}, {"at": at, "_id": {"$gt": last}}]
        return await self._all(self._events.find(query).sort(OLDEST_FIRST).limit(limit))

    async def of_kinds(self, kinds: Collection[str], first: Millis, until: Millis) -> list[Event]:
        query = {"kind": {"$in": list(kinds)}, "at": {"$gte": first, "$lt": until}}
        return await self._all(self._events.find(query).sort(OLDEST_FIRST))

    async def purge(self, before: Millis) -> None:
        await self._database.delete_in_batches(self._events, {"at": {"$lt": before}})

    async def _all(self, cursor: Any) -> list[Event]:
        return [EVENT.validate_json(found["doc"]) for found in await self._database.all(cursor)]
