"""Playground conversations in SQLite."""

import sqlite3

from core.clock import Millis
from core.stores.ports import FeedMessage
from core.stores.sqlite.database import Database


class SqliteFeed:
    """`FeedStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(self, channel: str, id: str, body: str, at: Millis) -> FeedMessage:
        def transaction(connection: sqlite3.Connection) -> FeedMessage:
            connection.execute(
                "INSERT OR IGNORE INTO feed SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ? FROM feed WHERE channel = ?",
                (channel, id, at, body, channel),
            )
            query = "SELECT * FROM feed WHERE channel = ? AND id = ?"
            row = connection.execute(query, (channel, id)).fetchone()
            return FeedMessage(*row)

        return await self._database.write(transaction)

    async def since(self, channel: str, after: int, limit: int) -> list[FeedMessage]:
        def transaction(connection: sqlite3.Connection) -> list[FeedMessage]:
            query = "SELECT * FROM feed WHERE channel = ? AND seq > ? AND body <> '' ORDER BY seq DESC LIMIT ?"
            rows = connection.execute(query, (channel, after, limit)).fetchall()
            return [FeedMessage(*row) for row in reversed(rows)]

        return await self._database.read(transaction)

    async def forget(self, channel: str) -> None:
        """Delete what was said. The last number stays taken, so that a page's place in the feed stays valid."""

        def transaction(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM feed WHERE channel = ? AND seq < (SELECT max(seq) FROM feed WHERE channel = ?)",
                (channel, channel),
            )
            connection.execute("UPDATE feed SET body = '', id = 'forgotten' WHERE channel = ?", (channel,))

        await self._database.write(transaction)
