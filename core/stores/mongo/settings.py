"""Small settings documents in MongoDB."""

from pymongo.errors import DuplicateKeyError

from core.stores.mongo.database import MongoDatabase
from core.stores.ports import Kept


class MongoSettings:
    """`SettingStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._settings = database.collection("settings")

    async def get(self, scope: str) -> Kept | None:
        found = await self._database.run(self._settings.find_one({"_id": scope}))
        return Kept(found["version"], found["doc"]) if found else None

    async def put(self, scope: str, doc: str, version: int) -> bool:
        if not version:
            try:
                await self._database.run(self._settings.insert_one({"_id": scope, "version": 1, "doc": doc}))
            except DuplicateKeyError:
                return False
            return True
        query = {"_id": scope, "version": version}
        changed = self._settings.update_one(query, {"$set": {"doc": doc}, "$inc": {"version": 1}})
        return (await self._database.run(changed)).matched_count == 1

    async def drop(self, scope: str) -> None:
        await self._database.run(self._settings.delete_one({"_id": scope}))
