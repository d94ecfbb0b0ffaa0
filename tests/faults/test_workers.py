"""Workers on many machines: killed, stopped, cut off from Redis and from the database."""

import asyncio
import random
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.app import App
from core.errors import Interrupted, StoreUnreachable
from core.jobs.model import Job, JobState
from core.requests import Accepted
from core.settings import Settings
from tests.core.test_requests import accepted
from tests.fakes import job_of, until
from tests.faults.fleet import all_over, check_books, fleet
from tests.servers import Secantus, Valkey, mongo_server, valkey_server
from tests.support import imagine, opened, settings_in


def fleet_settings(folder: Path, store: Secantus | None, redis: Valkey | None, **changes: object) -> Settings:
    values: dict[str, object] = {
        "database_url": store.url(f"easel_{secrets.token_hex(4)}") if store else f"sqlite:///{folder / 'easel.db'}",
        "redis_url": redis.url if redis else "",
        "signup_credits": 1_000,
        "max_jobs_in_flight": 100,
        "rate_limit_per_day": "1000",
        "demo_seconds": 0.4,
    }
    return settings_in(folder, **(values | changes))


@pytest.fixture
def own_mongo(tmp_path: Path) -> Iterator[Secantus]:
    with mongo_server(tmp_path / "mongo", mine=True) as server:
        yield server


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    with valkey_server(tmp_path / "valkey", mine=True) as server:
        yield server


async def ordered(app: App, count: int) -> list[Job]:
    return [await accepted(app, imagine(f"r{number}")) for number in range(count)]


async def kill_at_random(settings: Settings, jobs: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    async with opened(settings) as app:
        orders = await ordered(app, jobs)
        with fleet(settings, size=3) as workers:
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(0.3, 1.2))
                workers.kill(chance.randrange(3))
                workers.start()
            ended = await all_over(app, orders, seconds=90)
        await check_books(app, ended, interrupted=2 * workers.killed)


@pytest.mark.soak
async def test_60_jobs_and_workers_that_are_killed_give_60_results(
    tmp_path: Path, own_mongo: Secantus, own_valkey: Valkey
) -> None:
    await kill_at_random(fleet_settings(tmp_path, own_mongo, own_valkey), jobs=60, kills=4, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("redis", [True, False])
@pytest.mark.parametrize("store", ["sqlite", "mongo"])
async def test_again_and_again_on_every_store(
    tmp_path: Path, own_mongo: Secantus, own_valkey: Valkey, store: str, redis: bool, seed: int
) -> None:
    settings = fleet_settings(tmp_path, own_mongo if store == "mongo" else None, own_valkey if redis else None)
    await kill_at_random(settings, jobs=60, kills=8, seed=seed)


@pytest.mark.soak
async def test_a_killed_workers_job_runs_elsewhere_within_15_seconds_on_an_idle_queue(
    tmp_path: Path, valkey: Valkey
) -> None:
    settings = fleet_settings(tmp_path, None, valkey, demo_seconds=3)
    async with opened(settings) as app:
        with fleet(settings, size=2, concurrency=1) as workers:
            [job] = await ordered(app, 1)
            running = await until(lambda: is_running(app, job))
            pids = [f":{worker.pid}:" in running.worker for worker in workers.workers]
            killed_at = time.monotonic()
            workers.kill(pids.index(True))
            await until(lambda: is_running(app, job, attempt=2), seconds=15)
            took = time.monotonic() - killed_at
            [ended] = await all_over(app, [job], seconds=20)
        assert took < 15
        await check_books(app, [ended], interrupted=1)


async def is_running(app: App, job: Job, attempt: int = 1) -> Job | None:
    now = await job_of(app, job.id)
    return now if (now.state, now.attempt) == (JobState.RUNNING, attempt) and now.attempts else None


async def test_sigterm_hands_jobs_back_within_5_seconds_and_they_are_done_elsewhere(
    tmp_path: Path, own_mongo: Secantus, valkey: Valkey
) -> None:
    settings = fleet_settings(tmp_path, own_mongo, valkey, demo_seconds=20)
    async with opened(settings) as app:
        orders = await ordered(app, 4)
        with fleet(settings, size=2) as workers:
            for order in orders:
                await until(lambda order=order: is_running(app, order))  # type: ignore[misc]  # a lambda's default
            workers.stop(timeout=5)
        back = [await job_of(app, order.id) for order in orders]
        assert {(job.state, job.attempt, job.worker) for job in back} == {(JobState.QUEUED, 0, None)}
        with fleet(settings.model_copy(update={"demo_seconds": 0.1}), size=1, concurrency=4):
            ended = await all_over(app, orders, seconds=30)
        assert all(job.state is JobState.DONE for job in ended)


async def test_a_cancel_reaches_a_job_on_another_machine_within_a_second(tmp_path: Path, valkey: Valkey) -> None:
    settings = fleet_settings(tmp_path, None, valkey, demo_seconds=30)
    async with opened(settings) as app:
        with fleet(settings, size=1):
            [job] = await ordered(app, 1)
            await until(lambda: is_running(app, job))
            asked = time.monotonic()
            await app.stores.jobs.request_cancel(job.id, app.clock.now())
            app.signals.stop(job.id)
            [ended] = await all_over(app, [job], seconds=5)
            assert ended.finished_at is not None
            assert (ended.state, ended.charged) == (JobState.CANCELLED, 0)
            assert time.monotonic() - asked < 2  # seen through a look every 0.2 s; the cancel itself is faster


async def test_redis_killed_and_started_again_in_the_middle_costs_no_job_and_no_error(
    tmp_path: Path, own_valkey: Valkey
) -> None:
    settings = fleet_settings(tmp_path, None, own_valkey, demo_seconds=0.2)
    async with opened(settings) as app:
        orders: list[Job] = []

        async def keep_ordering() -> None:
            for number in range(60):
                outcome = await app.requests.submit(imagine(f"r{number}"))
                assert isinstance(outcome, Accepted)
                orders.append(outcome.job)
                await asyncio.sleep(0.05)

        with fleet(settings, size=2):
            ordering = asyncio.create_task(keep_ordering())
            await asyncio.sleep(0.7)
            own_valkey.kill()
            await asyncio.sleep(1.5)
            own_valkey.start()
            await ordering
            ended = await all_over(app, orders, seconds=60)
        assert len(ended) == 60
        await check_books(app, ended, interrupted=0)


@pytest.mark.soak
async def test_mongodb_killed_and_started_again_in_the_middle_gives_no_double_effect(
    tmp_path: Path, own_mongo: Secantus, valkey: Valkey
) -> None:
    """Whoever asks during the outage gets an error that says to try again, and does, under the same request id."""
    settings = fleet_settings(tmp_path, own_mongo, valkey, demo_seconds=0.2)
    refused = 0
    async with opened(settings) as app:
        orders: list[Job] = []

        async def order_until_accepted(number: int) -> None:
            nonlocal refused
            while True:
                try:
                    orders.append(await accepted(app, imagine(f"r{number}")))
                except (StoreUnreachable, Interrupted):
                    refused += 1
                    await asyncio.sleep(0.2)
                else:
                    return

        async def keep_ordering() -> None:
            for number in range(40):
                await order_until_accepted(number)
                await asyncio.sleep(0.05)

        with fleet(settings, size=2):
            ordering = asyncio.create_task(keep_ordering())
            await asyncio.sleep(0.7)
            own_mongo.kill()
            await asyncio.sleep(1)
            own_mongo.start()
            await ordering
            ended = await all_over(app, orders, seconds=90)
        await check_books(app, ended, interrupted=0)
