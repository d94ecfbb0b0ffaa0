"""Slots and fences in MongoDB: what processes settle among each other."""

from collections.abc import Callable

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.errors import StoreBusy
from core.stores.mongo.database import MAX_LOST_RACES, MongoDatabase

Holders = dict[str, Millis]


class MongoSlots:
    """`SlotStore` on MongoDB: one document a name with all its holders, changed by compare-and-set."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._slots = database.collection("slots")

    async def take(self, name: str, holder: str, limit: int, now: Millis, until: Millis) -> bool:
        def taken(holders: Holders) -> Holders | None:
            others = {other: end for other, end in holders.items() if end > now and other != holder}
            return others | {holder: until} if len(others) < limit else None

        return await self._change(name, taken)

    async def renew(self, name: str, holder: str, until: Millis) -> bool:
        return await self._change(name, lambda holders: holders | {holder: until} if holder in holders else None)

    async def free(self, name: str, holder: str) -> None:
        await self._change(
            name, lambda holders: {other: end for other, end in holders.items() if other != holder} or {}
        )

    async def _change(self, name: str, change: Callable[[Holders], Holders | None]) -> bool:
        """False when the change says no."""
        for _ in range(MAX_LOST_RACES):
            found = await self._database.run(self._slots.find_one({"_id": name}))
            holders = change({each["holder"]: each["until"] for each in found["holders"]} if found else {})
            if holders is None:
                return False
            document = {
                "_id": name, "version": found["version"] + 1 if found else 1,
                "holders": [{"holder": holder, "until": until} for holder, until in holders.items()],
            }  # fmt: skip
            try:
                if found is None:
                    await self._database.run(self._slots.insert_one(document))
                    return True
                query = {"_id": name, "version": found["version"]}
                if (await self._database.run(self._slots.replace_one(query, document))).matched_count:
                    return True
            except DuplicateKeyError:
                continue
        raise StoreBusy


class MongoFences:
    """`FenceStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def draw(self, name: str) -> int:
        return await self._database.next_number(f"fence:{name}")

    async def highest(self, name: str) -> int:
        return await self._database.last_number(f"fence:{name}")
