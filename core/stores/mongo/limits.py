"""Counts per window in MongoDB: one document a window, with the requests that are counted in it."""

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.errors import StoreBusy
from core.stores.mongo.database import MAX_LOST_RACES, MongoDatabase


class MongoLimits:
    """`LimitStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._takes = database.collection("takes")

    async def take(self, key: str, request_id: str, limit: int, expires_at: Millis) -> int | None:
        """One conditional update decides. Where its condition fails, the upsert bumps into the window, and we look."""
        if limit < 1:
            return None
        room = {"_id": key, "used": {"$lt": limit}, "requests": {"$ne": request_id}}
        one_more = {"$push": {"requests": request_id}, "$inc": {"used": 1}, "$set": {"expires_at": expires_at}}
        for _ in range(MAX_LOST_RACES):
            try:
                await self._database.run(self._takes.update_one(room, one_more, upsert=True))
            except DuplicateKeyError:
                found = await self._database.run(self._takes.find_one({"_id": key}))
                if found and request_id in found["requests"]:
                    return int(found["used"])
                if found and found["used"] >= limit:
                    return None
            else:
                counted = await self.taken(key)
                return counted.index(request_id) + 1 if request_id in counted else len(counted)
        raise StoreBusy

    async def give_back(self, key: str, request_id: str) -> None:
        one_less = {"$pull": {"requests": request_id}, "$inc": {"used": -1}}
        await self._database.run(self._takes.update_one({"_id": key, "requests": request_id}, one_less))

    async def used(self, key: str) -> int:
        found = await self._database.run(self._takes.find_one({"_id": key}))
        return int(found["used"]) if found else 0

    async def taken(self, key: str) -> list[str]:
        found = await self._database.run(self._takes.find_one({"_id": key}))
        return list(found["requests"]) if found else []

    async def purge(self, now: Millis) -> None:
        await self._database.delete_in_batches(self._takes, {"expires_at": {"$lte": now}})
