"""When Easel stops, what was acknowledged to Discord is seen through, or whoever asked is told to ask again."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bots.discord import owed
from bots.parse import Invocation
from tests.bots.discord.running import Running, is_picture
from tests.fakes import until
from tests.fakes.discord import DiscordFake, User


@pytest.fixture
def slow(easel: Running, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Requests wait for this on their way to the core."""
    gate, invoke = asyncio.Event(), easel.bot.desk.invoke

    async def waiting(asking: Any, place: Any, invocation: Invocation, files: Sequence[Any]) -> Any:
        await gate.wait()
        return await invoke(asking, place, invocation, files)

    monkeypatch.setattr(easel.bot.desk, "invoke", waiting)
    monkeypatch.setattr(owed, "FINISH_SECONDS", 0.2)
    return gate


async def taken(easel: Running) -> None:
    async def is_so() -> bool:
        return bool(easel.bot.desk.owed._open)

    await until(is_so)


async def test_what_can_be_seen_through_is_seen_through(
    easel: Running, fake: DiscordFake, alice: User, slow: asyncio.Event
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice)
    await taken(easel)
    finishing = asyncio.create_task(easel.bot.desk.owed.finish())
    slow.set()
    await finishing
    await easel.bot.desk.owed.excuse()
    assert await asked.original(is_picture)


async def test_who_was_not_heard_out_is_told_to_ask_again(
    easel: Running, fake: DiscordFake, alice: User, slow: asyncio.Event
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice)
    await taken(easel)
    await easel.bot.desk.owed.finish()
    await easel.bot.desk.owed.excuse()
    assert await asked.original(lambda message: "I am being restarted" in message.text)
    assert fake.problems == []
