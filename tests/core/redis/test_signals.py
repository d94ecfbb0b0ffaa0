"""Wake-up calls reach the other processes, and come back after an outage by themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.jobs.signals import Signals
from core.redis import Shared, open_redis
from core.redis.connection import RedisLink
from core.redis.relay import CHANNEL
from core.redis.transport import GROUP, STREAM
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from core.tasks import stopped
from tests.fakes import until
from tests.servers import Valkey
from tests.support import ManualClock


class Process:
    """One process's signals."""

    def __init__(self, signals: Signals, shared: Shared) -> None:
        self.signals = signals
        self.shared = shared


@asynccontextmanager
async def process(url: str, stores: Stores, name: str) -> AsyncIterator[Process]:
    signals = Signals()
    async with open_redis(url, stores, signals, ManualClock(), name) as shared:
        yield Process(signals, shared)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    yield stores
    await database.close()


@pytest.fixture
async def pair(url: str, stores: Stores) -> AsyncIterator[tuple[Process, Process]]:
    async with process(url, stores, "one") as one, process(url, stores, "two") as two:
        await until(lambda: heard_by(one, 2))
        yield one, two


async def heard_by(one: Process, listeners: int) -> bool:
    [(_, number)] = await one.shared.link.client.pubsub_numsub(one.shared.link.prefix + CHANNEL)
    return int(number) == listeners


async def so(condition: Callable[[], object]) -> None:
    async def asked() -> bool:
        return bool(condition())

    await until(asked)


async def test_progress_and_the_end_of_a_job_are_heard_elsewhere(pair: tuple[Process, Process]) -> None:
    one, two = pair
    async with two.signals.listening("C1") as bell:
        one.signals.progressed("j", "C1", 0.4)
        async with asyncio.timeout(5):
            await bell.wait(5)
        assert two.signals.progress == one.signals.progress == {"j": 0.4}
        one.signals.ended("j", "C1")
        await so(lambda: two.signals.progress == {})


async def test_a_job_is_stopped_from_elsewhere(pair: tuple[Process, Process]) -> None:
    one, two = pair
    with two.signals.stopping("j") as stop, one.signals.stopping("other") as stays:
        one.signals.stop("j")
        async with asyncio.timeout(5):
            await stop.wait()
        assert not stays.is_set()


async def test_what_nobody_understands_does_no_harm(pair: tuple[Process, Process]) -> None:
    one, two = pair
    for junk in ("", "no json", "[]", '{"kind": "changed"}', '{"kind": "new", "by": "x"}', '{"kind":"stop","job":7}'):
        await one.shared.link.client.publish(one.shared.link.prefix + CHANNEL, junk)
    async with two.signals.listening("C1") as bell:
        one.signals.changed("C1")
        async with asyncio.timeout(5):
            await bell.wait(5)


async def test_one_queued_job_wakes_one_worker(pair: tuple[Process, Process]) -> None:
    woken: list[str] = []

    async def lane(name: str, signals: Signals) -> None:
        while True:
            before = asyncio.get_running_loop().time()
            await signals.work.wait(30)
            assert asyncio.get_running_loop().time() - before < 30
            woken.append(name)

    one, two = pair
    asking = Signals()
    asking.relay = one.signals.relay  # a web process that has no worker itself
    await so(lambda: one.signals.work._event.is_set() and two.signals.work._event.is_set())  # rung on connecting
    lanes = [asyncio.create_task(lane("one", one.signals)), asyncio.create_task(lane("two", two.signals))]
    await so(lambda: len(woken) == 2)
    woken.clear()
    transports = [asyncio.create_task(each.shared.transport.run()) for each in pair]
    await until(lambda: one.shared.link.client.exists(one.shared.link.prefix + STREAM))
    for number in range(1, 6):
        asking.queued()
        await so(lambda number=number: len(woken) >= number)  # type: ignore[misc]  # a lambda's default
    await asyncio.sleep(0.3)
    assert len(woken) == 5
    await stopped((*lanes, *transports))


async def test_a_busy_worker_leaves_messages_to_others(url: str, stores: Stores) -> None:
    """It has no free lane: at most one message waits with it."""
    async with process(url, stores, "busy") as busy:
        running = asyncio.create_task(busy.shared.transport.run())
        await until(lambda: busy.shared.link.client.exists(busy.shared.link.prefix + STREAM))
        for _ in range(5):
            await busy.shared.transport.kick()
        await asyncio.sleep(0.5)
        [group] = await busy.shared.link.client.xinfo_groups(busy.shared.link.prefix + STREAM)
        assert group["lag"] >= 3
        await stopped({running})


async def test_after_an_outage_everything_is_heard_again(own_server: Valkey, stores: Stores) -> None:
    async with process(own_server.url, stores, "one") as one, process(own_server.url, stores, "two") as two:
        working = asyncio.create_task(two.shared.transport.run())
        await until(lambda: heard_by(one, 2))
        own_server.kill()
        one.signals.stop("j")
        one.signals.queued()
        await asyncio.sleep(0.2)
        own_server.start()
        await until(lambda: link_hears(own_server.url, one.shared.link.prefix))
        lane = asyncio.create_task(two.signals.work.wait(30))
        await so(lane.done)  # the gap itself made everybody look
        with two.signals.stopping("j") as stop:
            one.signals.stop("j")
            async with asyncio.timeout(5):
                await stop.wait()
        await stopped({working})


async def link_hears(url: str, prefix: str) -> bool:
    link = await RedisLink.open(url)
    try:
        [(_, number)] = await link.client.pubsub_numsub(prefix + CHANNEL)
        return int(number) == 2
    finally:
        await link.close()


async def test_a_worker_that_stops_leaves_no_name_behind(url: str, stores: Stores) -> None:
    async with process(url, stores, "one") as one:
        working = asyncio.create_task(one.shared.transport.run())
        await until(lambda: one.shared.link.client.exists(one.shared.link.prefix + STREAM))
        await one.shared.transport.kick()
        await asyncio.sleep(0.3)
        await stopped({working})
    link = await RedisLink.open(url)
    assert await link.client.xinfo_consumers(f"easel:{stores.installation}:{STREAM}", GROUP) == []
    await link.close()


async def test_a_queued_job_that_finds_redis_gone_does_not_silence_what_comes_later(
    own_server: Valkey, stores: Stores
) -> None:
    async with process(own_server.url, stores, "one") as one, process(own_server.url, stores, "two") as two:
        await until(lambda: heard_by(one, 2))
        own_server.kill()
        one.signals.queued()
        await asyncio.sleep(0.3)
        own_server.start()
        await until(lambda: link_hears(own_server.url, one.shared.link.prefix))
        await asyncio.sleep(1.1)
        with two.signals.stopping("j") as stop:
            one.signals.stop("j")
            async with asyncio.timeout(5):
                await stop.wait()
