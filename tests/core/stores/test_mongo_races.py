"""What a server of many machines does and the stand-in does not: upserts that lose a race, and long index builds.

MongoDB repeats an upsert that lost the race to insert only if its query is nothing but a unique key:
https://www.mongodb.com/docs/manual/reference/method/db.collection.updateOne/#upsert-with-duplicate-values
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from pymongo import _csot
from pymongo.errors import DuplicateKeyError

from core.accounts.model import Account
from core.stores.mongo import open_mongo
from core.stores.mongo.accounts import MongoAccounts
from core.stores.mongo.database import PREPARING_SECONDS, MongoDatabase
from core.stores.mongo.limits import MongoLimits
from core.stores.mongo.processes import MongoFences
from core.stores.mongo.schema import INDEXES
from core.stores.ports import Stores
from tests.servers import Secantus
from tests.support import ALICE, NOON

T = TypeVar("T")
Deed = Callable[[], Awaitable[object]]


class Losing(MongoDatabase):
    """The connection of a process whose next write finds that `rival` was there just before."""

    rival: Deed | None = None

    async def run(self, command: Awaitable[T]) -> T:
        rival, self.rival = self.rival, None
        if rival is None:
            return await super().run(command)
        await rival()
        command.close()  # type: ignore[attr-defined]  # the driver's commands are coroutines
        raise DuplicateKeyError("E11000 duplicate key error")


@pytest.fixture
def url(mongo: Secantus) -> str:
    return mongo.url(f"easel_test_{secrets.token_hex(6)}")


@pytest.fixture
async def stores(url: str) -> AsyncIterator[Stores]:
    database, stores = await open_mongo(url)
    yield stores
    await database.drop()
    await database.close()


@pytest.fixture
async def losing(url: str, stores: Stores) -> AsyncIterator[Losing]:
    database = Losing(url)
    yield database
    await database.close()


async def test_a_strike_that_loses_the_race_for_the_first_is_counted_too(stores: Stores, losing: Losing) -> None:
    losing.rival = lambda: stores.accounts.strike("a", "r1")
    assert await MongoAccounts(losing).strike("a", "r2") == 2
    assert await stores.accounts.strikes("a") == 2


async def test_a_request_that_loses_the_race_for_the_first_of_a_window_is_counted_too(
    stores: Stores, losing: Losing
) -> None:
    losing.rival = lambda: stores.limits.take("k", "r1", 2, NOON)
    assert await MongoLimits(losing).take("k", "r2", 2, NOON) == 2
    losing.rival = lambda: stores.limits.take("l", "r1", 1, NOON)
    assert await MongoLimits(losing).take("l", "r2", 1, NOON) is None


async def test_of_two_who_draw_the_first_number_each_gets_its_own(stores: Stores, losing: Losing) -> None:
    losing.rival = lambda: stores.fences.draw("f")
    assert await MongoFences(losing).draw("f") == 2


async def test_an_account_whose_identity_is_forgotten_while_it_is_in_the_way_is_made(
    stores: Stores, losing: Losing
) -> None:
    async def come_and_go() -> None:
        await stores.accounts.create(ALICE, Account("a1", NOON))
        await stores.accounts.forget(["a1"], [])

    losing.rival = come_and_go
    assert await MongoAccounts(losing).create(ALICE, Account("a2", NOON)) == Account("a2", NOON)


class Timed(MongoDatabase):
    """Notes which time its commands have, in seconds; None: what is set for all of them."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.times: list[float | None] = []

    async def run(self, command: Awaitable[T]) -> T:
        self.times.append(_csot.get_timeout())
        return await super().run(command)


async def test_building_indexes_may_take_longer_than_anything_else(url: str) -> None:
    database = await Timed.open(url)
    assert database.times.count(PREPARING_SECONDS) == len(INDEXES)
    assert set(database.times) == {PREPARING_SECONDS, None}
    await database.drop()
    await database.close()
