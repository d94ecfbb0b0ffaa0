"""Sums of days in MongoDB."""

from pymongo.errors import DuplicateKeyError

from core.stores.mongo.database import MongoDatabase


class MongoBooks:
    """`BookStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._books = database.collection("books")

    async def days(self, first_day: str, last_day: str) -> dict[str, tuple[int, str]]:
        cursor = self._books.find({"_id": {"$gte": first_day, "$lte": last_day}}).sort("_id", 1)
        return {found["_id"]: (found["version"], found["doc"]) for found in await self._database.all(cursor)}

    async def put(self, day: str, doc: str, version: int) -> bool:
        if not version:
            try:
                await self._database.run(self._books.insert_one({"_id": day, "version": 1, "doc": doc}))
            except DuplicateKeyError:
                return False
            return True
        changed = {"$set": {"doc": doc}, "$inc": {"version": 1}}
        updated = await self._database.run(self._books.update_one({"_id": day, "version": version}, changed))
        return updated.matched_count == 1
