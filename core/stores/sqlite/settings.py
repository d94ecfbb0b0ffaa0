"""Small settings documents in SQLite."""

import sqlite3

from core.stores.ports import Kept
from core.stores.sqlite.database import Database


class SqliteSettings:
    """`SettingStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scope: str) -> Kept | None:
        query = "SELECT version, doc FROM settings WHERE scope = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (scope,)).fetchone())
        return Kept(*row) if row else None

    async def put(self, scope: str, doc: str, version: int) -> bool:
        new = "INSERT OR IGNORE INTO settings VALUES (?, 1, ?)", (scope, doc)
        changed = "UPDATE settings SET version = version + 1, doc = ? WHERE scope = ? AND version = ?"

        def transaction(connection: sqlite3.Connection) -> bool:
            query, values = (changed, (doc, scope, version)) if version else new
            return connection.execute(query, values).rowcount == 1

        return await self._database.write(transaction)

    async def drop(self, scope: str) -> None:
        gone = "DELETE FROM settings WHERE scope = ?"
        await self._database.write(lambda connection: connection.execute(gone, (scope,)))
