"""Of several schedulers one leads; another follows when it is gone, and a leader that slept notices."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import redis.asyncio as redis

from core.app import App
from core.clock import SystemClock
from core.redis.leader import Leader, Pace
from core.tasks import stopped
from tests.fakes import Fault, meddled, until
from tests.servers import Valkey

QUICK = Pace(life=600, renew=0.2, try_again=0.1, patience=1.5)
FOLLOWED_WITHIN = 2.0


class Candidate:
    """A leader that counts how often it was elected, with a Redis client of its own."""

    def __init__(self, app: App, url: str, pace: Pace = QUICK) -> None:
        self.client: redis.Redis = redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3, protocol=2)
        self.leader = Leader(self.client, app.stores.fences, app.stores.slots, SystemClock(), pace=pace)
        self.elections = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self.leader.run(self._elected))

    async def acts(self) -> bool:
        return await self.leader.acts()

    async def stop(self) -> None:
        """As SIGTERM stops it."""
        if self._task is not None:
            await stopped({self._task})

    async def vanish(self) -> None:
        """As SIGKILL ends it: nothing is released."""

        async def nothing() -> None: ...

        self.leader._resign = nothing  # type: ignore[method-assign]  # this test puts its own in that place
        await self.stop()

    def _elected(self) -> None:
        self.elections += 1


Candidates = Callable[..., Awaitable[Candidate]]


@asynccontextmanager
async def candidates(app: App, url: str) -> AsyncIterator[Candidates]:
    async with AsyncExitStack() as stack:

        async def start(**options: Pace) -> Candidate:
            candidate = Candidate(app, url, **options)
            stack.push_async_callback(candidate.client.aclose)
            stack.push_async_callback(candidate.stop)
            candidate.start()
            return candidate

        yield start


@pytest.fixture
async def joining(app: App, url: str) -> AsyncIterator[Candidates]:
    async with candidates(app, url) as start:
        yield start


async def test_of_three_one_acts(joining: Candidates) -> None:
    crowd = [await joining() for _ in range(3)]
    await asyncio.sleep(1)
    assert sorted([await one.acts() for one in crowd]) == [False, False, True]
    assert sum(one.elections for one in crowd) == 1


async def test_it_keeps_leading(joining: Candidates) -> None:
    first = await joining()
    await until(first.acts)
    second = await joining()
    await asyncio.sleep(1.5)
    assert (await first.acts(), await second.acts(), first.elections) == (True, False, 1)


async def test_one_that_is_stopped_is_followed_at_once(joining: Candidates) -> None:
    first = await joining()
    await until(first.acts)
    second = await joining()
    await first.stop()
    assert not await first.acts()
    await until(second.acts, QUICK.life / 2_000)


async def test_one_that_is_killed_is_followed_when_its_lock_expires(joining: Candidates) -> None:
    first = await joining()
    await until(first.acts)
    second = await joining()
    await first.vanish()
    begun = time.monotonic()
    await until(second.acts, FOLLOWED_WITHIN)
    assert time.monotonic() - begun > QUICK.life / 3_000


async def test_one_that_slept_through_its_lock_does_nothing_when_it_wakes(joining: Candidates) -> None:
    """Its first deed after waking comes before it has asked Redis anything."""
    first = await joining()
    await until(first.acts)
    await first.vanish()
    second = await joining()
    await until(second.acts, FOLLOWED_WITHIN)
    assert first.leader._number is not None
    assert not await first.acts()
    assert await second.acts()


async def test_a_lock_that_redis_lost_is_taken_anew_and_only_one_acts(joining: Candidates) -> None:
    crowd = [await joining(), await joining()]
    await asyncio.sleep(0.3)
    for _ in range(3):
        await crowd[0].client.flushall()
        await asyncio.sleep(0.5)
        assert sorted([await one.acts() for one in crowd]) == [False, True]


async def test_its_lock_is_never_released_by_another(joining: Candidates) -> None:
    first = await joining()
    await until(first.acts)
    second = await joining()
    await asyncio.sleep(0.2)
    await second.stop()
    assert await first.client.get(first.leader._key) == first.leader._token.encode()
    await asyncio.sleep(0.5)
    assert (await first.acts(), first.elections) == (True, 1)


async def test_while_redis_is_away_the_leader_goes_on_alone(app: App, own_server: Valkey) -> None:
    async with candidates(app, own_server.url) as joining:
        first = await joining()
        await until(first.acts)
        others = [await joining(), await joining()]
        own_server.kill()
        for _ in range(8):
            await asyncio.sleep(QUICK.patience / 3)
            assert await first.acts()
            assert not any([await other.acts() for other in others])
        own_server.start()
        await asyncio.sleep(1)
        crowd = [first, *others]
        assert [await one.acts() for one in crowd].count(True) == 1


async def test_while_redis_is_away_a_leader_that_is_gone_is_followed_by_one(app: App, own_server: Valkey) -> None:
    async with candidates(app, own_server.url) as joining:
        first = await joining()
        await until(first.acts)
        others = [await joining(), await joining()]
        await asyncio.sleep(0.2)
        own_server.kill()
        killed = time.monotonic()
        await first.vanish()

        async def followed() -> bool:
            return any([await other.acts() for other in others])

        await until(followed, QUICK.patience + FOLLOWED_WITHIN)
        assert time.monotonic() - killed > QUICK.patience / 2
        for _ in range(5):
            await asyncio.sleep(QUICK.patience / 3)
            assert sorted([await other.acts() for other in others]) == [False, True]
        assert not await first.acts()
        own_server.start()
        await asyncio.sleep(1)
        assert sorted([await other.acts() for other in others]) == [False, True]


async def test_without_redis_from_the_start_one_leads_after_a_while(app: App, own_server: Valkey) -> None:
    own_server.kill()
    async with candidates(app, own_server.url) as joining:
        only = await joining()
        await asyncio.sleep(QUICK.patience / 2)
        assert not await only.acts()
        await until(only.acts, QUICK.patience + FOLLOWED_WITHIN)


async def test_one_that_is_cut_off_from_redis_does_not_depose_one_that_is_not(app: App, own_server: Valkey) -> None:
    async with candidates(app, own_server.url) as joining, candidates(app, "redis://127.0.0.1:1/0") as astray:
        first = await joining()
        await until(first.acts)
        lost = await astray()
        await asyncio.sleep(QUICK.patience * 2)
        assert (await first.acts(), await lost.acts(), first.elections) == (True, False, 1)


async def test_a_database_that_stumbles_ends_no_leadership(app: App, url: str) -> None:
    stumbling = Fault(3, lasts=3)
    faulty = meddled(app.stores, before=stumbling)
    async with redis.Redis.from_url(url, protocol=2) as client:
        leader = Leader(client, faulty.fences, faulty.slots, SystemClock(), pace=QUICK)
        task = asyncio.create_task(leader.run(lambda: None))
        await until(leader.acts)

        async def over() -> bool:
            return stumbling.calls >= 8

        await until(over)
        assert await leader.acts()
        await stopped({task})
