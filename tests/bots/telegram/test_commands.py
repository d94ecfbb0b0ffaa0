"""The lists of commands that Telegram shows, registered by `easel sync telegram`."""

import asyncio
from pathlib import Path

from bots.commands import command_table
from bots.telegram.commands import OWN, lists
from bots.telegram.languages import LANGUAGES
from core.catalogue import load_catalogue
from core.settings import Settings
from tests.fakes.telegram import TelegramFake, User
from tests.support import easel

ROOT = Path(__file__).parents[3]


def test_every_list_is_one_that_telegram_takes() -> None:
    table = command_table(load_catalogue(ROOT / "easel.toml"))
    for listed in lists(table, [42]):
        assert len(listed.commands) <= 100
        for command in listed.commands:
            assert 1 <= len(command.description) <= 256
            assert command.command.islower()


def test_words_in_other_languages_are_about_commands_there_are() -> None:
    names = {command.name for command in (*command_table(load_catalogue(ROOT / "easel.toml")), *OWN)}
    for words in LANGUAGES.values():
        assert words.keys() <= names


async def test_sync_registers_them_by_scope_and_language(
    fake: TelegramFake, alice: User, settings: Settings, tmp_path: Path
) -> None:
    fake.world.private(alice)
    said = await asyncio.to_thread(
        easel, settings, "sync", "telegram", cwd=tmp_path, TELEGRAM_TOKEN=fake.token, TELEGRAM_API_URL=fake.url,
        ADMINS=f"telegram:{alice.id},telegram:987",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "telegram:987 has not opened a chat" in said.stdout
    registered = {
        (call.json("scope")["type"], call.text("language_code")): call.json("commands")
        for call in fake.called("setMyCommands") if call.status == 200
    }  # fmt: skip
    assert {language for _, language in registered} == {"", *LANGUAGES}
    assert {scope for scope, _ in registered} == {"default", "all_private_chats", "all_group_chats", "chat"}
    named = {key: [command["command"] for command in commands] for key, commands in registered.items()}
    assert "refund" in named["chat", ""]
    assert "refund" not in named["default", ""]
    assert "link" not in named["all_group_chats", ""]
    assert {"imagine", "paysupport", "terms"} <= set(named["default", "de"])
    german = {command["command"]: command["description"] for command in registered["default", "de"]}
    assert german["imagine"] == "Ein Bild aus Worten zeichnen"


async def test_sync_with_a_wrong_token_is_one_line(fake: TelegramFake, settings: Settings, tmp_path: Path) -> None:
    wrong = f"{fake.token}x"
    said = await asyncio.to_thread(
        easel, settings, "sync", "telegram", cwd=tmp_path, TELEGRAM_TOKEN=wrong, TELEGRAM_API_URL=fake.url
    )
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        "TELEGRAM_TOKEN: Telegram does not know this token. Put the token that @BotFather shows for your bot into the "
        "environment or .env."
    ]
