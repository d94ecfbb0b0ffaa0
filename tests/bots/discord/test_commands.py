"""Slash commands from typing to picture."""

from tests.bots.discord.running import Running, is_picture
from tests.fakes.discord import CallbackKind, DiscordFake, Guild, Upload, User
from tests.fakes.pixels import png


async def test_a_prompt_becomes_a_picture_that_costs_its_quote(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a *red* fox", "aspect": "16:9"}, user=alice, guild=home)
    shown = await asked.original(is_picture)
    assert asked.callback is not None
    assert asked.callback.kind is CallbackKind.DEFERRED_MESSAGE
    assert not asked.ephemeral
    assert shown.now.v2
    [gallery] = [part for part in shown.now.components[0]["components"] if part["type"] == 12]
    assert gallery["items"][0]["description"] == "Demo picture: a *red* fox"
    assert "**a \\*red\\* fox**" in shown.text
    assert "Model: demo-art · Seed: " in shown.text
    assert "Cost: 10 credits" in shown.text
    assert await easel.available(alice) == 90


async def test_what_only_one_person_should_read_is_private(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("balance", user=alice, guild=home)
    assert "You have **100 credits**." in (await asked.original()).text
    assert asked.ephemeral


async def test_the_picture_that_is_attached_is_enlarged(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    options = {"image": Upload("mine.png", png(80, 60), "image/png")}
    shown = await fake.command("upscale", options, user=alice, guild=home).original(is_picture)
    assert "**Your picture, enlarged**" in shown.text
    assert "Size: 160 x 120 pixels" in shown.text
