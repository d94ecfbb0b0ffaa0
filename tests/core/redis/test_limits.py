"""Redis keeps the contract of limits in front of a database, and hands its counts over when it goes away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import DAY, HOUR
from core.redis.connection import RedisLink
from core.redis.limits import PREFIX, RedisLimits
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from tests.core.redis.conftest import rested
from tests.core.stores.contract import LimitContract
from tests.servers import Valkey
from tests.support import NOON, ManualClock

END = NOON + DAY


@pytest.fixture
async def handles(tmp_path: Path, url: str, clock: ManualClock) -> AsyncIterator[tuple[Stores, Stores]]:
    opened = []
    for _ in range(2):
        database, stores = await open_sqlite(tmp_path / "easel.db")
        link = await RedisLink.open(url)
        limits = RedisLimits(link, stores.limits, clock)
        opened.append((database, link, limits, replace(stores, limits=limits)))
    yield opened[0][3], opened[1][3]
    for database, link, limits, _ in opened:
        await limits.close()
        await link.close()
        await database.close()


class TestLimits(LimitContract):
    async def test_ended_windows_are_forgotten_and_others_kept(self, stores: Stores) -> None:
        """By Redis itself, an hour after their end by its own clock."""
        await stores.limits.take("k", "r", 1, NOON + 5)
        assert isinstance(stores.limits, RedisLimits)
        assert 0 < await stores.limits._link.client.pttl("easel:" + PREFIX + "k") <= HOUR + 5


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Stores]:
    database, stores = await open_sqlite(tmp_path / "limits.db")
    yield stores
    await database.close()


@pytest.fixture
async def limits(link: RedisLink, database: Stores, clock: ManualClock) -> AsyncIterator[RedisLimits]:
    limits = RedisLimits(link, database.limits, clock)
    yield limits
    await limits.close()


async def test_what_redis_counts_is_written_down(limits: RedisLimits, database: Stores) -> None:
    for request in ("r1", "r2"):
        await limits.take("k", request, 5, END)
    await limits.close()
    assert sorted(await database.limits.taken("k")) == ["r1", "r2"]


async def test_after_a_refusal_nothing_is_written_down(limits: RedisLimits, database: Stores) -> None:
    await limits.take("k", "r1", 1, END)
    assert await limits.take("k", "r2", 1, END) is None
    await limits.close()
    assert await database.limits.taken("k") == ["r1"]


async def test_a_take_is_one_round_trip_once_the_window_is_known(
    limits: RedisLimits, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await limits.take("k", "r1", 9, END)
    before = (await link.client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    received = (await link.client.info("stats"))["total_commands_processed"]
    await limits.take("k", "r2", 9, END)
    after = await link.client.info("commandstats")
    assert after["cmdstat_evalsha"]["calls"] == before + 1
    inside = 6  # what the script itself does: EXISTS, SCARD, SISMEMBER, SADD, PEXPIRE, and the EVALSHA
    assert (await link.client.info("stats"))["total_commands_processed"] <= received + inside + 3


@pytest.mark.parametrize("lost", ["evicted", "emptied"])
async def test_a_window_that_redis_lost_is_filled_from_the_database(
    limits: RedisLimits, link: RedisLink, lost: str
) -> None:
    for request in ("r1", "r2"):
        await limits.take("k", request, 3, END)
    await limits.close()
    await (link.client.delete("easel:" + PREFIX + "k") if lost == "evicted" else link.client.flushall())
    assert await limits.take("k", "r1", 3, END) == 2  # the same request again
    assert await limits.take("k", "r3", 3, END) == 3
    assert await limits.take("k", "r4", 3, END) is None


async def test_counting_goes_on_through_an_outage_and_after_it(
    own_server: Valkey, database: Stores, clock: ManualClock
) -> None:
    link = await RedisLink.open(own_server.url)
    limits = RedisLimits(link, database.limits, clock)
    assert await limits.take("k", "r1", 3, END) == 1
    await limits.close()
    own_server.kill()
    assert await limits.take("k", "r2", 3, END) == 2
    assert await limits.used("k") == 2
    own_server.start()
    await rested(link)
    assert await limits.take("k", "r3", 3, END) == 3
    assert await limits.take("k", "r4", 3, END) is None
    await limits.give_back("k", "r1")
    assert await limits.take("k", "r4", 3, END) == 3
    await limits.close()
    await link.close()


async def test_a_full_redis_is_passed_by(own_server: Valkey, database: Stores, clock: ManualClock) -> None:
    link = await RedisLink.open(own_server.url)
    await link.client.config_set("maxmemory", "1mb")
    limits = RedisLimits(link, database.limits, clock)
    outcomes = [await limits.take("k", f"r{number}", 3, END) for number in range(5)]
    assert outcomes == [1, 2, 3, None, None]
    await limits.close()
    await link.close()


async def test_many_at_once_over_two_processes_take_exactly_the_limit(handles: tuple[Stores, Stores]) -> None:
    outcomes = await asyncio.gather(*(handles[n % 2].limits.take("k", f"r{n}", 20, END) for n in range(200)))
    assert sorted(used for used in outcomes if used is not None) == list(range(1, 21))
