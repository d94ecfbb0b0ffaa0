"""Tokens, one-time links and sessions in MongoDB."""

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from core.admin.model import Key, KeyKind
from core.clock import Millis
from core.stores.mongo.database import Document, MongoDatabase

KEY = TypeAdapter(Key)


class MongoKeys:
    """`KeyStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._keys = database.collection("keys")

    async def add(self, key: Key) -> bool:
        try:
            await self._database.run(self._keys.insert_one(key_document(key)))
        except DuplicateKeyError:
            return False
        return True

    async def find(self, digest: str, now: Millis) -> Key | None:
        found = await self._all({"_id": digest, "expires_at": {"$gt": now}})
        return found[0] if found else None

    async def take(self, digest: str, now: Millis) -> Key | None:
        """Whoever's delete removes it has it. A lost answer costs the link, and another one is asked for."""
        found = await self.find(digest, now)
        if found is None or found.kind != "link":
            return None
        removed = await self._database.run(self._keys.delete_one({"_id": digest}))
        return found if removed.deleted_count else None

    async def listed(self, kind: KeyKind) -> list[Key]:
        return sorted(await self._all({"kind": kind}), key=lambda key: (key.name, key.digest))

    async def revoke(self, kind: KeyKind, name: str) -> int:
        return (await self._database.run(self._keys.delete_many({"kind": kind, "name": name}))).deleted_count

    async def remove(self, digest: str) -> None:
        await self._database.run(self._keys.delete_one({"_id": digest}))

    async def purge(self, now: Millis) -> None:
        await self._database.delete_in_batches(self._keys, {"expires_at": {"$lte": now}})

    async def _all(self, query: Document) -> list[Key]:
        return [KEY.validate_json(found["doc"]) for found in await self._database.all(self._keys.find(query))]


def key_document(key: Key) -> Document:
    """`token` is unique: a token's name, or what no other key has."""
    return {
        "_id": key.digest, "kind": key.kind, "name": key.name, "actor": key.actor, "expires_at": key.expires_at,
        "token": f"token:{key.name}" if key.kind == "token" else key.digest, "doc": KEY.dump_json(key).decode(),
    }  # fmt: skip
