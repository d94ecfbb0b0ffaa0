"""Many processes spending from one wallet at the same time."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.credits.verify import verify_ledger
from tests.support import ALICE, opened, settings_in

ROOT = Path(__file__).parents[2]
PRICE = 10


def storm(folder: Path, *, processes: int, each: int, affordable: int) -> list[int]:
    """How many requests each process got accepted."""
    command = [sys.executable, "-m", "tests.faults.storm", str(folder)]
    running = [
        subprocess.Popen(
            [*command, f"p{number}", str(each), str(affordable * PRICE)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for number in range(processes)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes, outputs
    return [int(output.splitlines()[-1]) for output in outputs]


async def check_books(folder: Path, affordable: int) -> None:
    async with opened(settings_in(folder)) as app:
        account = await app.accounts.for_identity(ALICE)
        balance = await app.ledger.balance(account.id)
        report = await verify_ledger(app.stores)
        state = await app.ledger.state(account.id)
        jobs = await app.stores.jobs.open_jobs([account.id])
    assert (balance.available, balance.held) == (0, affordable * PRICE)
    assert len(state.holds) == len(jobs) == affordable
    assert report.problems == ()


def test_200_parallel_requests_from_4_processes_with_credits_for_20_make_exactly_20_holds(tmp_path: Path) -> None:
    accepted = storm(tmp_path, processes=4, each=50, affordable=20)
    assert sum(accepted) == 20
    asyncio.run(check_books(tmp_path, 20))


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(20))
def test_20_storms_of_800_requests(tmp_path: Path, round_: int) -> None:
    accepted = storm(tmp_path, processes=4, each=200, affordable=7 + round_)
    assert sum(accepted) == 7 + round_
    asyncio.run(check_books(tmp_path, 7 + round_))
