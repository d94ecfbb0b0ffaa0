"""What an independent reading found: each of these failed before."""

import asyncio
import math

import discord
import pytest

from bots.discord.buttons import TEMPLATE
from bots.discord.messages import text_pages
from bots.discord.platform import DiscordPlatform
from bots.discord.refusals import is_final
from bots.discord.status import milliseconds
from bots.discord.sync import sync
from bots.replies import Link
from bots.service import Service
from core.clock import MINUTE
from core.errors import ConfigError
from core.settings import Settings
from core.tasks import stopped
from tests.bots.discord.running import Running, is_picture, running
from tests.fakes.discord import DiscordFake, Guild, Message, User, aimed_at
from tests.support import opened


def veils(message: Message) -> list[bool]:
    [gallery] = [part for part in message.now.components[0]["components"] if part["type"] == 12]
    return [item["spoiler"] for item in gallery["items"]]


async def test_what_was_veiled_stays_veiled_when_it_is_made_or_shown_again(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a twist", "spoiler": True}, user=alice, guild=home)
    shown = await asked.original(is_picture)
    reroll = next(one for one in shown.controls if (match := TEMPLATE.fullmatch(one)) and match["action"] == "reroll")
    assert veils(await fake.press(reroll, shown, user=alice).original(is_picture)) == [True]
    assert veils(await fake.command("recover", user=alice, guild=home).original(is_picture)) == [True]


async def test_a_private_result_is_recovered_in_private(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a secret", "private": True}, user=alice, guild=home)
    await asked.original(is_picture)
    again = fake.command("recover", user=alice, guild=home)
    told = await again.followup()
    assert (told.ephemeral, is_picture(told)) == (True, True)
    said = fake.message(f"{fake.world.bot.mention} /recover", alice, home.channels[0])
    assert await fake.posted(fake.dm(alice), is_picture)
    assert [
        one for one in fake.messages if one.files and not one.ephemeral and one.channel is said.message.channel
    ] == []


async def test_a_result_is_shown_each_time_it_is_asked_for(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    await fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home).original(is_picture)
    for _ in range(2):
        said = fake.message(f"{fake.world.bot.mention} /recover", alice, home.channels[0])
        assert await said.answer(is_picture)


async def test_a_result_that_cannot_be_shown_again_is_told(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    await fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home).original(is_picture)
    fake.break_down("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", 503)
    asked = fake.command("recover", user=alice, guild=home)
    assert "could not post" in (await asked.followup()).text


async def test_who_waits_is_told_when_something_breaks(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a defect of ours")

    easel.bot.desk.showing.show = broken  # type: ignore[method-assign,assignment]  # this test puts its own in that place
    assert (await fake.command("imagine", {"prompt": "fox"}, user=alice, guild=home).followup()).ephemeral


async def test_an_admin_who_makes_results_private_sees_that_at_once(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    assert not (await fake.command("chat", {"message": "hi"}, user=alice, guild=home).original()).ephemeral
    await fake.command("server", {"setting": "private", "value": "on"}, user=alice, guild=home).original(
        lambda message: bool(message.text)
    )
    assert (await fake.command("imagine", {"prompt": "a fox"}, user=alice, guild=home).original()).ephemeral


async def test_a_late_result_from_a_group_comes_as_a_direct_message(
    idle: Running, fake: DiscordFake, alice: User, bob: User
) -> None:
    group = fake.group(alice, bob)
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, channel=group)
    await asked.original(lambda message: bool(message.text))
    fake.move(16 * MINUTE)
    idle.work()
    assert await fake.posted(fake.dm(alice), is_picture)


@pytest.mark.parametrize(
    ("status", "body", "final"),
    [
        (403, "<html>Access denied</html>", False), (403, {"code": 50013, "message": "Missing Permissions"}, True),
        (400, {"code": 30046, "message": "Too many edits"}, True), (403, {"code": 40004, "message": "later"}, False),
        (401, {"code": 0, "message": "401: Unauthorized"}, False), (503, "", False),
    ],
)  # fmt: skip
def test_only_what_will_never_work_is_final(status: int, body: object, final: bool) -> None:
    class Answer:
        reason = ""

    Answer.status = status  # type: ignore[attr-defined]  # this test puts its own in that place
    assert is_final(discord.HTTPException(Answer(), body)) is final  # type: ignore[arg-type]  # as much of an answer as is looked at


async def test_a_bot_remembers_that_it_was_connected(fake: DiscordFake, settings: Settings) -> None:
    """So that after days of health the next trouble is waited out briefly."""
    async with running(fake, settings) as easel:
        await easel.bot.wait_until_ready()
        bot = easel.bot
        await fake.settled(lambda: bot.was_ready or None)
    assert (bot.is_ready(), bot.was_ready) == (False, True)


def test_links_are_buttons_below_the_last_words() -> None:
    links = [Link(f"Pay {number}", f"https://pay.example/{number}") for number in range(30)]
    *first, last = text_pages("word " * 900, links=links)
    assert all(page.view is None for page in first)
    assert last.view is not None
    found = [(item.label, item.url, item.style) for item in last.view.children if isinstance(item, discord.ui.Button)]
    assert found[0] == ("Pay 0", "https://pay.example/0", discord.ButtonStyle.link)
    assert len(found) == 25


async def test_the_platform_tells_how_its_connection_is(fake: DiscordFake, settings: Settings) -> None:
    platform = DiscordPlatform()
    assert platform.status() is None
    settings = settings.model_copy(update={
        "discord_token": type(settings.discord_token)(fake.token), "discord_api_url": fake.api_url,
        "discord_gateway_url": fake.gateway_url,
    })  # fmt: skip
    with aimed_at(fake):
        async with opened(settings) as app, platform.messenger(app) as messenger:
            app.messengers[platform.name] = messenger
            connected = asyncio.create_task(platform.run(app, Service(app)))
            async with asyncio.timeout(10):
                while (now := platform.status()) is None or not now.is_ready:  # noqa: ASYNC110  # nothing tells of it
                    await asyncio.sleep(0.01)
            assert ([one.shard for one in now.shards], now.servers, now.event_age is None) == ([0], 0, False)
            await stopped({connected})
    assert platform.status() is None


@pytest.mark.parametrize(("seconds", "shown"), [(0.5, 500.0), (math.nan, None), (math.inf, None)])
def test_what_no_heartbeat_has_told_yet_is_no_number(seconds: float, shown: float | None) -> None:
    assert milliseconds(seconds) == shown


async def test_a_server_that_is_no_number_is_one_line(settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"^--guild: [^\n]*$"):
        await sync(settings.model_copy(update={"discord_token": type(settings.discord_token)("x")}), ["--guild", "abc"])


async def test_what_nobody_wrote_is_not_answered(easel: Running, fake: DiscordFake, alice: User) -> None:
    """Such as the note of a pin in direct messages."""
    said = fake.world.draft(fake.dm(alice), alice)
    payload = fake.message("hi", alice, fake.dm(alice)).message.payload(fake.world.base)
    fake.world.dispatch(
        "MESSAGE_CREATE", payload | {"id": said.id, "type": 6, "content": "", "author": alice.payload()}
    )
    await fake.command("about", user=alice).original()
    assert not [one for one in fake.messages if "Ask me anything" in one.text]
