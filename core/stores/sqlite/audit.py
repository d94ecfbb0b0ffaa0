"""What admins did, in SQLite. The table itself refuses to change or remove a line."""

import sqlite3
from typing import Unpack

from pydantic import TypeAdapter

from core.admin.model import Audited, Place
from core.stores.admin import AuditWanted
from core.stores.sqlite.database import Database, older

LINE = TypeAdapter(Audited)


class SqliteAudit:
    """`AuditStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, line: Audited) -> bool:
        query = "INSERT OR IGNORE INTO audit VALUES (?, ?, ?, ?, ?, ?)"
        row = (line.id, line.at, line.actor, line.action, line.target, LINE.dump_json(line).decode())
        return await self._database.write(lambda connection: connection.execute(query, row).rowcount == 1)

    async def get(self, id: str) -> Audited | None:
        found = await self._read("SELECT doc FROM audit WHERE id = ?", id)
        return found[0] if found else None

    async def page(self, before: Place | None, limit: int, **wanted: Unpack[AuditWanted]) -> list[Audited]:
        where, values = older("at", before, **wanted)
        return await self._read(f"SELECT doc FROM audit WHERE {where} LIMIT ?", *values, limit)

    async def _read(self, query: str, *values: str | int) -> list[Audited]:
        def read(connection: sqlite3.Connection) -> list[Audited]:
            return [LINE.validate_json(doc) for (doc,) in connection.execute(query, values)]

        return await self._database.read(read)
