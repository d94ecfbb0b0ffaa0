"""An older MongoDB database is brought to this version, whoever is killed meanwhile and however many do so at once."""

import secrets
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

import pytest

from core.observe.model import Rollup
from core.stores.mongo import open_mongo
from core.stores.mongo.database import MongoDatabase
from core.stores.mongo.schema import SCHEMA_VERSION
from core.stores.mongo.summing import SUMMED_SINCE
from core.stores.ports import Stores
from tests.core.stores.contract_reports import fallen_back, usage
from tests.servers import Secantus

T = TypeVar("T")
TODAY = "2026-11-23"
READS, WRITES, LATER = 3, 6, 9
"""Commands of a start: the third reads what there is to add up, the fifth to thirteenth write rows."""


class Killed(Exception):
    """The process ends here."""


class Interrupted(MongoDatabase):
    """The connection of a process to which something happens before its command number `at`, from 1."""

    at = 0

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    async def run(self, command: Awaitable[T]) -> T:
        self.at -= 1
        if self.at == 0:
            try:
                await self.happens()
            except Killed:
                command.close()  # type: ignore[attr-defined]  # the driver's commands are coroutines
                raise
        return await super().run(command)

    async def happens(self) -> None:
        raise Killed


class Overtaken(Interrupted):
    """Another process upgrades, and records."""

    async def happens(self) -> None:
        database, stores = await open_mongo(self.url)
        await stores.usage.record(usage("r3"))
        await database.close()


@pytest.fixture
def url(mongo: Secantus) -> str:
    return mongo.url(f"easel_test_{secrets.token_hex(6)}")


@pytest.fixture
async def older(url: str) -> AsyncIterator[tuple[MongoDatabase, Stores]]:
    """A database with records from before there were sums."""
    database, stores = await open_mongo(url)
    await stores.usage.record(usage("r1"))
    await stores.usage.record(fallen_back("r2"))
    yield database, stores
    await database.drop()
    await database.close()


async def age(database: MongoDatabase) -> None:
    await database.run(database.collection("rollups").delete_many({"day": {"$gt": "a"}}))
    older = {"$set": {"version": SUMMED_SINCE - 1}}
    await database.run(database.collection("meta").update_one({"_id": "schema"}, older))


async def summed(stores: Stores) -> list[Rollup]:
    of_day = sorted(await stores.usage.totals(TODAY, TODAY), key=lambda row: row.key)
    return [*await stores.usage.rollups(TODAY, TODAY), *of_day, *await stores.usage.dearest(TODAY[:7], 9)]


@pytest.mark.parametrize("at", [WRITES, LATER])
async def test_what_a_killed_upgrade_left_is_done_at_the_next_start(
    older: tuple[MongoDatabase, Stores], url: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, stores = older
    right = await summed(stores)
    await age(database)
    monkeypatch.setattr(Interrupted, "at", at)
    with pytest.raises(Killed):
        await Interrupted.open(url)
    again, stores = await open_mongo(url)
    assert await summed(stores) == right
    assert await again.run(again.collection("meta").find_one({"version": SCHEMA_VERSION})) is not None
    await again.close()


@pytest.mark.parametrize("at", [READS, READS + 1, WRITES, LATER])
async def test_whoever_upgrades_more_slowly_than_another_leaves_alone_what_that_one_records(
    older: tuple[MongoDatabase, Stores], url: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, stores = older
    await age(database)
    monkeypatch.setattr(Overtaken, "at", at)
    slow = await Overtaken.open(url)
    assert slow.at < 0
    found = await summed(stores)
    for rows in (await stores.usage.rollups(TODAY, TODAY), await stores.usage.totals(TODAY, TODAY)):
        assert sum(row.counters["requests"] for row in rows) == 3
    assert [row.counters["requests"] for row in found[-1:]] == [3]
    await slow.close()
