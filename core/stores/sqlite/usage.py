"""Usage records and their daily rollups in SQLite: a record and all rows that it adds to, in one transaction."""

import sqlite3
from collections.abc import Collection

from core.clock import Millis
from core.observe.model import Key, Rollup, Usage
from core.observe.rows import rows_of
from core.stores.sqlite.database import Database


class SqliteUsage:
    """`UsageStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, usage: Usage) -> bool:
        def transaction(connection: sqlite3.Connection) -> bool:
            inserted = connection.execute(
                "INSERT OR IGNORE INTO usage VALUES (?, ?, ?, ?)",
                (usage.request_id, usage.account, usage.at, usage.model_dump_json()),
            )
            if not inserted.rowcount:
                return False
            for row in rows_of(usage):
                stored = _stored(connection, row.key)
                _save(connection, stored.plus(row) if stored else row)
            return True

        return await self._database.write(transaction)

    async def get(self, request_id: str) -> Usage | None:
        def transaction(connection: sqlite3.Connection) -> Usage | None:
            query = "SELECT doc FROM usage WHERE request_id = ?"
            row = connection.execute(query, (request_id,)).fetchone()
            return Usage.model_validate_json(row[0]) if row else None

        return await self._database.read(transaction)

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]:
        query = "SELECT doc FROM rollups WHERE day BETWEEN ? AND ? ORDER BY day, account, provider, model, operation"
        return await self._database.read(
            lambda connection: [
                Rollup.model_validate_json(doc) for (doc,) in connection.execute(query, (first_day, last_day))
            ]
        )

    async def of_accounts(self, accounts: Collection[str]) -> list[Usage]:
        marks = ", ".join("?" * len(accounts))
        query = f"SELECT doc FROM usage WHERE account IN ({marks}) ORDER BY at"
        return await self._database.read(
            lambda connection: [Usage.model_validate_json(doc) for (doc,) in connection.execute(query, tuple(accounts))]
        )

    async def recount(self, before: Millis) -> int:
        return 0  # a record and its rollups are written together

    async def purge(self, before: Millis) -> None:
        query = "DELETE FROM usage WHERE request_id IN (SELECT request_id FROM usage WHERE at < ? LIMIT ?)"
        await self._database.delete_in_batches(query, before)


def _stored(connection: sqlite3.Connection, key: Key) -> Rollup | None:
    query = "SELECT doc FROM rollups WHERE (day, account, provider, model, operation) = (?, ?, ?, ?, ?)"
    row = connection.execute(query, key).fetchone()
    return Rollup.model_validate_json(row[0]) if row else None


def _save(connection: sqlite3.Connection, rollup: Rollup) -> None:
    row = (*rollup.key, rollup.model_dump_json())
    connection.execute("INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?)", row)
