"""How soon and how fast workers on several machines do their work, as ratios within one run."""

import time
from pathlib import Path

from core.accounts.model import Identity
from core.app import App
from core.jobs.model import Job
from tests.core.test_requests import accepted
from tests.faults.fleet import all_over, fleet
from tests.faults.test_workers import fleet_settings
from tests.servers import Secantus, Valkey
from tests.support import imagine, opened

JOBS = 60


async def test_workers_and_how_soon_they_start(tmp_path: Path, mongo: Secantus, valkey: Valkey) -> None:
    """Jobs that take the provider 0.2 s, worked off by 1, 2 and 4 processes with one lane each; then one at a time."""
    rates: dict[int, float] = {}
    waits: list[float] = []
    for size in (1, 2, 4):
        folder = tmp_path / str(size)
        folder.mkdir()
        settings = fleet_settings(folder, mongo, valkey, demo_seconds=0.2)
        async with opened(settings) as app:
            orders = [await order(app, number) for number in range(JOBS)]
            begun = time.monotonic()
            with fleet(settings, size, concurrency=1):
                started = time.monotonic()
                await all_over(app, orders, seconds=120)
                rates[size] = JOBS / (time.monotonic() - started)
                if size == 2:
                    for number in range(JOBS, 2 * JOBS):
                        [ended] = await all_over(app, [await order(app, number)], seconds=30)
                        assert ended.started_at is not None
                        waits.append(ended.started_at - ended.created_at)
            assert started > begun
    print(f"\njobs/s with 1, 2, 4 workers: {', '.join(f'{rate:.1f}' for rate in rates.values())}; "
          f"ratios {rates[2] / rates[1]:.2f} and {rates[4] / rates[1]:.2f}")  # fmt: skip
    waits.sort()
    print(f"request to start on an idle queue: p50 {waits[len(waits) // 2]} ms, p99 {waits[-1]} ms of {len(waits)}")


async def order(app: App, number: int) -> Job:
    return await accepted(app, imagine(f"r{number}", Identity("playground", f"p{number}")))
