"""4 processes with 200 tasks each spend from one account with credits for k: exactly k holds, on every store."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from core.credits.ledger import Ledger
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.stores.opening import open_stores
from tests.servers import Secantus

pytestmark = pytest.mark.soak
"""Whole programs are started here: what they do is covered by quicker tests beside this file, too."""

ROOT = Path(__file__).parents[2]
PROCESSES = 4
TASKS = 200
Spender = subprocess.Popen[str]


@contextmanager
def spender(url: str, number: int) -> Iterator[Spender]:
    command = [sys.executable, "-m", "tests.faults.holds", url, f"p{number}", str(TASKS)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert pipe(process.stdout).readline() == "ready\n"
        yield process
        pipe(process.stdin).close()


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


async def spend(url: str, rounds: int) -> None:
    chance = random.Random(rounds)
    with ExitStack() as stack:
        async with open_stores(url) as (stores, clock):
            ledger = Ledger(stores.ledger, clock)
            spenders = [stack.enter_context(spender(url, number)) for number in range(PROCESSES)]
            for round_ in range(rounds):
                account, credits = f"a{round_}", chance.randint(1, 40)
                await ledger.execute(Grant(account, f"grant:{account}", credits, Origin.PAID))
                for process in spenders:
                    pipe(process.stdin).write(f"{account}\n")
                    pipe(process.stdin).flush()
                got = [int(await asyncio.to_thread(pipe(process.stdout).readline)) for process in spenders]
                balance = await ledger.balance(account)
                assert (sum(got), balance.available, balance.held) == (credits, 0, credits), (round_, got)
            problems = (await verify_ledger(stores)).problems
            assert [problem for problem in problems if "there is no such job" not in problem.detail] == []


@pytest.fixture(params=["sqlite", "mongo"])
def url(request: pytest.FixtureRequest, tmp_path: Path, mongo: Secantus) -> str:
    return (
        f"sqlite:///{tmp_path / 'easel.db'}" if request.param == "sqlite" else mongo.url(f"easel_{tmp_path.name}"[:60])
    )


async def test_exactly_as_many_holds_as_there_are_credits(url: str) -> None:
    await spend(url, rounds=4)


@pytest.mark.soak
async def test_100_rounds(url: str) -> None:
    await spend(url, rounds=100)
