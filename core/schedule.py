"""Periodic work. Each task is idempotent and may run in several processes at once; one leader only saves effort."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from core.app import App
from core.clock import MINUTE
from core.errors import EaselError
from core.log import logger
from core.retention import Retention
from core.tasks import stopped

EVERY_2_SECONDS = {"second": "*/2"}
EVERY_MINUTE = {"minute": "*"}
EVERY_HOUR = {"minute": "0"}
RUNS: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
"""One run at a time, and one for all that were missed, however late: no task is about a certain moment."""


@dataclass(frozen=True, slots=True)
class Task:
    """`when`: fields of a cron trigger, in UTC. `first`: seconds after the start. `limit`: seconds it may take."""

    name: str
    run: Callable[[], Awaitable[object]]
    when: Mapping[str, str]
    first: float = 0.0
    limit: float = 300.0


class Leadership(Protocol):
    """Whether this process is the one that acts."""

    async def run(self, elected: Callable[[], None]) -> None:
        """Runs until it is cancelled; calls `elected` whenever this process becomes the one."""

    async def acts(self) -> bool: ...


class Alone:
    """Without Redis everybody acts: the tasks may run in several processes."""

    async def run(self, elected: Callable[[], None]) -> None:
        elected()
        await asyncio.Event().wait()

    async def acts(self) -> bool:
        return True


class Scheduler:
    """Runs tasks when they are due, each by itself: one that fails is logged and tried again next time."""

    def __init__(self, tasks: Sequence[Task], leadership: Leadership) -> None:
        self._tasks = tasks
        self._leadership = leadership
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled. All tasks run soon after this process has become the leader."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415  # only where it runs
        from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  # loaded only where it is used

        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # on a busy machine a round is skipped, which is meant
        timer = AsyncIOScheduler(timezone=UTC, job_defaults=RUNS)
        for task in self._tasks:
            timer.add_job(self._perform, CronTrigger(timezone=UTC, **task.when), [task], id=task.name)
        timer.start()
        try:
            await self._leadership.run(lambda: self._hurry(timer))
        finally:
            timer.pause()
            await self._stop_tasks()
            timer.shutdown(wait=False)
            await asyncio.sleep(0)  # it shuts down in the loop's next round

    def _hurry(self, timer: Any) -> None:
        now = datetime.now(UTC)
        for task in self._tasks:
            timer.modify_job(task.name, next_run_time=now + timedelta(seconds=task.first))

    async def _perform(self, task: Task) -> None:
        """Run it as a task of its own, which can be stopped without the timer taking that for a crash."""
        running = asyncio.create_task(self._attempt(task))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.wait({running})

    async def _attempt(self, task: Task) -> None:
        try:
            if await self._leadership.acts():
                async with asyncio.timeout(task.limit):
                    await task.run()
        except EaselError as error:
            logger().error("task failed", task=task.name, errorName=error.code, detail=str(error))
        except Exception:
            logger().exception("task crashed", task=task.name)

    async def _stop_tasks(self) -> None:
        await stopped(list(self._running))


def scheduler_of(app: App, *, sweeps: bool) -> Scheduler:
    """The scheduler of a process; `sweeps` unless its workers sweep anyway."""
    return Scheduler(tasks_of(app, sweeps=sweeps), _leadership(app))


def tasks_of(app: App, *, sweeps: bool = True) -> list[Task]:
    """Everything periodic that the settings ask for."""
    settings, stores, clock = app.settings, app.stores, app.clock

    async def recount() -> None:
        await stores.usage.recount(clock.now() - MINUTE)

    async def purge_limits() -> None:
        await stores.limits.purge(clock.now())

    async def purge_codes() -> None:
        await stores.links.purge(clock.now())

    async def purge_keys() -> None:
        await stores.keys.purge(clock.now())

    tasks = [
        Task("usage recount", recount, EVERY_MINUTE),
        Task("books", app.books.close, EVERY_HOUR, first=30, limit=3_000),
        Task("ledger check", app.ledger_check.daily, EVERY_HOUR, first=120, limit=3_000),
        Task("keys purge", purge_keys, EVERY_HOUR),
        Task("limits purge", purge_limits, EVERY_HOUR),
        Task("link codes purge", purge_codes, EVERY_HOUR),
        Task("orders", app.checkout.reconcile, EVERY_MINUTE, first=5, limit=600),
        Task("gift codes", app.codes.recover, EVERY_MINUTE),
        Task("admin actions", app.admin.recover, EVERY_MINUTE),
        Task("announcement", app.announcements.run, EVERY_MINUTE),
        Task("gifts purge", app.transfers.purge, EVERY_HOUR),
    ]
    if app.push is not None:
        tasks.append(Task("events push", app.push.run, EVERY_2_SECONDS, limit=3_000))
    if app.providers.reconcilable:
        tasks.append(Task("reconcile", app.reconciler.run, EVERY_MINUTE, limit=600))
    if sweeps:
        tasks.append(Task("sweep", app.sweeper.sweep, EVERY_2_SECONDS))
    if settings.daily_credits_automatic:
        tasks.append(Task("daily credits", app.daily.give_all, EVERY_HOUR, limit=3_000))
    if settings.retention_days:
        retention = Retention(stores, app.media, clock, settings.retention_days)
        # Not at once: after an outage the sweeper first settles what is old.
        tasks.append(Task("retention", retention.enforce, EVERY_HOUR, first=60, limit=3_000))
    return tasks


def _leadership(app: App) -> Leadership:
    if app.redis is None:
        return Alone()
    from core.redis.leader import Leader  # noqa: PLC0415  # redis is slow to import

    prefix = f"easel:{app.stores.installation}:"
    return Leader(app.redis, app.stores.fences, app.stores.slots, app.clock, prefix=prefix)
