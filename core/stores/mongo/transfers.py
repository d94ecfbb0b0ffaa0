"""Transfers in MongoDB."""

from dataclasses import asdict

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.credits.model import Transfer
from core.errors import StoreBusy
from core.stores.mongo.database import Document, MongoDatabase


class MongoTransfers:
    """`TransferStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._transfers = database.collection("transfers")

    async def add(self, transfer: Transfer) -> Transfer:
        document = asdict(transfer)
        try:
            await self._database.run(self._transfers.insert_one({"_id": document.pop("id"), **document}))
        except DuplicateKeyError:
            known = await self.get(transfer.id)
            if known is None:  # it is there, and a majority does not have it yet
                raise StoreBusy from None
            return known
        return transfer

    async def get(self, id: str) -> Transfer | None:
        found = await self._database.run(self._transfers.find_one({"_id": id}))
        return _transfer(found) if found else None

    async def finish(self, id: str) -> None:
        await self._database.run(self._transfers.update_one({"_id": id}, {"$set": {"done": True}}))

    async def unfinished(self, before: Millis) -> list[Transfer]:
        cursor = self._transfers.find({"done": False, "at": {"$lt": before}}).sort("at", 1)
        return [_transfer(found) for found in await self._database.all(cursor)]

    async def purge(self, before: Millis) -> None:
        await self._database.delete_in_batches(self._transfers, {"done": True, "at": {"$lt": before}})


def _transfer(found: Document) -> Transfer:
    return Transfer(
        found["_id"], found["source"], found["target"], found["amount"], found["at"], found["ref"], found["done"]
    )
