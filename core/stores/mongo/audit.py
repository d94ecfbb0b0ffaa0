"""What admins did, in MongoDB. Lines are only ever inserted."""

from typing import Unpack

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from core.admin.model import Audited, Place
from core.stores.admin import AuditWanted
from core.stores.mongo.database import Document, MongoDatabase, newest

LINE = TypeAdapter(Audited)


class MongoAudit:
    """`AuditStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._lines = database.collection("audit")

    async def append(self, line: Audited) -> bool:
        document = {
            "_id": line.id, "at": line.at, "actor": line.actor, "action": line.action, "target": line.target,
            "doc": LINE.dump_json(line).decode(),
        }  # fmt: skip
        try:
            await self._database.run(self._lines.insert_one(document))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, id: str) -> Audited | None:
        found = await self._database.run(self._lines.find_one({"_id": id}))
        return LINE.validate_json(found["doc"]) if found else None

    async def page(self, before: Place | None, limit: int, **wanted: Unpack[AuditWanted]) -> list[Audited]:
        query: Document = {name: value for name, value in wanted.items() if value is not None}
        cursor = newest(self._lines, query, "at", before, limit)
        return [LINE.validate_json(found["doc"]) for found in await self._database.all(cursor)]
