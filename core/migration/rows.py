"""Rows of SQLite as documents of MongoDB. Where a document has its own shape, its store says which."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from core.accounts.model import Account, Role
from core.jobs.model import Job
from core.observe.model import Rollup
from core.payments.orders import Code
from core.stores.mongo.accounts import account_document
from core.stores.mongo.codes import code_document
from core.stores.mongo.database import Document
from core.stores.mongo.jobs.documents import document_of
from core.stores.mongo.keys import KEY, key_document
from core.stores.mongo.orders import ORDER, order_document
from core.stores.mongo.summing import name_of, rollup_fields

Row = sqlite3.Row
Rows = Iterator[Row]


def plain(key: str, **renamed: Callable[[Row], object]) -> Callable[[Rows], Iterator[Document]]:
    """Columns become fields, the key column becomes `_id`, and what is named here is made from the row."""

    def documents(rows: Rows) -> Iterator[Document]:
        for row in rows:
            fields = dict(row)
            yield {"_id": fields.pop(key), **fields, **{name: make(row) for name, make in renamed.items()}}

    return documents


def entries(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": f"{row['account']}:{row['seq']}", **dict(row)}


def accounts(rows: Rows) -> Iterator[Document]:
    for row in rows:
        document = account_document(_account(row))
        yield document | {
            "closing_at": row["closing_at"], "forgotten": bool(row["forgotten"]), "drained": bool(row["drained"]),
        }  # fmt: skip


def identities(rows: Rows) -> Iterator[Document]:
    for row in rows:
        name = f"{row['platform']}:{row['user']}"
        new = account_document(_account(row))
        yield {
            "_id": name, "platform": row["platform"], "user": row["user"], "account": row["account"], "new": new,
        }  # fmt: skip


def _account(row: Row) -> Account:
    return Account(
        row["id"], row["created_at"], Role(row["role"]), row["suspended"], bool(row["welcomed"]), row["merged_into"],
        row["free_from"], subscriber_until=row["subscriber_until"],
    )  # fmt: skip


def orders(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield order_document(replace(ORDER.validate_json(row["doc"]), version=row["version"]))


def codes(rows: Rows) -> Iterator[Document]:
    for _, uses in groupby(rows, key=lambda row: row["digest"]):
        found = list(uses)
        code = Code(*(found[0][name] for name in ("digest", "credits", "uses", "created_at", "expires_at")))
        users = [row["account"] for row in found if row["account"] is not None]
        waiting = [row for row in found if row["account"] is not None and not row["done"]]
        yield code_document(code) | {
            "left": code.uses - len(users), "users": users, "open": [row["account"] for row in waiting],
            "open_at": min((row["at"] for row in waiting), default=None),
        }  # fmt: skip


def strikes(rows: Rows) -> Iterator[Document]:
    for account, theirs in groupby(rows, key=lambda row: row["account"]):
        yield {"_id": account, "requests": [row["request"] for row in theirs]}


def takes(rows: Rows) -> Iterator[Document]:
    for key, taken in groupby(rows, key=lambda row: row["key"]):
        window = list(taken)
        requests = [row["request"] for row in window]
        yield {
            "_id": key, "used": len(requests), "requests": requests,
            "expires_at": max(row["expires_at"] for row in window),
        }  # fmt: skip


def jobs(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield document_of(Job.model_validate_json(row["doc"]), 1)


def rollups(rows: Rows) -> Iterator[Document]:
    for row in rows:
        rollup = Rollup.model_validate_json(row["doc"])
        yield {"_id": name_of(rollup), "version": 1, "pending": [], **rollup_fields(rollup)}


def keys(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield key_document(KEY.validate_json(row["doc"]))


def feed(rows: Rows) -> Iterator[Document]:
    for channel, said in groupby(rows, key=lambda row: row["channel"]):
        prev = 0
        for row in said:
            yield {"_id": f"{len(channel)}:{channel}:{row['id']}", "prev": prev, **dict(row)}
            prev = row["seq"]


def fences(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": f"fence:{row['name']}", "number": row["number"]}


def feed_number(rows: Rows) -> Iterator[Document]:
    for row in rows:
        yield {"_id": "feed", "number": row["last"]}
