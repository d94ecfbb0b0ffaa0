"""`easel sync discord`: what is registered, and what is said about it."""

import asyncio
from pathlib import Path

import pytest

from bots.discord.platform import PLATFORM
from bots.discord.sync import characters, differences, plain
from core.errors import ConfigError
from core.settings import Settings
from tests.fakes.discord import DiscordFake, aimed_at
from tests.support import easel

COMMANDS = "/applications/{application_id}/commands"


@pytest.fixture
def pointed(fake: DiscordFake, settings: Settings) -> Settings:
    values = {"discord_token": type(settings.discord_token)(fake.token), "discord_api_url": fake.api_url}
    return settings.model_copy(update=values)


async def synced(fake: DiscordFake, settings: Settings, *arguments: str) -> int:
    with aimed_at(fake):
        return await PLATFORM.sync(settings, arguments)


async def test_commands_are_registered_everywhere_and_then_nothing_is_left_to_do(
    fake: DiscordFake, pointed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await synced(fake, pointed) == 0
    told = capsys.readouterr().out.splitlines()
    assert "+ /imagine" in told
    assert "+ message menu: Vary this image" in told
    assert told[-1] == f"Registered {len(told) - 1} commands (everywhere)."
    assert len(fake.world.commands) == len(told) - 1
    assert await synced(fake, pointed) == 0
    assert capsys.readouterr().out == "Nothing to do: Discord has the same commands (everywhere).\n"
    assert [one.method for one in fake.requests if one.route == COMMANDS] == ["GET", "PUT", "GET"]


async def test_commands_are_typed_offered_everywhere_and_translated(fake: DiscordFake, pointed: Settings) -> None:
    await synced(fake, pointed)
    imagine = next(one for one in fake.world.commands.values() if one["name"] == "imagine")
    assert (imagine["contexts"], imagine["integration_types"]) == ([0, 1, 2], [0, 1])
    assert imagine["description_localizations"]["de"] == "Zeichne ein Bild aus Worten"
    assert imagine["name_localizations"]["ja"] == "描く"
    assert imagine["name_localizations"]["pt-BR"] == "imagine"
    assert imagine["description_localizations"]["es-ES"] == "Dibuja una imagen a partir de palabras"
    options = {option["name"]: option for option in imagine["options"]}
    assert (options["prompt"]["type"], options["prompt"]["required"], options["prompt"]["min_length"]) == (3, True, 1)
    assert (options["count"]["type"], options["count"]["min_value"], options["count"]["max_value"]) == (4, 1, 4)
    assert [choice["value"] for choice in options["aspect"]["choices"]] == ["1:1", "16:9", "9:16", "2:1"]
    assert options["model"]["autocomplete"] is True
    assert (options["image"]["type"], options["spoiler"]["type"]) == (11, 5)


async def test_the_difference_is_only_shown_when_asked_for(
    fake: DiscordFake, pointed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await synced(fake, pointed)
    ids = {one["name"]: one for one in fake.world.commands.values()}
    ids["imagine"]["description"] = "old"
    ids["imagine"]["options"][0]["max_length"] = 5
    ids["about"]["name"] = "gone"
    capsys.readouterr()
    assert await synced(fake, pointed, "--diff") == 0
    assert capsys.readouterr().out == "+ /about\n~ /imagine (description, options)\n- /gone\n"
    assert ids["imagine"]["description"] == "old"


async def test_one_server_can_have_them_alone(fake: DiscordFake, pointed: Settings) -> None:
    home = fake.guild()
    assert await synced(fake, pointed, "--guild", home.id) == 0
    assert {one["guild_id"] for one in fake.world.commands.values()} == {home.id}


async def test_a_wrong_token_is_one_line(fake: DiscordFake, pointed: Settings) -> None:
    wrong = pointed.model_copy(update={"discord_token": type(pointed.discord_token)("wrong")})
    with pytest.raises(ConfigError, match=r"^DISCORD_TOKEN: Discord refuses it\. [^\n]*$"):
        await synced(fake, wrong)
    with pytest.raises(ConfigError, match=r"^DISCORD_TOKEN: is not set\. [^\n]*$"):
        await synced(fake, pointed.model_copy(update={"discord_token": type(pointed.discord_token)("")}))


async def test_it_is_a_command_of_the_program(fake: DiscordFake, pointed: Settings, tmp_path: Path) -> None:
    done = await asyncio.to_thread(
        easel,
        pointed,
        "sync",
        "discord",
        "--diff",
        cwd=tmp_path,
        DISCORD_TOKEN=fake.token,
        DISCORD_API_URL=fake.api_url,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "+ /imagine" in done.stdout


def test_what_discord_adds_is_no_difference() -> None:
    option = {"type": 3, "name": "c", "required": False}
    ours = [{"name": "a", "description": "b", "type": 1, "options": [option]}]
    theirs = [{
        "id": "1", "version": "2", "nsfw": False, "name": "a", "description": "b", "contexts": None,
        "default_member_permissions": None, "options": [{"type": 3, "name": "c", "description": ""}],
    }]  # fmt: skip
    assert differences(theirs, ours) == []
    assert plain(theirs[0]) == plain(ours[0])


def test_lengths_count_the_longest_translation_and_all_choices() -> None:
    described = {
        "name": "ab", "description": "cde", "description_localizations": {"de": "cdefg"},
        "options": [{"name": "o", "description": "", "choices": [{"name": "xx", "value": "yyy"}]}],
    }  # fmt: skip
    assert characters(described) == 2 + 5 + 1 + 5
