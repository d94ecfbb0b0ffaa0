"""Gift codes in MongoDB: a document says itself who used it, so that one write decides about one more use."""

from collections.abc import Collection, Sequence

from core.clock import Millis
from core.payments.orders import Code
from core.stores.mongo.database import Document, MongoDatabase

MAX_LOST_RACES = 100


class MongoCodes:
    """`CodeStore` on MongoDB. `open_at`: when the oldest use that is not finished was claimed, for the index.

    A later claim leaves it: else of a code that is used all day, a use that a crash interrupted would never be found.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._codes = database.collection("codes")

    async def add(self, codes: Sequence[Code]) -> None:
        await self._database.run(self._codes.insert_many([code_document(code) for code in codes]))

    async def get(self, digest: str) -> Code | None:
        found = await self._database.run(self._codes.find_one({"_id": digest}))
        return None if found is None else _code(found)

    async def claim(self, digest: str, account: str, family: Collection[str], now: Millis) -> Code | None:
        free = {"_id": digest, "expires_at": {"$gt": now}, "left": {"$gt": 0}, "users": {"$nin": [*family, account]}}
        use = {"$inc": {"left": -1}, "$push": {"users": account, "open": account}}
        for _ in range(MAX_LOST_RACES):
            if await self._used(free | {"open_at": None}, use | {"$set": {"open_at": now}}):
                break
            if await self._used(free | {"open_at": {"$ne": None}}, use):
                break
            if await self._database.run(self._codes.find_one(free)) is None:
                break
        found = await self._database.run(self._codes.find_one({"_id": digest, "users": account}))
        if found is None or set(found["users"]) & set(family) - {account}:
            return None
        return _code(found)

    async def _used(self, free: Document, use: Document) -> bool:
        return (await self._database.run(self._codes.update_one(free, use))).matched_count == 1

    async def finish(self, digest: str, account: str) -> None:
        await self._database.run(self._codes.update_one({"_id": digest}, {"$pull": {"open": account}}))
        done = {"_id": digest, "open": []}
        await self._database.run(self._codes.update_one(done, {"$set": {"open_at": None}}))

    async def unfinished(self, before: Millis) -> list[tuple[Code, str]]:
        cursor = self._codes.find({"open_at": {"$ne": None, "$lt": before}}).sort("open_at", 1)
        found = await self._database.all(cursor)
        return [(_code(document), account) for document in found for account in document["open"]]


def code_document(code: Code) -> Document:
    return {
        "_id": code.digest, "credits": code.credits, "uses": code.uses, "created_at": code.created_at,
        "expires_at": code.expires_at, "left": code.uses, "users": [], "open": [], "open_at": None,
    }  # fmt: skip


def _code(found: Document) -> Code:
    return Code(found["_id"], found["credits"], found["uses"], found["created_at"], found["expires_at"])
