"""Tokens, one-time links and sessions in SQLite."""

import sqlite3

from pydantic import TypeAdapter

from core.admin.model import Key, KeyKind
from core.clock import Millis
from core.stores.sqlite.database import Database

KEY = TypeAdapter(Key)


class SqliteKeys:
    """`KeyStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: Key) -> bool:
        query = "INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?, ?)"
        row = (key.digest, key.kind, key.name, key.actor, key.expires_at, KEY.dump_json(key).decode())
        return await self._database.write(lambda connection: connection.execute(query, row).rowcount == 1)

    async def find(self, digest: str, now: Millis) -> Key | None:
        found = await self._read("digest = ? AND expires_at > ?", digest, now)
        return found[0] if found else None

    async def take(self, digest: str, now: Millis) -> Key | None:
        query = "DELETE FROM keys WHERE digest = ? AND kind = 'link' AND expires_at > ? RETURNING doc"

        def transaction(connection: sqlite3.Connection) -> Key | None:
            row = connection.execute(query, (digest, now)).fetchone()
            return KEY.validate_json(row[0]) if row else None

        return await self._database.write(transaction)

    async def listed(self, kind: KeyKind) -> list[Key]:
        return await self._read("kind = ? ORDER BY name, digest", kind)

    async def revoke(self, kind: KeyKind, name: str) -> int:
        return await self._delete("kind = ? AND name = ?", kind, name)

    async def remove(self, digest: str) -> None:
        await self._delete("digest = ?", digest)

    async def purge(self, now: Millis) -> None:
        await self._delete("expires_at <= ?", now)

    async def _delete(self, where: str, *values: str | int) -> int:
        query = f"DELETE FROM keys WHERE {where}"
        return await self._database.write(lambda connection: connection.execute(query, values).rowcount)

    async def _read(self, where: str, *values: str | int) -> list[Key]:
        query = f"SELECT doc FROM keys WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Key]:
            return [KEY.validate_json(doc) for (doc,) in connection.execute(query, values)]

        return await self._database.read(read)
