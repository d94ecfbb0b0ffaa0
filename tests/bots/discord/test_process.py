"""`easel run discord` as a process of its own."""

import asyncio
from functools import partial
from pathlib import Path
from signal import SIGKILL
from subprocess import CompletedProcess

import pytest

from bots.discord.running import REFUSED
from core.settings import Settings
from tests.bots.discord.running import is_picture
from tests.fakes.discord import DiscordFake, User
from tests.parts import PATIENCE_SECONDS, part
from tests.support import easel, settings_in


def variables(fake: DiscordFake) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": fake.token, "DISCORD_API_URL": fake.api_url, "DISCORD_GATEWAY_URL": fake.gateway_url,
        "LOG_LEVEL": "INFO",
    }  # fmt: skip


async def run(fake: DiscordFake, settings: Settings, folder: Path, *words: str, **env: str) -> CompletedProcess[str]:
    """One `easel` command, while the fake goes on answering."""
    return await asyncio.to_thread(partial(easel, settings, *words, cwd=folder, timeout=60, **(variables(fake) | env)))


async def test_the_bot_draws_and_stops_within_five_seconds(
    fake: DiscordFake, settings: Settings, tmp_path: Path, alice: User
) -> None:
    assert (await run(fake, settings, tmp_path, "sync", "discord")).returncode == 0
    with part(settings, tmp_path, ["run", "discord"], **variables(fake)) as bot:
        assert bot.banner == "Easel's discord is ready."
        await fake.connected(seconds=PATIENCE_SECONDS)
        asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice)
        assert await asked.original(is_picture, seconds=PATIENCE_SECONDS)
        code, _ = await asyncio.to_thread(bot.stop)
        log = bot.log.read_text()
    assert (code, "Traceback" in log, asked.token in log) == (0, False, False)
    assert [event["event"] for event in bot.events("discord ready")] == ["discord ready"]


@pytest.mark.soak
async def test_a_worker_that_is_killed_loses_no_picture_and_doubles_none(
    fake: DiscordFake, tmp_path: Path, alice: User
) -> None:
    settings = settings_in(tmp_path, demo_seconds=1.5)
    assert (await run(fake, settings, tmp_path, "sync", "discord")).returncode == 0
    with part(settings, tmp_path / "a", ["run", "discord"], **variables(fake)) as first:
        await fake.connected(seconds=PATIENCE_SECONDS)
        asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice)
        await asked.original(lambda message: "Working" in message.text, seconds=PATIENCE_SECONDS)
        await asyncio.to_thread(first.stop, SIGKILL)
    with part(settings, tmp_path / "b", ["run", "discord"], **variables(fake)):
        shown = await asked.original(is_picture, seconds=PATIENCE_SECONDS)
        await fake.connected(identified=2, seconds=PATIENCE_SECONDS)
        balance = await fake.command("balance", user=alice).original(seconds=PATIENCE_SECONDS)
        assert "**90 credits**" in balance.text
    assert [message for message in fake.messages if message.files] == [shown]


async def test_a_bad_token_is_one_line_and_exit_2(fake: DiscordFake, settings: Settings, tmp_path: Path) -> None:
    done = await run(fake, settings, tmp_path, "run", "discord", DISCORD_TOKEN="wrong", LOG_LEVEL="ERROR")
    assert (done.returncode, done.stderr) == (2, f"{REFUSED}\n")


async def test_a_token_that_the_gateway_refuses_ends_it_too(
    fake: DiscordFake, settings: Settings, tmp_path: Path
) -> None:
    running = asyncio.create_task(run(fake, settings, tmp_path, "run", "discord", LOG_LEVEL="ERROR"))
    await fake.connected(seconds=PATIENCE_SECONDS)
    fake.close(4004)
    done = await running
    assert (done.returncode, done.stderr) == (2, f"{REFUSED}\n")
