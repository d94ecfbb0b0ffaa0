"""Playground conversations in SQLite."""

import sqlite3
from dataclasses import astuple

from core.clock import Millis
from core.stores.ports import FeedMessage
from core.stores.sqlite.database import Database


class SqliteFeed:
    """`FeedStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(self, channel: str, id: str, body: str, at: Millis) -> FeedMessage:
        def transaction(connection: sqlite3.Connection) -> FeedMessage:
            query = "SELECT * FROM feed WHERE channel = ? AND id = ?"
            row = connection.execute(query, (channel, id)).fetchone()
            if row:
                return FeedMessage(*row)
            connection.execute("UPDATE feed_numbers SET last = last + 1")
            number = connection.execute("SELECT last FROM feed_numbers").fetchone()[0]
            message = FeedMessage(channel, number, id, at, body)
            connection.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?)", astuple(message))
            return message

        return await self._database.write(transaction)

    async def since(self, channel: str, after: int, limit: int) -> list[FeedMessage]:
        def transaction(connection: sqlite3.Connection) -> list[FeedMessage]:
            query = "SELECT * FROM feed WHERE channel = ? AND seq > ? ORDER BY seq DESC LIMIT ?"
            rows = connection.execute(query, (channel, after, limit)).fetchall()
            return [FeedMessage(*row) for row in reversed(rows)]

        return await self._database.read(transaction)

    async def forget(self, channel: str) -> None:
        query = "DELETE FROM feed WHERE channel = ?"
        await self._database.write(lambda connection: connection.execute(query, (channel,)))

    async def purge(self, before: Millis) -> None:
        query = "DELETE FROM feed WHERE (channel, seq) IN (SELECT channel, seq FROM feed WHERE at < ? LIMIT ?)"
        await self._database.delete_in_batches(query, before)
