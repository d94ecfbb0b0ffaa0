"""Link codes in MongoDB."""

from core.accounts.model import LinkCode
from core.clock import Millis
from core.stores.mongo.database import Document, MongoDatabase


class MongoLinks:
    """`LinkStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._codes = database.collection("link_codes")

    async def add(self, code: LinkCode) -> None:
        document = {
            "_id": code.digest, "account": code.account, "expires_at": code.expires_at,
            "claimed_by": code.claimed_by, "merged": code.merged,
        }  # fmt: skip
        await self._database.run(self._codes.insert_one(document))

    async def claim(self, digest: str, account: str, now: Millis) -> LinkCode | None:
        free = {"_id": digest, "claimed_by": None, "expires_at": {"$gt": now}}
        await self._database.run(self._codes.update_one(free, {"$set": {"claimed_by": account}}))
        found = await self._database.run(self._codes.find_one({"_id": digest, "claimed_by": account}))
        return _code(found) if found else None

    async def unmerged(self) -> list[LinkCode]:
        cursor = self._codes.find({"claimed_by": {"$ne": None}, "merged": False})
        return [_code(found) for found in await self._database.all(cursor)]

    async def mark_merged(self, digest: str) -> None:
        await self._database.run(self._codes.update_one({"_id": digest}, {"$set": {"merged": True}}))

    async def purge(self, now: Millis) -> None:
        done = {"expires_at": {"$lte": now}, "$or": [{"claimed_by": None}, {"merged": True}]}
        await self._database.delete_in_batches(self._codes, done)


def _code(found: Document) -> LinkCode:
    return LinkCode(found["_id"], found["account"], found["expires_at"], found["claimed_by"], found["merged"])
