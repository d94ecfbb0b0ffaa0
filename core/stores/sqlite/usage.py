"""Usage records and their daily rollups in SQLite: a record and all rows that it adds to, in one transaction."""

import sqlite3
from collections.abc import Collection

from core.clock import Millis
from core.observe.model import Rollup, Usage
from core.observe.rows import MONTH, TOTAL, all_rows_of, days_and_months, event_of, unmarked
from core.stores.sqlite.database import Database
from core.stores.sqlite.events import add_event
from core.stores.sqlite.summing import add_up


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
            for row in all_rows_of(usage):
                add_up(connection, row)
            if event := event_of(usage):
                add_event(connection, event)
            return True

        return await self._database.write(transaction)

    async def get(self, request_id: str) -> Usage | None:
        def transaction(connection: sqlite3.Connection) -> Usage | None:
            query = "SELECT doc FROM usage WHERE request_id = ?"
            row = connection.execute(query, (request_id,)).fetchone()
            return Usage.model_validate_json(row[0]) if row else None

        return await self._database.read(transaction)

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]:
        return await self._rollups("day BETWEEN ? AND ?", first_day, last_day)

    async def totals(self, first_day: str, last_day: str) -> list[Rollup]:
        found = await self._rollups("day BETWEEN ? AND ?", TOTAL + first_day, TOTAL + last_day)
        return [unmarked(row) for row in found]

    async def of_days(self, accounts: Collection[str], first_day: str, last_day: str) -> list[Rollup]:
        marks = ", ".join("?" * len(accounts))
        return await self._rollups(f"account IN ({marks}) AND day BETWEEN ? AND ?", *accounts, first_day, last_day)

    async def dearest(self, month: str, limit: int) -> list[Rollup]:
        query = "SELECT doc FROM rollups WHERE day = ? AND provider = '*' ORDER BY cost DESC, account LIMIT ?"
        return [unmarked(row) for row in await self._read(query, MONTH + month, limit)]

    async def active(self, first_day: str, last_day: str) -> int:
        days = days_and_months(first_day, last_day)
        query = f"SELECT count(DISTINCT account) FROM rollups WHERE day IN ({', '.join('?' * len(days))})"
        return await self._database.read(lambda connection: int(connection.execute(query, days).fetchone()[0]))

    async def _rollups(self, where: str, *values: str) -> list[Rollup]:
        query = f"SELECT doc FROM rollups WHERE {where} ORDER BY day, account, provider, model, operation"
        return await self._read(query, *values)

    async def _read(self, query: str, *values: str | int) -> list[Rollup]:
        return await self._database.read(
            lambda connection: [Rollup.model_validate_json(doc) for (doc,) in connection.execute(query, values)]
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
