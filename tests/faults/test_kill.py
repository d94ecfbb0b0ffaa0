"""kill -9 at random moments: every accepted job ends, its hold ends once, its result is delivered once."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bots.playground.feed import message_event
from core.app import App
from core.credits.verify import verify_ledger
from core.jobs.model import ABANDONED, JobState
from core.tasks import stopped
from tests.faults.load import PEOPLE
from tests.support import opened, settings_in

ROOT = Path(__file__).parents[2]
RECOVERY_SECONDS = 60


def run_and_kill(folder: Path, kills: int, seed: int) -> list[str]:
    """Start the load again and again, kill it each time; the jobs that were promised."""
    chance = random.Random(seed)
    promised: list[str] = []
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.load", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "the load did not start"
        time.sleep(chance.uniform(0, 1.2))
        process.send_signal(signal.SIGKILL)
        promised += [line.split()[1] for line in [first, *process.stdout.read().splitlines()] if line.count(" ") == 1]
        process.wait()
        process.stdout.close()
    return promised


async def is_over(app: App, name: str) -> bool:
    """Delivered, or known to have never been accepted."""
    job = await app.stores.jobs.get(name)
    assert job is not None
    return job.delivered_at is not None or (job.failure is not None and job.failure.code == ABANDONED)


async def recover(app: App, jobs: list[str]) -> None:
    """What an operator does: start Easel again, and wait."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        parts = [asyncio.create_task(app.runner.run()), asyncio.create_task(app.sweeper.run())]
        for name in jobs:
            while not await is_over(app, name):  # noqa: ASYNC110  # polls a database
                await asyncio.sleep(0.5)
        await stopped(parts)


async def check(folder: Path, promised: list[str]) -> Counter[str]:
    settings = settings_in(folder)
    async with opened(settings) as app:
        accounts = [(await app.accounts.for_identity(person)).id for person in PEOPLE]
        everything = await app.stores.jobs.all_jobs(accounts)
        await recover(app, [job.id for job in everything if job.state is not JobState.ACCEPTING])
        report = await verify_ledger(app.stores)
        jobs = {job.id: job for job in await app.stores.jobs.all_jobs(accounts)}
        shown: Counter[str] = Counter()
        for person in PEOPLE:
            for message in await app.stores.feed.since(str(person), 0, 1_000_000):
                shown[str(message_event(message)["job"])] += 1
        held = sum([(await app.ledger.balance(account)).held for account in accounts])
        waiting = sum(job.quote.total for job in jobs.values() if job.state is JobState.ACCEPTING)
    assert report.problems == ()
    assert set(promised) <= set(jobs)
    for name in promised:
        job = jobs[name]
        assert job.state in (JobState.DONE, JobState.FAILED), job
        assert job.settled_at is not None, job
        assert shown[name] == 1, job
        made = len(job.result.pictures) if job.result and job.result.pictures else 1
        assert job.charged == (made * job.quote.each if job.state is JobState.DONE else 0), job
    assert held <= waiting
    return Counter(job.state.value for job in jobs.values())


def test_killed_at_random_moments_nothing_is_lost_or_charged_twice(tmp_path: Path) -> None:
    promised = run_and_kill(tmp_path, kills=6, seed=1)
    states = asyncio.run(check(tmp_path, promised))
    assert states["done"] > 0


@pytest.mark.soak
def test_100_kills(tmp_path: Path) -> None:
    promised = run_and_kill(tmp_path, kills=100, seed=2)
    print(len(promised), asyncio.run(check(tmp_path, promised)))
