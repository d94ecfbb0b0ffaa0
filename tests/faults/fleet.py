"""Several `easel run worker` processes on one database, which are killed and replaced."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bots.playground.feed import message_event
from core.app import App
from core.credits.verify import verify_ledger
from core.jobs.model import Job, JobState
from core.settings import Settings
from tests.support import ALICE, environment

START_SECONDS = 20


class Fleet:
    """`size` workers. `killed` counts those that were killed with -9."""

    def __init__(self, settings: Settings, size: int, concurrency: int = 2) -> None:
        self._settings = settings
        self._size = size
        self._concurrency = concurrency
        self._log = (settings.data_dir.parent / "workers.log").open("ab")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def start(self) -> None:
        new = [self._launch() for _ in range(self._size - len(self.workers))]
        for worker in new:
            assert worker.stdout is not None
            assert b"ready" in worker.stdout.readline(), Path(self._log.name).read_text()
        self.workers += new

    def kill(self, number: int) -> None:
        """kill -9, as a power cut does."""
        worker = self.workers.pop(number % len(self.workers))
        worker.send_signal(signal.SIGKILL)
        _reap(worker)
        self.killed += 1

    def stop(self, timeout: float = 30) -> None:
        """SIGTERM. Raises TimeoutExpired when a worker takes longer."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        try:
            for worker in self.workers:
                worker.wait(timeout)
        finally:
            for worker in self.workers:
                worker.kill()
                _reap(worker)
            self.workers.clear()
            self._log.close()

    def _launch(self) -> subprocess.Popen[bytes]:
        env = environment(
            self._settings, DATABASE_URL=self._settings.database_url, REDIS_URL=self._settings.redis_url,
            LOG_LEVEL="INFO", HOST=self._settings.host, PORT=str(self._settings.port),
        )  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "bots.cli", "run", "worker", "--concurrency", str(self._concurrency)],
            env=env, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip


@contextmanager
def fleet(settings: Settings, size: int, concurrency: int = 2) -> Iterator[Fleet]:
    workers = Fleet(settings, size, concurrency)
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


def _reap(worker: subprocess.Popen[bytes]) -> None:
    worker.wait()
    if worker.stdout is not None:
        worker.stdout.close()


async def all_over(app: App, jobs: list[Job], seconds: float) -> list[Job]:
    """Wait until every job was delivered."""
    waiting = {job.id for job in jobs}
    async with asyncio.timeout(seconds):
        while waiting:
            await asyncio.sleep(0.2)
            for name in list(waiting):
                job = await app.stores.jobs.get(name)
                if job is not None and job.delivered_at is not None:
                    waiting.discard(name)
    return [job for one in jobs if (job := await app.stores.jobs.get(one.id))]


async def check_books(app: App, jobs: list[Job], interrupted: int) -> None:
    """Each job one result, one settlement, one message; no provider call beyond those that were interrupted."""
    assert (await verify_ledger(app.stores)).problems == ()
    assert {(job.state, job.charged) for job in jobs} == {(JobState.DONE, job.quote.total) for job in jobs}
    calls = [call for job in jobs for call in job.attempts]
    assert Counter(call.outcome for call in calls)["done"] == len(jobs)
    assert len(calls) - len(jobs) <= interrupted
    said = await app.stores.feed.since(str(ALICE), 0, 10_000)
    shown = Counter(str(message_event(message)["job"]) for message in said if message.id.startswith("end:"))
    assert shown == Counter(job.id for job in jobs)
    account = await app.accounts.for_identity(ALICE)
    entries = await app.stores.ledger.entries(account.id)
    assert Counter(entry.kind.value for entry in entries)["settle"] == len(jobs)
    assert (await app.ledger.balance(account.id)).held == 0
