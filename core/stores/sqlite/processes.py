"""Slots and fences in SQLite: what processes settle among each other."""

import sqlite3

from core.clock import Millis
from core.stores.sqlite.database import Database


class SqliteSlots:
    """`SlotStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, holder: str, limit: int, now: Millis, until: Millis) -> bool:
        def transaction(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM slots WHERE name = ? AND until <= ?", (name, now))
            query = "SELECT count(*) FROM slots WHERE name = ? AND holder <> ?"
            others: int = connection.execute(query, (name, holder)).fetchone()[0]
            if others >= limit:
                return False
            connection.execute("INSERT OR REPLACE INTO slots VALUES (?, ?, ?)", (name, holder, until))
            return True

        return await self._database.write(transaction)

    async def renew(self, name: str, holder: str, until: Millis) -> bool:
        query = "UPDATE slots SET until = ? WHERE name = ? AND holder = ?"
        return await self._database.write(
            lambda connection: bool(connection.execute(query, (until, name, holder)).rowcount)
        )

    async def free(self, name: str, holder: str) -> None:
        query = "DELETE FROM slots WHERE name = ? AND holder = ?"
        await self._database.write(lambda connection: connection.execute(query, (name, holder)))


class SqliteFences:
    """`FenceStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def draw(self, name: str) -> int:
        def transaction(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT INTO fences VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET number = number + 1", (name,)
            )
            return _highest(connection, name)

        return await self._database.write(transaction)

    async def highest(self, name: str) -> int:
        return await self._database.read(lambda connection: _highest(connection, name))


def _highest(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT number FROM fences WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0
