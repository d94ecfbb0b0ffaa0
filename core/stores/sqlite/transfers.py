"""Transfers in SQLite."""

import sqlite3

from core.clock import Millis
from core.credits.model import Transfer
from core.stores.sqlite.database import Database

Row = tuple[str, str, str, int, int, str, int]


class SqliteTransfers:
    """`TransferStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, transfer: Transfer) -> Transfer:
        values = (
            transfer.id, transfer.source, transfer.target, transfer.amount, transfer.at, transfer.ref, transfer.done,
        )  # fmt: skip

        def transaction(connection: sqlite3.Connection) -> Transfer:
            connection.execute("INSERT OR IGNORE INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            return _transfer(connection.execute("SELECT * FROM transfers WHERE id = ?", (transfer.id,)).fetchone())

        return await self._database.write(transaction)

    async def get(self, id: str) -> Transfer | None:
        query = "SELECT * FROM transfers WHERE id = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (id,)).fetchone())
        return _transfer(row) if row else None

    async def finish(self, id: str) -> None:
        query = "UPDATE transfers SET done = 1 WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(query, (id,)))

    async def unfinished(self, before: Millis) -> list[Transfer]:
        query = "SELECT * FROM transfers WHERE NOT done AND at < ? ORDER BY at"

        def transaction(connection: sqlite3.Connection) -> list[Transfer]:
            return [_transfer(row) for row in connection.execute(query, (before,))]

        return await self._database.read(transaction)

    async def purge(self, before: Millis) -> None:
        query = "DELETE FROM transfers WHERE done AND at < ?"
        await self._database.write(lambda connection: connection.execute(query, (before,)))


def _transfer(row: Row) -> Transfer:
    return Transfer(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]))
