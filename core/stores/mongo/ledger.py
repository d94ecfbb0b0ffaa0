"""Ledger entries and snapshots in MongoDB. Inserting the entry is the one write that makes credits safe.

Crash table of `append`: before the insert is acknowledged by a majority nobody was promised anything, and a retry
finds the entry or not; after it the entry stays. The snapshot may be lost: the next load folds a longer tail.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from core.clock import Millis
from core.credits.model import Entry, Kind, Origin, State
from core.errors import StoreError
from core.stores.mongo.database import Document, MongoDatabase
from core.stores.ports import Appended, Loaded, OperationKnown, SequenceTaken, Sum

ENTRY = TypeAdapter(Entry)
STATE = TypeAdapter(State)
COLUMNS = ("account", "seq", "op", "kind", "amount", "at")
SNAPSHOT_EVERY = 8
"""A snapshot is a second round trip here, and a tail of seven is read in the same query as none."""
NOT_YET_SECONDS = 0.02
"""An entry that a majority does not have yet cannot be read, only bumped into: wait a moment before the next try."""


class MongoLedger:
    """`LedgerStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._entries = database.collection("entries")
        self._snapshots = database.collection("snapshots")
        self._losable_snapshots = self._snapshots.with_options(write_concern=WriteConcern(w=1))

    async def load(self, account: str, op: str | None) -> Loaded:
        """The tail and the known entry come from one query: whatever the tail has, `known` has too."""
        snapshot = await self.snapshot(account)
        newer: Document = {"account": account, "seq": {"$gt": snapshot.seq if snapshot else 0}}
        query = newer if op is None else {"$or": [newer, {"account": account, "op": op}]}
        found = [_entry(document) for document in await self._database.all(self._entries.find(query).sort("seq", 1))]
        tail = [entry for entry in found if entry.seq > (snapshot.seq if snapshot else 0)]
        known = next((entry for entry in found if entry.op == op), None)
        return Loaded(snapshot, _gapless(tail, snapshot.seq if snapshot else 0), known)

    async def load_all(self, accounts: Collection[str]) -> dict[str, Loaded]:
        """Two queries, the snapshots first as in `load`."""
        if not accounts:
            return {}
        kept = await self._database.all(self._snapshots.find({"_id": {"$in": list(accounts)}}))
        snapshots = {found["_id"]: STATE.validate_json(found["doc"]) for found in kept}
        seen = {account: snapshots[account].seq if account in snapshots else 0 for account in accounts}
        newer = [{"account": account, "seq": {"$gt": seq}} for account, seq in seen.items()]
        tails: dict[str, list[Entry]] = {account: [] for account in accounts}
        for document in await self._database.all(self._entries.find({"$or": newer}).sort([("account", 1), ("seq", 1)])):
            tails[document["account"]].append(_entry(document))
        return {
            account: Loaded(snapshots.get(account), _gapless(tail, seen[account]), None)
            for account, tail in tails.items()
        }

    async def append(self, entry: Entry, after: State | None) -> Appended | SequenceTaken | OperationKnown:
        try:
            await self._database.run(self._entries.insert_one(_document(entry)))
        except DuplicateKeyError:
            known = await self._database.run(self._entries.find_one({"account": entry.account, "op": entry.op}))
            if known is not None:
                return OperationKnown(_entry(known))
            if await self._database.run(self._entries.find_one({"_id": f"{entry.account}:{entry.seq}"})) is None:
                await asyncio.sleep(NOT_YET_SECONDS)
            return SequenceTaken()
        if after is not None and after.seq % SNAPSHOT_EVERY == 0:
            await self._move_snapshot(after)
        return Appended()

    async def entries(
        self, account: str, *, kind: Kind | None = None, after: int = 0, limit: int | None = None
    ) -> list[Entry]:
        query: Document = {"account": account, "seq": {"$gt": after}} | ({"kind": kind.value} if kind else {})
        if limit == 0:
            return []
        cursor = self._entries.find(query).sort("seq", 1).limit(limit or 0)
        return [_entry(document) for document in await self._database.all(cursor)]

    async def snapshot(self, account: str) -> State | None:
        found = await self._database.run(self._snapshots.find_one({"_id": account}))
        return STATE.validate_json(found["doc"]) if found else None

    async def accounts(self) -> list[str]:
        owners = await self._database.values(self._entries, "account")
        with_snapshots = await self._database.values(self._snapshots, "_id")
        return sorted({*owners, *with_snapshots})

    async def latest(self, account: str, before: int | None, limit: int) -> list[Entry]:
        query: Document = {"account": account} | ({} if before is None else {"seq": {"$lt": before}})
        cursor = self._entries.find(query).sort("seq", -1).limit(limit)
        return [_entry(document) for document in await self._database.all(cursor)]

    async def sums(self, first: Millis, until: Millis) -> list[Sum]:
        """A grant's origin is in its document; of the others the server does the adding."""
        when: Document = {"at": {"$gte": first, "$lt": until}}
        others: list[Document] = [
            {"$match": when | {"kind": {"$ne": Kind.GRANT.value}}},
            {"$group": {"_id": "$kind", "amount": {"$sum": "$amount"}}},
        ]
        added, grants = await asyncio.gather(
            self._database.aggregated(self._entries, others),
            self._database.all(self._entries.find(when | {"kind": Kind.GRANT.value})),
        )
        sums = [Sum(Kind(each["_id"]), None, int(each["amount"])) for each in added]
        granted: Counter[Origin] = Counter()
        for document in grants:
            entry = _entry(document)
            granted[entry.lots[0].origin] += entry.amount
        return [*sums, *(Sum(Kind.GRANT, origin, amount) for origin, amount in granted.items())]

    async def _move_snapshot(self, after: State) -> None:
        """Forwards only: a newer one in place makes the upsert bump into it."""
        document = {"seq": after.seq, "doc": STATE.dump_json(after, exclude_defaults=True).decode()}
        older = {"_id": after.account, "seq": {"$lt": after.seq}}
        with suppress(DuplicateKeyError, StoreError):
            await self._database.run(self._losable_snapshots.update_one(older, {"$set": document}, upsert=True))


def _gapless(tail: list[Entry], after: int) -> list[Entry]:
    """A query without a snapshot of the data may miss an entry and see a later one: what follows a gap waits."""
    for place, entry in enumerate(tail):
        if entry.seq != after + 1 + place:
            return tail[:place]
    return tail


def _document(entry: Entry) -> Document:
    columns: dict[str, Any] = {name: getattr(entry, name) for name in COLUMNS} | {"kind": entry.kind.value}
    rest = ENTRY.dump_json(entry, exclude=set(COLUMNS), exclude_defaults=True).decode()
    return {"_id": f"{entry.account}:{entry.seq}", **columns, "doc": rest}


def _entry(document: Document) -> Entry:
    return ENTRY.validate_python(from_json(document["doc"]) | {name: document[name] for name in COLUMNS})
