"""Usage records and their daily rollups in MongoDB.

A record adds to one rollup or to several: that of whom served the request, and those of whom its calls were made to.
All accounts together have the same rows, and each account one for the month (`core.observe.rows`).
Each is one write of one document, so there is something between any two of them. Crash table of `record`:
  record inserted           it is there, not counted               `recount` adds it to all its rollups
  some rollups written      these name it in `pending`             `recount` passes over these, adds it to the others
  all rollups written       all name it, it is not counted yet     `recount` passes over all and marks it
  its event written         the same                               the same; the event is there once by its id
  marked as counted         some may still name it                 nobody has to: who is counted is not counted again
  left `pending` everywhere                                        done
It leaves `pending` only after it is marked. So whoever finds it in no `pending` and then not marked knows that this
rollup was without it, and the rollup's version makes sure that it still is: each row once, whoever counts and however
many do so at a time.
"""

from collections.abc import Collection

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.errors import StoreBusy
from core.observe.model import Rollup, Usage
from core.observe.rows import MONTH, TOTAL, all_rows_of, event_of, unmarked
from core.stores.mongo.database import MAX_LOST_RACES, Document, MongoDatabase
from core.stores.mongo.events import MongoEvents
from core.stores.mongo.summing import name_of, rollup_fields

BATCH = 500
DOC = {"_id": 0, "doc": 1}
"""All that a report needs of a rollup: what stands beside its document is for looking it up."""


class MongoUsage:
    """`UsageStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._usage = database.collection("usage")
        self._rollups = database.collection("rollups")
        self._events = MongoEvents(database)

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
        return await self._found({"day": {"$gte": first_day, "$lte": last_day}})

    async def totals(self, first_day: str, last_day: str) -> list[Rollup]:
        found = await self._found({"day": {"$gte": TOTAL + first_day, "$lte": TOTAL + last_day}})
        return [unmarked(row) for row in found]

    async def of_days(self, accounts: Collection[str], first_day: str, last_day: str) -> list[Rollup]:
        return await self._found({"account": {"$in": list(accounts)}, "day": {"$gte": first_day, "$lte": last_day}})

    async def dearest(self, month: str, limit: int) -> list[Rollup]:
        cursor = self._rollups.find({"day": MONTH + month}, DOC).sort([("cost", -1), ("account", 1)]).limit(limit)
        return [unmarked(_rollup(each)) for each in await self._database.all(cursor)]

    async def active(self, first_day: str, last_day: str) -> int:
        days = {"day": {"$gte": first_day, "$lte": last_day}}
        stages: list[Document] = [{"$match": days}, {"$group": {"_id": "$account"}}, {"$count": "accounts"}]
        found = await self._database.aggregated(self._rollups, stages)
        return int(found[0]["accounts"]) if found else 0

    async def _found(self, query: Document) -> list[Rollup]:
        found = [_rollup(each) for each in await self._database.all(self._rollups.find(query, DOC))]
        return sorted(found, key=lambda rollup: rollup.key)

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
        rows = all_rows_of(usage)
        for row in rows:
            await self._add(usage.request_id, row)
        if event := event_of(usage):
            await self._events.append(event)
        await self._database.run(self._usage.update_one({"_id": usage.request_id}, {"$set": {"counted": True}}))
        names = {"$in": [name_of(row) for row in rows]}
        await self._database.run(self._rollups.update_many({"_id": names}, {"$pull": {"pending": usage.request_id}}))

    async def _add(self, request_id: str, row: Rollup) -> None:
        """Add to the rollup, unless that was done; `pending` has who is in it and not marked as counted yet."""
        name = name_of(row)
        for _ in range(MAX_LOST_RACES):
            found = await self._database.run(self._rollups.find_one({"_id": name}))
            if found and request_id in found["pending"]:
                return
            # Read after the rollup: whoever finished counting marked the record before it left `pending`.
            record = await self._database.run(self._usage.find_one({"_id": request_id}))
            if record is None or record["counted"]:
                return
            rollup = _rollup(found).plus(row) if found else row
            changes = rollup_fields(rollup)
            try:
                if found is None:
                    first = {"_id": name, "version": 1, "pending": [request_id], **changes}
                    await self._database.run(self._rollups.insert_one(first))
                    return
                query = {"_id": name, "version": found["version"], "pending": {"$ne": request_id}}
                update = {"$set": changes, "$inc": {"version": 1}, "$push": {"pending": request_id}}
                if (await self._database.run(self._rollups.update_one(query, update))).matched_count:
                    return
            except DuplicateKeyError:
                continue
        raise StoreBusy


def _rollup(found: Document) -> Rollup:
    return Rollup.model_validate_json(found["doc"])
