"""Accounts and identities in MongoDB.

The identity's document is the claim: whoever inserts it first decides whose the identity is. It carries what the new
account is, so that a crash before the account itself is saved is mended by the next look.
"""

import contextlib
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from core.accounts.model import Account, Identity, Role, Tombstone
from core.clock import Millis
from core.errors import StoreBusy
from core.stores.mongo.database import MAX_LOST_RACES, Document, MongoDatabase


class MongoAccounts:
    """`AccountStore` on MongoDB."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._accounts = database.collection("accounts")
        self._identities = database.collection("identities")
        self._strikes = database.collection("strikes")
        self._tombstones = database.collection("tombstones")

    async def find(self, identity: Identity) -> Account | None:
        bound = await self._database.run(self._identities.find_one({"_id": str(identity)}))
        if bound is None:
            return None
        return await self.get(bound["account"]) or await self._completed(bound["new"])

    async def create(self, identity: Identity, account: Account) -> Account:
        new = account_document(account)
        bound = {"_id": str(identity), **asdict(identity), "account": account.id, "new": new}
        for _ in range(MAX_LOST_RACES):  # it may be forgotten between being in the way and being looked for
            try:
                await self._database.run(self._identities.insert_one(bound))
            except DuplicateKeyError:
                if found := await self.find(identity):
                    return found
            else:
                return await self._completed(new)
        raise StoreBusy

    async def get(self, account: str) -> Account | None:
        found = await self._database.run(self._accounts.find_one({"_id": account}))
        return _account(found) if found else None

    async def identities(self, accounts: Collection[str]) -> list[Identity]:
        query = {"account": {"$in": list(accounts)}}
        return [Identity(found["platform"], found["user"]) for found in await self._all(self._identities, query)]

    async def owned(self, accounts: Collection[str]) -> dict[str, list[Identity]]:
        owned: dict[str, list[Identity]] = {}
        for found in await self._all(self._identities, {"account": {"$in": list(accounts)}}):
            owned.setdefault(found["account"], []).append(Identity(found["platform"], found["user"]))
        return owned

    async def family(self, account: str) -> list[str]:
        return (await self.families([account]))[account]

    async def families(self, accounts: Collection[str]) -> dict[str, list[str]]:
        """A query for each generation of all of them."""
        families, head_of = {account: [account] for account in accounts}, {account: account for account in accounts}
        youngest = list(head_of)
        while youngest:
            found = await self._all(self._accounts, {"merged_into": {"$in": youngest}})
            youngest = [each["_id"] for each in found if each["_id"] not in head_of]
            for each in found:
                if each["_id"] in head_of:
                    continue
                head_of[each["_id"]] = head = head_of[each["merged_into"]]
                families[head].append(each["_id"])
        return families

    async def raise_role(self, account: str, role: Role) -> None:
        await self._set({"_id": account, "role": {"$lt": int(role)}}, role=int(role))

    async def subscribe(self, account: str, until: Millis) -> None:
        await self._set({"_id": account}, subscriber_until=until)

    async def mark_welcomed(self, account: str) -> None:
        await self._set({"_id": account}, welcomed=True)

    async def set_role(self, account: str, role: Role) -> None:
        await self._set({"_id": account}, role=int(role))

    async def suspend(self, account: str, reason: str | None) -> None:
        await self._set({"_id": account}, suspended=reason)

    async def forgive(self, account: str) -> None:
        await self._database.run(self._strikes.delete_one({"_id": account}))

    async def strikes(self, account: str) -> int:
        found = await self._database.run(self._strikes.find_one({"_id": account}))
        return len(found["requests"]) if found else 0

    async def strike(self, account: str, request_id: str) -> int:
        """The upsert bumps into the document when the request is in it, or when another made it just now."""
        query, one_more = {"_id": account, "requests": {"$ne": request_id}}, {"$push": {"requests": request_id}}
        for _ in range(MAX_LOST_RACES):
            try:
                await self._database.run(self._strikes.update_one(query, one_more, upsert=True))
                is_new = True
            except DuplicateKeyError:
                is_new = False
            found = await self._database.run(self._strikes.find_one({"_id": account})) or {"requests": []}
            if request_id in found["requests"]:
                return found["requests"].index(request_id) + 1 if is_new else len(found["requests"])
        raise StoreBusy

    async def merge(self, source: str, target: str) -> bool:
        await self._set({"_id": source, "merged_into": None}, merged_into=target)
        merged = await self.get(source)
        return merged is not None and merged.merged_into == target

    async def undrained(self) -> list[tuple[str, str]]:
        query = {"merged_into": {"$ne": None}, "drained": False}
        return [(found["_id"], found["merged_into"]) for found in await self._all(self._accounts, query)]

    async def mark_drained(self, source: str) -> None:
        await self._set({"_id": source}, drained=True)

    async def independent(self, after: str, limit: int) -> list[str]:
        query = {"merged_into": None, "_id": {"$gt": after}}
        cursor = self._accounts.find(query, {"_id": 1}).sort("_id", 1).limit(limit)
        return [found["_id"] for found in await self._database.all(cursor)]

    async def page(
        self, before: str | None, limit: int, *, role: Role | None = None, suspended: bool | None = None
    ) -> list[Account]:
        query: Document = {"merged_into": None, "forgotten": False}
        query |= {} if before is None else {"_id": {"$lt": before}}
        query |= {} if role is None else {"role": int(role)}
        query |= {} if suspended is None else {"suspended": {"$ne": None} if suspended else None}
        cursor = self._accounts.find(query).sort("_id", -1).limit(limit)
        return [_account(found) for found in await self._database.all(cursor)]

    async def created(self, first: Millis, until: Millis) -> int:
        query = {"created_at": {"$gte": first, "$lt": until}}
        return await self._database.run(self._accounts.count_documents(query))

    async def close(self, account: str, now: Millis) -> None:
        await self._set({"_id": account}, closing_at=now)

    async def reopen(self, account: str, closed_at: Millis) -> None:
        await self._set({"_id": account, "closing_at": closed_at, "forgotten": False}, closing_at=0)

    async def closing(self, before: Millis) -> list[str]:
        query = {"closing_at": {"$gt": 0, "$lte": before}, "forgotten": False}
        return [found["_id"] for found in await self._all(self._accounts, query)]

    async def forget(self, accounts: Collection[str], tombstones: Collection[Tombstone]) -> None:
        """Crash table: tombstones first, accounts last; until those are marked, `closing` brings us here again."""
        for stone in tombstones:
            document = {"_id": stone.digest, "deleted_at": stone.deleted_at, "suspended": stone.suspended}
            await self._database.run(self._tombstones.replace_one({"_id": stone.digest}, document, upsert=True))
        theirs = {"account": {"$in": list(accounts)}}
        await self._database.run(self._identities.delete_many(theirs))
        await self._database.run(
            self._accounts.update_many({"_id": {"$in": list(accounts)}}, {"$set": {"forgotten": True}})
        )

    async def tombstone(self, digest: str) -> Tombstone | None:
        found = await self._database.run(self._tombstones.find_one({"_id": digest}))
        return Tombstone(found["_id"], found["deleted_at"], found["suspended"]) if found else None

    async def _completed(self, new: Document) -> Account:
        with contextlib.suppress(DuplicateKeyError):
            await self._database.run(self._accounts.insert_one(dict(new)))
        return await self.get(new["_id"]) or _account(new)

    async def _all(self, collection: Any, query: Document) -> list[Document]:
        return await self._database.all(collection.find(query))

    async def _set(self, query: Document, **changes: object) -> None:
        await self._database.run(self._accounts.update_one(query, {"$set": changes}))


def account_document(account: Account) -> Document:
    values = asdict(account)
    del values["closing"]
    return {
        "_id": values.pop("id"), **values, "role": int(account.role), "closing_at": 0, "forgotten": False,
        "drained": False,
    }  # fmt: skip


def _account(found: Document) -> Account:
    return Account(
        found["_id"], found["created_at"], Role(found["role"]), found["suspended"], found["welcomed"],
        found["merged_into"], found["free_from"], found["closing_at"] > 0, found.get("subscriber_until", 0),
    )  # fmt: skip
