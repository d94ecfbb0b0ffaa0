"""Periodic work runs when it is due, one run at a time, and a task that fails stops no other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger

from core.app import App
from core.clock import DAY, HOUR, MINUTE, SECOND
from core.errors import StoreBusy
from core.jobs.making import LEASE
from core.jobs.model import JobState
from core.schedule import EVERY_HOUR, Alone, Scheduler, Task, scheduler_of, tasks_of
from tests.core.jobs.test_sweeper import claimed
from tests.core.test_requests import accepted
from tests.fakes import Once, app_on, job_of, meddled, until
from tests.support import NOON, ManualClock, imagine, opened, settings_in

EVERY_SECOND = {"second": "*"}
NEVER = {"year": "2199"}


class Counter:
    """A task that counts its runs, and does something each time."""

    def __init__(self, deed: Callable[[], object] = lambda: None, seconds: float = 0.0) -> None:
        self.runs = self.ended = self.cancelled = self.at_once = self.most_at_once = 0
        self._deed = deed
        self._seconds = seconds

    async def __call__(self) -> None:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self._seconds)
            self._deed()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.at_once -= 1
        self.ended += 1


class Elected:
    """Leads from the start, as long as it is told so."""

    def __init__(self) -> None:
        self.leads = True

    async def run(self, elected: Callable[[], None]) -> None:
        elected()
        await asyncio.Event().wait()

    async def acts(self) -> bool:
        return self.leads


class Unelected(Elected):
    async def run(self, elected: Callable[[], None]) -> None:
        self.leads = False
        await asyncio.Event().wait()


@asynccontextmanager
async def scheduling(tasks: Sequence[Task], leadership: Elected | None = None) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(Scheduler(tasks, leadership or Elected()).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def refuse() -> None:
    raise StoreBusy


def crash() -> None:
    raise ZeroDivisionError


async def seen(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async def look() -> bool:
        return condition()

    await until(look, seconds)


async def test_all_tasks_run_at_the_start_and_again_when_due() -> None:
    often, seldom = Counter(), Counter()
    async with scheduling([Task("often", often, EVERY_SECOND), Task("seldom", seldom, NEVER)]):
        await seen(lambda: often.runs >= 3)
        assert seldom.runs == 1


async def test_one_may_wait_a_while_after_the_start() -> None:
    at_once, later = Counter(), Counter()
    async with scheduling([Task("at once", at_once, NEVER), Task("later", later, NEVER, first=1)]):
        await seen(lambda: at_once.runs == 1)
        assert later.runs == 0
        await seen(lambda: later.runs == 1)


@pytest.mark.parametrize("deed", [refuse, crash])
async def test_one_that_fails_is_tried_again_and_stops_no_other(deed: Callable[[], None]) -> None:
    logging.disable()
    failing, fine = Counter(deed), Counter()
    async with scheduling([Task("failing", failing, EVERY_SECOND), Task("fine", fine, EVERY_SECOND)]) as running:
        await seen(lambda: failing.runs >= 3 and fine.ended >= 3)
        assert not running.done()
    logging.disable(logging.NOTSET)


async def test_one_that_hangs_is_given_up_and_tried_again() -> None:
    hanging, fine = Counter(seconds=60), Counter()
    tasks = [Task("hanging", hanging, EVERY_SECOND, limit=0.2), Task("fine", fine, EVERY_SECOND)]
    async with scheduling(tasks):
        await seen(lambda: hanging.cancelled >= 2 and fine.ended >= 2)


async def test_one_that_takes_long_never_runs_twice_at_once(caplog: pytest.LogCaptureFixture) -> None:
    slow = Counter(seconds=2.5)
    async with scheduling([Task("slow", slow, EVERY_SECOND)]):
        await seen(lambda: slow.ended >= 2, 10)
        assert slow.most_at_once == 1


async def test_only_who_leads_acts() -> None:
    counter, leadership = Counter(), Elected()
    async with scheduling([Task("task", counter, EVERY_SECOND)], leadership):
        await seen(lambda: counter.runs >= 1)
        leadership.leads = False
        await asyncio.sleep(0.1)
        before = counter.runs
        await asyncio.sleep(1.5)
        assert counter.runs == before
    async with scheduling([Task("task", counter, EVERY_SECOND)], Unelected()):
        await asyncio.sleep(1.5)
        assert counter.runs == before


async def test_stopping_ends_what_runs_within_a_second_and_calls_it_no_crash(
    caplog: pytest.LogCaptureFixture,
) -> None:
    long = Counter(seconds=60)
    async with asyncio.timeout(2), scheduling([Task("long", long, EVERY_SECOND)]) as running:
        await seen(lambda: long.runs == 1)
        running.cancel()
        await asyncio.wait({running})
        assert (long.cancelled, long.ended) == (1, 0)
    await asyncio.sleep(0.05)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_hourly_tasks_run_at_midnight_utc() -> None:
    from datetime import UTC, datetime

    trigger = CronTrigger(timezone=UTC, **EVERY_HOUR)
    late = datetime(2026, 11, 23, 23, 30, 1, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, late) == datetime(2026, 11, 24, tzinfo=UTC)


# --- what is scheduled ---------------------------------------------------------------------------------------


async def once(app: App, name: str) -> None:
    [task] = [task for task in tasks_of(app) if task.name == name]
    await task.run()


async def test_the_settings_say_what_is_scheduled(tmp_path: Path) -> None:
    always = {
        "usage recount",
        "limits purge",
        "link codes purge",
        "orders",
        "gift codes",
        "gifts purge",
        "books",
        "ledger check",
        "keys purge",
        "admin actions",
        "announcement",
    }
    async with opened(settings_in(tmp_path)) as app:
        assert {task.name for task in tasks_of(app)} == always | {"sweep"}
        assert {task.name for task in tasks_of(app, sweeps=False)} == always
    everything = settings_in(tmp_path, daily_credits_automatic=True, retention_days=30)
    async with opened(everything) as app:
        assert {task.name for task in tasks_of(app)} == always | {"sweep", "daily credits", "retention"}


async def test_the_sweep_brings_back_a_job_whose_worker_died(app: App, clock: ManualClock) -> None:
    job = await claimed(app, await accepted(app, imagine()))
    clock.move(LEASE)
    task = asyncio.create_task(scheduler_of(app, sweeps=True).run())

    async def queued() -> bool:
        return (await job_of(app, job.id)).state is JobState.QUEUED

    await until(queued, 5)
    task.cancel()
    await asyncio.wait({task})


async def test_limits_and_link_codes_that_have_expired_are_purged_and_others_kept(app: App, clock: ManualClock) -> None:
    await app.stores.limits.take("old", "r", 1, NOON)
    await app.stores.limits.take("new", "r", 1, NOON + 1)
    for _ in range(2):
        await once(app, "limits purge")
        await once(app, "link codes purge")
    assert (await app.stores.limits.used("old"), await app.stores.limits.used("new")) == (0, 1)


async def test_usage_is_recounted_up_to_a_minute_ago(app: App) -> None:
    asked: list[int] = []

    class Recounting:
        async def recount(self, before: int) -> int:
            asked.append(before)
            return 0

    stores = replace(app.stores, usage=Recounting())  # type: ignore[arg-type]  # all that is asked of it
    await once(app_on(app, stores), "usage recount")
    assert asked == [NOON - MINUTE]


async def test_a_hold_that_expired_is_returned_once_by_two_schedulers(app: App, clock: ManualClock) -> None:
    job = await accepted(app, imagine())
    clock.move(HOUR + SECOND)
    other = app_on(app, app.stores)
    await asyncio.gather(*(once(one, "sweep") for one in (app, other) * 2))
    balance = await app.ledger.balance(job.account)
    assert (balance.available, balance.held) == (100, 0)


async def test_a_task_whose_database_stumbles_does_its_work_the_next_time(tmp_path: Path, clock: ManualClock) -> None:
    settings = settings_in(tmp_path, daily_credits_automatic=True, retention_days=1)

    async def stumble() -> None:
        raise StoreBusy

    async with opened(settings, clock) as app:
        account = await app.accounts.for_identity((await accepted(app, imagine())).identity)
        faulty = app_on(app, meddled(app.stores, before=Once("append", stumble)))
        clock.move(DAY)
        with pytest.raises(StoreBusy):
            await once(faulty, "daily credits")
        await once(faulty, "daily credits")
        assert await app.daily.is_claimed(account)


async def test_alone_everybody_acts() -> None:
    calls: list[str] = []
    task = asyncio.create_task(Alone().run(lambda: calls.append("elected")))
    await asyncio.sleep(0)
    assert (calls, await Alone().acts()) == (["elected"], True)
    task.cancel()
    await asyncio.wait({task})
