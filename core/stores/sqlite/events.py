"""What happened, in SQLite."""

import sqlite3
from collections.abc import Collection

from pydantic import TypeAdapter

from core.admin.model import Event, Place
from core.clock import Millis
from core.stores.sqlite.database import Database, older

EVENT = TypeAdapter(Event)


class SqliteEvents:
    """`EventStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, event: Event) -> bool:
        return await self._database.write(lambda connection: add_event(connection, event))

    async def get(self, id: str) -> Event | None:
        found = await self._read("SELECT doc FROM events WHERE id = ?", id)
        return found[0] if found else None

    async def page(
        self, before: Place | None, limit: int, *, kind: str | None = None, account: str | None = None
    ) -> list[Event]:
        where, values = older("at", before, kind=kind, account=account)
        return await self._read(f"SELECT doc FROM events WHERE {where} LIMIT ?", *values, limit)

    async def after(self, place: Place | None, until: Millis, limit: int) -> list[Event]:
        at, last = place or (0, "")
        query = "SELECT doc FROM events WHERE (at, id) > (?, ?) AND at < ? ORDER BY at, id LIMIT ?"
        return await self._read(query, at, last, until, limit)

    async def of_kinds(self, kinds: Collection[str], first: Millis, until: Millis) -> list[Event]:
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT doc FROM events WHERE kind IN ({marks}) AND at >= ? AND at < ? ORDER BY at, id"
        return await self._read(query, *kinds, first, until)

    async def purge(self, before: Millis) -> None:
        query = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? LIMIT ?)"
        await self._database.delete_in_batches(query, before)

    async def _read(self, query: str, *values: str | int) -> list[Event]:
        def read(connection: sqlite3.Connection) -> list[Event]:
            return [EVENT.validate_json(doc) for (doc,) in connection.execute(query, values)]

        return await self._database.read(read)


def add_event(connection: sqlite3.Connection, event: Event) -> bool:
    """Inside a transaction, once per id."""
    row = (event.id, event.at, event.kind, event.account, EVENT.dump_json(event).decode())
    return connection.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", row).rowcount == 1
