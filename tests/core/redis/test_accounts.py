"""Remembered accounts are never older than the last change, whatever happens in which order."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.accounts.model import Account, Role
from core.redis.accounts import BAR, LIFE, PREFIX, CachedAccounts
from core.redis.connection import RedisLink
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from tests.core.redis.conftest import rested
from tests.core.stores.contract_accounts import AccountContract
from tests.fakes import Fault, Once, meddled
from tests.servers import Valkey
from tests.support import ALICE, BOB, NOON

KEY = f"easel:{PREFIX}{ALICE}"


@pytest.fixture
async def handles(tmp_path: Path, url: str) -> AsyncIterator[tuple[Stores, Stores]]:
    opened = []
    for _ in range(2):
        database, stores = await open_sqlite(tmp_path / "easel.db")
        link = await RedisLink.open(url)
        opened.append((database, link, replace(stores, accounts=CachedAccounts(link, stores.accounts))))
    yield opened[0][2], opened[1][2]
    for database, link, _ in opened:
        await link.close()
        await database.close()


class TestAccounts(AccountContract): ...


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Stores]:
    database, stores = await open_sqlite(tmp_path / "accounts.db")
    await stores.accounts.create(ALICE, Account("a", NOON))
    yield stores
    await database.close()


async def test_the_second_look_asks_redis_alone(link: RedisLink, database: Stores) -> None:
    fault = Fault(0, reads=True)
    accounts = CachedAccounts(link, meddled(database, before=fault).accounts)
    assert await accounts.find(ALICE) == await accounts.find(ALICE) == Account("a", NOON)
    assert fault.calls == 1
    assert 0 < await link.client.pttl(KEY) <= LIFE


async def test_a_person_who_is_not_known_is_not_remembered(link: RedisLink, database: Stores) -> None:
    accounts = CachedAccounts(link, database.accounts)
    assert await accounts.find(BOB) is None
    await accounts.create(BOB, Account("b", NOON))
    assert await accounts.find(BOB) == Account("b", NOON)


async def test_whoever_read_before_a_change_does_not_remember_it_after(link: RedisLink, database: Stores) -> None:
    """The reader has its answer from the database; then somebody is suspended; then the reader fills the cache."""
    writer = CachedAccounts(link, database.accounts)
    change = Once("find", lambda: writer.suspend("a", "rude"))
    slow = CachedAccounts(link, meddled(database, after=change).accounts)
    assert await slow.find(ALICE) == Account("a", NOON)
    assert change.done
    found = await slow.find(ALICE)
    assert found is not None
    assert found.suspended == "rude"


async def test_whoever_reads_during_a_change_does_not_remember_what_was_before(
    link: RedisLink, database: Stores
) -> None:
    reader = CachedAccounts(link, database.accounts)
    read = Once("raise_role", lambda: reader.find(ALICE))
    writer = CachedAccounts(link, meddled(database, before=read).accounts)
    await writer.raise_role("a", Role.ADMIN)
    assert read.done
    found = await reader.find(ALICE)
    assert found is not None
    assert found.role is Role.ADMIN


async def test_a_change_that_crashes_leaves_a_bar_that_expires(link: RedisLink, database: Stores) -> None:
    accounts = CachedAccounts(link, database.accounts)
    await accounts.find(ALICE)
    async with accounts._changing(["a"]):
        assert await link.client.get(KEY) == "!"
        assert 0 < await link.client.pttl(KEY) <= BAR
        assert await accounts.find(ALICE) == Account("a", NOON)
        assert await link.client.get(KEY) == "!"


async def test_a_change_while_redis_was_away_is_forgotten_when_it_is_back(own_server: Valkey, database: Stores) -> None:
    """Redis is only out of this process's reach here, so what it remembers is old."""
    link = await RedisLink.open(own_server.url)
    accounts = CachedAccounts(link, database.accounts)
    await accounts.find(ALICE)
    link._failed(OSError("out of reach"))
    await accounts.suspend("a", "rude")
    await rested(link)
    found = await accounts.find(ALICE)
    assert found is not None
    assert found.suspended == "rude"
    await link.close()


async def test_a_dead_redis_is_passed_by(own_server: Valkey, database: Stores) -> None:
    link = await RedisLink.open(own_server.url)
    accounts = CachedAccounts(link, database.accounts)
    own_server.kill()
    await accounts.raise_role("a", Role.ADMIN)
    found = await accounts.find(ALICE)
    assert found is not None
    assert found.role is Role.ADMIN
    await link.close()


async def test_what_another_version_remembered_is_read_anew(link: RedisLink, database: Stores) -> None:
    await link.client.set(KEY, '{"name": "alice"}')
    assert await CachedAccounts(link, database.accounts).find(ALICE) == Account("a", NOON)
