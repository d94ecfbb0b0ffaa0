"""Orders in SQLite."""

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from pydantic import TypeAdapter

from core.clock import Millis
from core.payments.orders import Order, OrderState
from core.stores.sqlite.database import Database

ORDER = TypeAdapter(Order)
LATEST = (2**62, "")


class SqliteOrders:
    """`OrderStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, order: Order) -> bool:
        query = "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        row = _row(replace(order, version=1))
        return await self._database.write(lambda connection: connection.execute(query, row).rowcount == 1)

    async def save(self, order: Order) -> bool:
        query = """UPDATE orders SET account = ?2, state = ?3, created_at = ?4, token = ?5, gateway = ?6, ref = ?7,
            look_at = ?8, version = ?9, doc = ?10 WHERE id = ?1 AND version = ?9 - 1"""
        row = _row(replace(order, version=order.version + 1))
        return await self._database.write(lambda connection: connection.execute(query, row).rowcount == 1)

    async def get(self, order: str) -> Order | None:
        return await self._one("id = ?", order)

    async def by_token(self, token: str) -> Order | None:
        return await self._one("token = ?", token)

    async def by_ref(self, gateway: str, ref: str) -> Order | None:
        return await self._one("gateway = ? AND ref = ?", gateway, ref)

    async def of_accounts(
        self, accounts: Collection[str], limit: int, before: tuple[Millis, str] | None = None
    ) -> list[Order]:
        at, last = before or LATEST
        marks = ", ".join("?" * len(accounts))
        where = f"account IN ({marks}) AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?"
        return await self._all(where, *accounts, at, last, limit)

    async def due(self, now: Millis, limit: int) -> list[Order]:
        return await self._all("look_at IS NOT NULL AND look_at <= ? ORDER BY look_at LIMIT ?", now, limit)

    async def listed(
        self, state: OrderState | None, before: tuple[Millis, str] | None, limit: int, accounts: Collection[str] = ()
    ) -> list[Order]:
        at, last = before or LATEST
        theirs = f"account IN ({', '.join('?' * len(accounts))}) AND " if accounts else ""
        where = f"{theirs}(created_at, id) < (?, ?) AND (? IS NULL OR state = ?)"
        return await self._all(
            f"{where} ORDER BY created_at DESC, id DESC LIMIT ?", *accounts, at, last, state, state, limit
        )

    async def _one(self, where: str, *values: str) -> Order | None:
        found = await self._all(f"{where} LIMIT 1", *values)
        return found[0] if found else None

    async def _all(self, where: str, *values: str | int | None) -> list[Order]:
        query = f"SELECT version, doc FROM orders WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Order]:
            rows = connection.execute(query, values)
            return [replace(ORDER.validate_json(doc), version=version) for version, doc in rows]

        return await self._database.read(read)


def _row(order: Order) -> tuple[str | int | None, ...]:
    return (
        order.id, order.account, order.state, order.created_at, order.token, order.gateway, order.ref, order.look_at,
        order.version, ORDER.dump_json(order).decode(),
    )  # fmt: skip
