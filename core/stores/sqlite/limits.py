"""Counts per window in SQLite: one row per counted request, so that nothing is counted twice."""

import sqlite3

from core.clock import Millis
from core.stores.sqlite.database import Database


class SqliteLimits:
    """`LimitStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, key: str, request_id: str, limit: int, expires_at: Millis) -> int | None:
        def transaction(connection: sqlite3.Connection) -> int | None:
            row = connection.execute("SELECT 1 FROM takes WHERE key = ? AND request = ?", (key, request_id))
            known = row.fetchone() is not None
            used = _used(connection, key)
            if known:
                return used
            if used >= limit:
                return None
            connection.execute("INSERT INTO takes VALUES (?, ?, ?)", (key, request_id, expires_at))
            return used + 1

        return await self._database.write(transaction)

    async def give_back(self, key: str, request_id: str) -> None:
        query = "DELETE FROM takes WHERE key = ? AND request = ?"
        await self._database.write(lambda connection: connection.execute(query, (key, request_id)))

    async def used(self, key: str) -> int:
        return await self._database.read(lambda connection: _used(connection, key))

    async def taken(self, key: str) -> list[str]:
        query = "SELECT request FROM takes WHERE key = ?"
        return await self._database.read(lambda connection: [row[0] for row in connection.execute(query, (key,))])

    async def purge(self, now: Millis) -> None:
        query = "DELETE FROM takes WHERE expires_at <= ?"
        await self._database.write(lambda connection: connection.execute(query, (now,)))


def _used(connection: sqlite3.Connection, key: str) -> int:
    used: int = connection.execute("SELECT count(*) FROM takes WHERE key = ?", (key,)).fetchone()[0]
    return used
