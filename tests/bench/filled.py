"""Databases with so many usage records of thirty days, and the sums that belong to them, written in bulk.

What is written is what `record` would have written, made once for each day and filled in by name.
"""

import math
import sqlite3
from collections.abc import Iterator
from itertools import islice

from pymongo import MongoClient

from core.accounts.model import Account
from core.clock import DAY, HOUR, Millis, utc_date
from core.ids import account_id
from core.observe.model import CallCost, Indicators, Rollup, Usage
from core.observe.rows import rows_of, summaries_of
from core.stores.mongo.accounts import account_document
from core.stores.mongo.database import Document
from core.stores.mongo.schema import INDEXES
from core.stores.mongo.summing import name_of, rollup_fields
from tests.support import NOON

DAYS = 30
MODELS = (("openai", "gpt-image", "image"), ("gemini", "gemini-flash", "chat"))
BATCH = 20_000
WHO, ID = "@account@", "@id@"


class Filling:
    """At least `rows` usage records. Everybody asks on every day: `each` times, one day this model, one day that."""

    def __init__(self, rows: int, each: int) -> None:
        people = math.ceil(rows / (DAYS * each))
        self.accounts = [account_id(NOON - DAYS * DAY + number) for number in range(people)]
        self.size = people * DAYS * each
        self._each = each
        days = [(NOON - number * DAY, MODELS[number % len(MODELS)]) for number in range(DAYS)]
        self._days = [(utc_date(at), at, _usage(*model)) for at, model in days]

    def people(self) -> Iterator[Account]:
        return (Account(account, NOON - DAYS * DAY, welcomed=True) for account in self.accounts)

    def records(self) -> Iterator[tuple[str, str, Millis, str]]:
        """(request id, account, at, document)"""
        for day, at, usage in self._days:
            text = usage.model_dump_json().replace(f'"at":{usage.at}', f'"at":{at}')
            for account in self.accounts:
                for number in range(self._each):
                    name = f"{account}:{day}:{number}"
                    yield name, account, at, text.replace(WHO, account).replace(ID, name)

    def rollups(self) -> Iterator[Rollup]:
        """Of each account on each day, of each day, and of each account in each month."""
        months: dict[str, Rollup] = {}
        for day, _, usage in self._days:
            (row,) = (_times(row, self._each) for row in rows_of(usage))
            for account in self.accounts:
                yield row.model_copy(update={"account": account, "day": day})
            total, month = summaries_of(row.model_copy(update={"day": day}))
            yield _times(total, len(self.accounts))
            months[day[:7]] = months[day[:7]].plus(month) if day[:7] in months else month
        for month in months.values():
            for account in self.accounts:
                yield month.model_copy(update={"account": account})


def _usage(provider: str, model: str, operation: str) -> Usage:
    said = Indicators(total_ms=900, db_ms=4, ai_ms=840, status="done", provider_used=provider)
    call = CallCost(provider=provider, model=model, outcome="done", cost=5_000_000)
    return Usage(
        request_id=ID, account=WHO, platform="discord", operation=operation, model=model, model_used=model, at=HOUR,
        credits=10, pictures=1, calls=(call,), earned=9_980_000, indicators=said,
    )  # fmt: skip


def _times(row: Rollup, count: int) -> Rollup:
    return row.model_copy(
        update={
            "counters": {name: value * count for name, value in row.counters.items()},
            "histograms": {name: [value * count for value in values] for name, values in row.histograms.items()},
        }
    )


def fill_sqlite(path: str, filling: Filling) -> None:
    """The file has its tables already."""
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO usage VALUES (?, ?, ?, ?)", filling.records())
        connection.executemany(
            "INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*row.key, row.model_dump_json(), row.counters.get("cost_nano", 0)) for row in filling.rollups()),
        )
        connection.executemany(
            "INSERT INTO accounts (id, created_at, role, welcomed, free_from) VALUES (?, ?, 1, 1, 0)",
            ((account, NOON - DAYS * DAY) for account in filling.accounts),
        )
        connection.executemany(
            "INSERT INTO identities VALUES ('discord', ?, ?)", ((account, account) for account in filling.accounts)
        )
    connection.close()


def fill_mongo(url: str, filling: Filling) -> None:
    """The database has been opened once. Its indexes are made anew, which is faster than to keep them meanwhile."""
    client: MongoClient[Document] = MongoClient(url)
    database = client.get_default_database()
    usage = (
        {"_id": name, "account": who, "at": at, "counted": True, "doc": doc} for name, who, at, doc in filling.records()
    )
    rollups = ({"_id": name_of(row), "version": 1, "pending": [], **rollup_fields(row)} for row in filling.rollups())
    people = (account_document(account) for account in filling.people())
    names = (
        {"_id": f"discord:{each.id}", "platform": "discord", "user": each.id, "account": each.id,
         "new": account_document(each)} for each in filling.people()
    )  # fmt: skip
    for name, documents in (("usage", usage), ("rollups", rollups), ("accounts", people), ("identities", names)):
        database[name].drop_indexes()
        while batch := list(islice(documents, BATCH)):
            database[name].insert_many(batch, ordered=False)
        for index in INDEXES[name]:
            database[name].create_indexes([index])
    client.close()
