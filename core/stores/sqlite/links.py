"""Link codes in SQLite."""

import sqlite3

from core.accounts.model import LinkCode
from core.clock import Millis
from core.stores.sqlite.database import Database


class SqliteLinks:
    """`LinkStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, code: LinkCode) -> None:
        query = "INSERT INTO link_codes (digest, account, expires_at) VALUES (?, ?, ?)"
        values = (code.digest, code.account, code.expires_at)
        await self._database.write(lambda connection: connection.execute(query, values))

    async def claim(self, digest: str, account: str, now: Millis) -> LinkCode | None:
        def transaction(connection: sqlite3.Connection) -> LinkCode | None:
            connection.execute(
                "UPDATE link_codes SET claimed_by = ? WHERE digest = ? AND claimed_by IS NULL AND expires_at > ?",
                (account, digest, now),
            )
            row = connection.execute("SELECT * FROM link_codes WHERE digest = ?", (digest,)).fetchone()
            code = _code(row) if row else None
            return code if code and code.claimed_by == account else None

        return await self._database.write(transaction)

    async def unmerged(self) -> list[LinkCode]:
        query = "SELECT * FROM link_codes WHERE claimed_by IS NOT NULL AND NOT merged"
        return await self._database.read(lambda connection: [_code(row) for row in connection.execute(query)])

    async def mark_merged(self, digest: str) -> None:
        query = "UPDATE link_codes SET merged = 1 WHERE digest = ?"
        await self._database.write(lambda connection: connection.execute(query, (digest,)))

    async def purge(self, now: Millis) -> None:
        query = "DELETE FROM link_codes WHERE expires_at <= ? AND (claimed_by IS NULL OR merged)"
        await self._database.write(lambda connection: connection.execute(query, (now,)))


def _code(row: tuple[str, str, int, str | None, int]) -> LinkCode:
    return LinkCode(row[0], row[1], row[2], row[3], bool(row[4]))
