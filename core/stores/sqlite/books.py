"""Sums of days in SQLite."""

import sqlite3

from core.stores.sqlite.database import Database


class SqliteBooks:
    """`BookStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def days(self, first_day: str, last_day: str) -> dict[str, tuple[int, str]]:
        query = "SELECT day, version, doc FROM books WHERE day BETWEEN ? AND ? ORDER BY day"
        return await self._database.read(
            lambda connection: {
                day: (version, doc) for day, version, doc in connection.execute(query, (first_day, last_day))
            }
        )

    async def put(self, day: str, doc: str, version: int) -> bool:
        new = "INSERT OR IGNORE INTO books VALUES (?, 1, ?)", (day, doc)
        changed = "UPDATE books SET version = version + 1, doc = ? WHERE day = ? AND version = ?"

        def transaction(connection: sqlite3.Connection) -> bool:
            query, values = (changed, (doc, day, version)) if version else new
            return connection.execute(query, values).rowcount == 1

        return await self._database.write(transaction)
