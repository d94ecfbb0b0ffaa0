"""Orders in MongoDB."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.payments.orders import Order, OrderState
from core.stores.mongo.database import Document, MongoDatabase, newest

ORDER = TypeAdapter(Order)


class MongoOrders:
    """`OrderStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._orders = database.collection("orders")

    async def add(self, order: Order) -> bool:
        try:
            await self._database.run(self._orders.insert_one(order_document(replace(order, version=1))))
        except DuplicateKeyError:
            return False
        return True

    async def save(self, order: Order) -> bool:
        document = order_document(replace(order, version=order.version + 1))
        known = {"_id": order.id, "version": order.version}
        return (await self._database.run(self._orders.replace_one(known, document))).matched_count == 1

    async def get(self, order: str) -> Order | None:
        return await self._one({"_id": order})

    async def by_token(self, token: str) -> Order | None:
        return await self._one({"token": token})

    async def by_ref(self, gateway: str, ref: str) -> Order | None:
        return await self._one({"gateway_ref": _gateway_ref(gateway, ref)})

    async def of_accounts(
        self, accounts: Collection[str], limit: int, before: tuple[Millis, str] | None = None
    ) -> list[Order]:
        cursor = newest(self._orders, {"account": {"$in": list(accounts)}}, "created_at", before, limit)
        return [_order(found) for found in await self._database.all(cursor)]

    async def due(self, now: Millis, limit: int) -> list[Order]:
        cursor = self._orders.find({"look_at": {"$ne": None, "$lte": now}}).sort("look_at", 1).limit(limit)
        return [_order(found) for found in await self._database.all(cursor)]

    async def listed(
        self, state: OrderState | None, before: tuple[Millis, str] | None, limit: int, accounts: Collection[str] = ()
    ) -> list[Order]:
        query: Document = {"state": state.value} if state else {}
        if accounts:
            query["account"] = {"$in": list(accounts)}
        cursor = newest(self._orders, query, "created_at", before, limit)
        return [_order(found) for found in await self._database.all(cursor)]

    async def _one(self, query: dict[str, Any]) -> Order | None:
        found = await self._database.run(self._orders.find_one(query))
        return _order(found) if found else None


def order_document(order: Order) -> Document:
    """The columns that are looked for, and the order itself. What has no id at a gateway is unique by its own."""
    ref = _gateway_ref(order.gateway or "", order.ref) if order.ref is not None else order.id
    return {
        "_id": order.id, "account": order.account, "state": order.state.value, "created_at": order.created_at,
        "token": order.token, "gateway_ref": ref, "look_at": order.look_at, "version": order.version,
        "doc": ORDER.dump_json(order).decode(),
    }  # fmt: skip


def _gateway_ref(gateway: str, ref: str) -> str:
    return f"{gateway}:{ref}"


def _order(found: Document) -> Order:
    return replace(ORDER.validate_json(found["doc"]), version=found["version"])
