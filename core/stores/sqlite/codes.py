"""Gift codes in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence

from core.clock import Millis
from core.payments.orders import Code
from core.stores.sqlite.database import Database


class SqliteCodes:
    """`CodeStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, codes: Sequence[Code]) -> None:
        query = "INSERT INTO codes VALUES (?, ?, ?, ?, ?)"
        rows = [(code.digest, code.credits, code.uses, code.created_at, code.expires_at) for code in codes]
        await self._database.write(lambda connection: connection.executemany(query, rows))

    async def get(self, digest: str) -> Code | None:
        def read(connection: sqlite3.Connection) -> Code | None:
            row = connection.execute("SELECT * FROM codes WHERE digest = ?", (digest,)).fetchone()
            return Code(*row) if row else None

        return await self._database.read(read)

    async def claim(self, digest: str, account: str, family: Collection[str], now: Millis) -> Code | None:
        def transaction(connection: sqlite3.Connection) -> Code | None:
            row = connection.execute("SELECT * FROM codes WHERE digest = ?", (digest,)).fetchone()
            users = {
                user for (user,) in connection.execute("SELECT account FROM code_claims WHERE digest = ?", (digest,))
            }
            if row is None or (users & set(family) - {account}):
                return None
            code = Code(*row)
            if account in users:
                return code
            if code.expires_at <= now or len(users) >= code.uses:
                return None
            connection.execute("INSERT INTO code_claims VALUES (?, ?, ?, 0)", (digest, account, now))
            return code

        return await self._database.write(transaction)

    async def finish(self, digest: str, account: str) -> None:
        query = "UPDATE code_claims SET done = 1 WHERE digest = ? AND account = ?"
        await self._database.write(lambda connection: connection.execute(query, (digest, account)))

    async def unfinished(self, before: Millis) -> list[tuple[Code, str]]:
        query = """SELECT codes.*, account FROM code_claims JOIN codes USING (digest)
            WHERE NOT done AND code_claims.at < ? ORDER BY code_claims.at"""

        def read(connection: sqlite3.Connection) -> list[tuple[Code, str]]:
            return [(Code(*row[:-1]), row[-1]) for row in connection.execute(query, (before,))]

        return await self._database.read(read)
