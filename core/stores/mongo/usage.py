"""Usage records and their daily rollups in MongoDB.

Crash table of `record`: after the insert the record is there, not counted; after the rollup it is in the rollup, which
remembers that; after the mark it counts as counted. `recount` repeats the last two steps, which does no harm.
"""

from collections.abc import Collection

from pymongo.errors import DuplicateKeyError

from core.clock import Millis, utc_date
from core.errors import StoreBusy
from core.observe.model import Rollup, Usage
from core.stores.mongo.database import MAX_LOST_RACES, MongoDatabase

BATCH = 500


class MongoUsage:
    """`UsageStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._usage = database.collection("usage")
        self._rollups = database.collection("rollups")

    async def record(self, usage: Usage) -> bool:
        document = {
            "_id": usage.request_id, "account": usage.account, "at": usage.at, "counted": False,
            "doc": usage.model_dump_json(),
        }  # fmt: skip
        try:
            await self._database.run(self._usage.insert_one(document))
        except DuplicateKeyError:
            return False
        await self._count(usage)
        return True

    async def get(self, request_id: str) -> Usage | None:
        found = await self._database.run(self._usage.find_one({"_id": request_id}))
        return Usage.model_validate_json(found["doc"]) if found else None

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]:
        cursor = self._rollups.find({"day": {"$gte": first_day, "$lte": last_day}})
        found = [Rollup.model_validate_json(each["doc"]) for each in await self._database.all(cursor)]
        return sorted(found, key=lambda rollup: (rollup.day, rollup.account, rollup.provider, rollup.operation))

    async def of_accounts(self, accounts: Collection[str]) -> list[Usage]:
        cursor = self._usage.find({"account": {"$in": list(accounts)}}).sort("at", 1)
        return [Usage.model_validate_json(found["doc"]) for found in await self._database.all(cursor)]

    async def recount(self, before: Millis) -> int:
        missed = self._usage.find({"counted": False, "at": {"$lt": before}}).sort("at", 1).limit(BATCH)
        found = await self._database.all(missed)
        for each in found:
            await self._count(Usage.model_validate_json(each["doc"]))
        return len(found)

    async def purge(self, before: Millis) -> None:
        await self._database.delete_in_batches(self._usage, {"at": {"$lt": before}, "counted": True})

    async def _count(self, usage: Usage) -> None:
        name = await self._add(usage)
        await self._database.run(self._usage.update_one({"_id": usage.request_id}, {"$set": {"counted": True}}))
        await self._database.run(self._rollups.update_one({"_id": name}, {"$pull": {"pending": usage.request_id}}))

    async def _add(self, usage: Usage) -> str:
        """Add to the rollup, unless that was done; `pending` has who is in it and not marked as counted yet."""
        empty = rollup_for(usage)
        name = name_of(empty)
        for _ in range(MAX_LOST_RACES):
            found = await self._database.run(self._rollups.find_one({"_id": name}))
            if found and usage.request_id in found["pending"]:
                return name
            # Read after the rollup: whoever finished counting marked the record before it left `pending`.
            record = await self._database.run(self._usage.find_one({"_id": usage.request_id}))
            if record is None or record["counted"]:
                return name
            rollup = (Rollup.model_validate_json(found["doc"]) if found else empty).add(usage)
            changes = {"day": rollup.day, "doc": rollup.model_dump_json()}
            try:
                if found is None:
                    first = {"_id": name, "version": 1, "pending": [usage.request_id], **changes}
                    await self._database.run(self._rollups.insert_one(first))
                    return name
                query = {"_id": name, "version": found["version"], "pending": {"$ne": usage.request_id}}
                update = {"$set": changes, "$inc": {"version": 1}, "$push": {"pending": usage.request_id}}
                if (await self._database.run(self._rollups.update_one(query, update))).matched_count:
                    return name
            except DuplicateKeyError:
                continue
        raise StoreBusy


def rollup_for(usage: Usage) -> Rollup:
    """The empty rollup that a record belongs to."""
    return Rollup(
        day=utc_date(usage.at), account=usage.account, provider=usage.indicators.provider_used or "none",
        operation=usage.operation,
    )  # fmt: skip


def name_of(rollup: Rollup) -> str:
    return "|".join((rollup.account, rollup.day, rollup.provider, rollup.operation))
