"""How soon the Discord bot is there, how much memory it takes, and how soon it acknowledges, against a bare bot."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from core.settings import Settings
from tests.bots.discord.test_process import run, variables
from tests.fakes.discord import DiscordFake
from tests.support import environment, settings_in

BARE = ["-m", "tests.bench.bare_discord"]
OURS = ["-m", "bots.cli", "run", "discord"]
ROUNDS = 5
PEOPLE = 200
SETTLING_SECONDS = 1.0


@asynccontextmanager
async def bot(
    fake: DiscordFake, settings: Settings, folder: Path, words: Sequence[str]
) -> AsyncIterator[tuple[int, float]]:
    """A process of this bot: its id, and the seconds from its start until its session began."""
    sessions = len(fake.gateway.identified)
    env = environment(settings, **variables(fake)) | {"LOG_LEVEL": "WARNING", "PYTHONPATH": str(Path.cwd())}
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=env, stdout=subprocess.DEVNULL
    )
    try:
        await fake.connected(identified=sessions + 1, seconds=60)
        yield process.pid, time.monotonic() - begun
    finally:
        process.kill()
        await process.wait()


async def test_start_and_memory(tmp_path: Path) -> None:
    starts: dict[str, list[float]] = {"ours": [], "bare": []}
    memory: dict[str, list[int]] = {"ours": [], "bare": []}
    async with DiscordFake(check=False) as fake:
        for number in range(ROUNDS):
            for name, words in (("ours", OURS), ("bare", BARE)):
                folder = tmp_path / f"{name}{number}"
                folder.mkdir()
                async with bot(fake, settings_in(folder), folder, words) as (pid, seconds):
                    await asyncio.sleep(SETTLING_SECONDS)
                    starts[name].append(seconds)
                    memory[name].append(resident(pid))
    later = statistics.median(a - b for a, b in zip(starts["ours"], starts["bare"], strict=True))
    more = statistics.median(a - b for a, b in zip(memory["ours"], memory["bare"], strict=True)) / 1024
    mine, bare = (statistics.median(starts[name]) for name in ("ours", "bare"))
    print(f"\nfrom start to READY: {mine:.2f} s against {bare:.2f} s of a bare bot (+{later:.2f} s)")
    mine, bare = (statistics.median(memory[name]) / 1024 for name in ("ours", "bare"))
    print(f"memory: {mine:.0f} MB against {bare:.0f} MB of a bare bot (+{more:.0f} MB)")


async def test_two_hundred_at_once(tmp_path: Path) -> None:
    for name, words in (("easel", OURS), ("bare", BARE)):
        folder = tmp_path / name
        folder.mkdir()
        settings = settings_in(folder)
        async with DiscordFake(check=False) as fake:
            assert (await run(fake, settings, folder, "sync", "discord")).returncode == 0
            home = fake.guild()
            async with bot(fake, settings, folder, words):
                people = [fake.user(f"user{number}") for number in range(PEOPLE)]
                await fake.command("imagine", {"prompt": "first"}, user=people[0], guild=home).acked(60)
                asked = [fake.command("imagine", {"prompt": "fox"}, user=user, guild=home) for user in people]
                taken = sorted([(await one.acked(60)).acked_after for one in asked])
        print(f"\n{name}: {PEOPLE} acknowledged, median {taken[PEOPLE // 2]:.2f} s, p99 {taken[-3]:.2f} s, "
              f"last {taken[-1]:.2f} s")  # fmt: skip


def resident(pid: int) -> int:
    """Its memory in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
