"""The doctor at Discord, Slack and Telegram."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.discord.platform import PLATFORM
from bots.doctor import discord, slack, telegram
from bots.slack.manifest import SCOPES
from core.settings import Settings
from tests.bots.doctor.looking import bad, found_by, levels
from tests.fakes.discord import DiscordFake, aimed_at
from tests.fakes.slack import SlackFake
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram.webhook import Hook
from tests.support import settings_in

PUBLIC = "https://easel.example.org"


@pytest.fixture
async def fake() -> AsyncIterator[DiscordFake]:
    async with DiscordFake() as fake:
        yield fake
        assert fake.problems == []


def discord_settings(fake: DiscordFake, folder: Path, **changes: object) -> Settings:
    return settings_in(folder, discord_token=fake.token, discord_api_url=fake.api_url, **changes)


async def discord_found(fake: DiscordFake, settings: Settings) -> list[str]:
    with aimed_at(fake):
        return bad(await found_by(discord.look, settings))


async def test_discord_is_fine_once_the_commands_are_registered(fake: DiscordFake, tmp_path: Path) -> None:
    settings = discord_settings(fake, tmp_path)
    assert await discord_found(fake, settings) == ["No commands are registered. Run easel sync discord."]
    with aimed_at(fake):
        await PLATFORM.sync(settings, [])
    assert await discord_found(fake, settings) == []
    next(one for one in fake.world.commands.values() if one["name"] == "imagine")["description"] = "old"
    [said] = await discord_found(fake, settings)
    assert said.startswith("1 registered commands are not as they should be: ~ /imagine (description).")
    assert {one.method for one in fake.requests[-3:]} == {"GET"}


async def test_discord_refuses_a_wrong_token(fake: DiscordFake, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, discord_token="wrong", discord_api_url=fake.api_url)
    [said] = await discord_found(fake, settings)
    assert said.startswith("Discord refuses DISCORD_TOKEN.")
    assert "wrong" not in said


@pytest.mark.parametrize(
    ("endpoint", "key", "words"),
    [
        (f"{PUBLIC}/webhooks/discord", "", "waits for them at the gateway"),
        ("https://elsewhere.example", "0" * 64, "sends interactions somewhere else"),
        (f"{PUBLIC}/webhooks/discord", "1" * 64, "DISCORD_PUBLIC_KEY is not this application's"),
        (f"{PUBLIC}/webhooks/discord", "0" * 64, ""),
    ],
)
async def test_discords_interactions_have_to_come_to_us(
    fake: DiscordFake, tmp_path: Path, endpoint: str, key: str, words: str
) -> None:
    fake.world.endpoint = endpoint
    settings = discord_settings(fake, tmp_path, discord_public_key=key, public_url=PUBLIC)
    found = [said for said in await discord_found(fake, settings) if "commands" not in said]
    assert [words in said for said in found] == ([True] if words else [])


async def test_slack_is_fine_with_all_scopes_of_the_manifest(tmp_path: Path) -> None:
    async with SlackFake() as fake:
        settings = settings_in(
            tmp_path, slack_bot_token=fake.team.bot_token, slack_app_token=fake.app.app_token,
            slack_api_url=fake.api_url,
        )  # fmt: skip
        found = await found_by(slack.look, settings)
    assert levels(found) == {"ok"}
    assert len(found) == 3


async def test_slack_lacks_a_scope_of_the_manifest(tmp_path: Path) -> None:
    async with SlackFake(scopes=tuple(scope for scope in SCOPES if scope != "files:write")) as fake:
        settings = settings_in(
            tmp_path, slack_bot_token=fake.team.bot_token, slack_app_token="xapp-wrong", slack_api_url=fake.api_url
        )
        said = bad(await found_by(slack.look, settings))
    assert said[0].startswith("The app lacks scopes: files:write.")
    assert said[1].startswith("Slack refuses SLACK_APP_TOKEN (invalid_auth).")


async def test_slack_has_no_way_for_events_and_a_wrong_token(tmp_path: Path) -> None:
    async with SlackFake() as fake:
        settings = settings_in(tmp_path, slack_bot_token="xoxb-wrong", slack_api_url=fake.api_url)
        said = bad(await found_by(slack.look, settings))
    assert said[0].startswith("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set")
    assert said[1].startswith("Slack refuses SLACK_BOT_TOKEN (invalid_auth).")


def hook(url: str, error_at: float = 0) -> Hook:
    return Hook(url, "", 40, certificate=False, error="Connection refused", error_at=int(error_at))


@pytest.mark.parametrize(
    ("mode", "registered", "words"),
    [
        ("polling", None, ""),
        ("polling", hook("https://other.example/hook"), "A webhook is registered, so updates cannot be fetched."),
        ("webhook", None, "No webhook is registered."),
        ("webhook", hook("https://other.example/hook"), "Updates are brought somewhere else"),
        ("webhook", hook(f"{PUBLIC}/webhooks/telegram", time.time() - 7_200), ""),
        ("webhook", hook(f"{PUBLIC}/webhooks/telegram", time.time()), "minutes ago: Connection refused."),
    ],
)
async def test_telegrams_updates_have_to_come_to_us(
    tmp_path: Path, mode: str, registered: Hook | None, words: str
) -> None:
    async with TelegramFake() as fake:
        fake.receiving.hook = registered
        settings = settings_in(
            tmp_path, telegram_token=fake.token, telegram_api_url=fake.url, telegram_mode=mode, public_url=PUBLIC
        )
        said = bad(await found_by(telegram.look, settings))
    assert [words in each for each in said] == ([True] if words else [])
    assert fake.problems == []


async def test_telegram_refuses_a_wrong_token_and_nobody_reads_it(tmp_path: Path) -> None:
    async with TelegramFake() as fake:
        settings = settings_in(tmp_path, telegram_token="1:wrong-token", telegram_api_url=fake.url)
        [said] = bad(await found_by(telegram.look, settings))
        assert said.startswith("Telegram refuses TELEGRAM_TOKEN")
        nowhere = settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:1"})
    with pytest.raises(Exception, match=r"cannot be reached") as error:
        await found_by(telegram.look, nowhere)
    assert "wrong-token" not in f"{error.value}{said}"
