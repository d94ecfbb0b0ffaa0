"""Playground conversations in MongoDB.

Numbers come from one counter. A message also names the one before it in its channel, and only one message may follow
another: so within a channel messages appear in the order of their numbers, and a page that has seen one has missed
none before it. Whoever loses that race draws a new number and tries again.
"""

from pymongo.errors import DuplicateKeyError

from core.clock import Millis
from core.errors import StoreBusy
from core.stores.mongo.database import MAX_LOST_RACES, Document, MongoDatabase
from core.stores.ports import FeedMessage


class MongoFeed:
    """`FeedStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._feed = database.collection("feed")

    async def post(self, channel: str, id: str, body: str, at: Millis) -> FeedMessage:
        name = f"{len(channel)}:{channel}:{id}"
        for _ in range(MAX_LOST_RACES):
            if known := await self._database.run(self._feed.find_one({"_id": name})):
                return _message(known)
            last = await self._database.all(self._feed.find({"channel": channel}).sort("seq", -1).limit(1))
            message = FeedMessage(channel, await self._database.next_number("feed"), id, at, body)
            prev = last[0]["seq"] if last else 0
            document = {
                "_id": name, "channel": channel, "seq": message.seq, "prev": prev, "id": id, "at": at, "body": body,
            }  # fmt: skip
            try:
                await self._database.run(self._feed.insert_one(document))
            except DuplicateKeyError:
                continue
            return message
        raise StoreBusy

    async def since(self, channel: str, after: int, limit: int) -> list[FeedMessage]:
        cursor = self._feed.find({"channel": channel, "seq": {"$gt": after}}).sort("seq", -1).limit(limit)
        return [_message(found) for found in reversed(await self._database.all(cursor))]

    async def forget(self, channel: str) -> None:
        await self._database.delete_in_batches(self._feed, {"channel": channel})

    async def purge(self, before: Millis) -> None:
        await self._database.delete_in_batches(self._feed, {"at": {"$lt": before}})


def _message(found: Document) -> FeedMessage:
    return FeedMessage(found["channel"], found["seq"], found["id"], found["at"], found["body"])
