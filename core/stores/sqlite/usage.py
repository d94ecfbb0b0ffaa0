"""Usage records and their daily rollups in SQLite, written in one transaction."""

import sqlite3
from collections.abc import Collection

from core.clock import Millis, utc_date
from core.observe.model import Rollup, Usage
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
            _save(connection, _rollup_for(connection, usage).add(usage))
            return True

        return await self._database.write(transaction)

    async def get(self, request_id: str) -> Usage | None:
        def transaction(connection: sqlite3.Connection) -> Usage | None:
            query = "SELECT doc FROM usage WHERE request_id = ?"
            row = connection.execute(query, (request_id,)).fetchone()
            return Usage.model_validate_json(row[0]) if row else None

        return await self._database.read(transaction)

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]:
        query = "SELECT doc FROM rollups WHERE day BETWEEN ? AND ? ORDER BY day, account, provider, operation"
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
        return 0  # a record and its rollup are written together

    async def purge(self, before: Millis) -> None:
        query = "DELETE FROM usage WHERE request_id IN (SELECT request_id FROM usage WHERE at < ? LIMIT ?)"
        await self._database.delete_in_batches(query, before)


def _rollup_for(connection: sqlite3.Connection, usage: Usage) -> Rollup:
    key = (utc_date(usage.at), usage.account, usage.indicators.provider_used or "none", usage.operation)
    query = "SELECT doc FROM rollups WHERE day = ? AND account = ? AND provider = ? AND operation = ?"
    row = connection.execute(query, key).fetchone()
    if row:
        return Rollup.model_validate_json(row[0])
    return Rollup(day=key[0], account=key[1], provider=key[2], operation=key[3])


def _save(connection: sqlite3.Connection, rollup: Rollup) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?)",
        (rollup.day, rollup.account, rollup.provider, rollup.operation, rollup.model_dump_json()),
    )
