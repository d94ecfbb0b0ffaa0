"""The same admin command gives the same effect on Discord, Slack, Telegram and the playground.

Each platform's adapter takes it in over the wire from a fake server, and answers where only the admin reads it.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.accounts.model import Identity
from core.app import App
from core.ids import digest
from tests.bots.discord.running import running as discord_running
from tests.bots.slack.running import core_of, running
from tests.bots.telegram.bots import bot_on, settings_for
from tests.fakes import until
from tests.fakes.discord import DiscordFake
from tests.fakes.slack import SlackFake
from tests.fakes.telegram import TelegramFake
from tests.support import opened, settings_in
from tests.webhooks.test_app import site_of

COOKIE = "ab" * 24


@dataclass
class Chat:
    """An admin's chat. `say` types a line and returns what comes of it; `anne` is how Anne is named in it."""

    app: App
    say: Callable[[str], Awaitable[str]]
    anne: str
    identity: Identity


@asynccontextmanager
async def discord(folder: Path) -> AsyncIterator[Chat]:
    async with DiscordFake() as fake:
        boss, anne, home = fake.user("boss"), fake.user("anne"), fake.guild()
        settings = settings_in(folder, admins=(Identity("discord", boss.id),))
        async with discord_running(fake, settings, works=False) as easel:

            async def say(text: str) -> str:
                action, _, words = text.removeprefix("/admin").strip().partition(" ")
                options = {"action": action, "words": words} if words else {"action": action}
                asked = fake.command("admin", options, user=boss, guild=home)
                answer = await asked.original()
                assert answer.ephemeral
                return answer.text

            yield Chat(easel.app, say, f"<@{anne.id}>", Identity("discord", anne.id))
        assert fake.problems == []


@asynccontextmanager
async def slack(folder: Path) -> AsyncIterator[Chat]:
    async with SlackFake(ack_seconds=5, retry_delays=(0.0, 0.0, 0.0)) as fake:
        alice, bob = fake.team.user("alice"), fake.team.user("bob")
        admins = (Identity("slack", f"{fake.team.id}/{alice.id}"),)
        async with core_of(fake, folder, admins=admins) as core, running(core, work=False) as easel:

            async def say(text: str) -> str:
                seen = len(fake.replies_of_app)
                await fake.command(text, user="alice")

                async def answer() -> str | None:
                    new = [message for message in fake.replies_of_app[seen:] if message.only_for == alice.id]
                    return new[0].text if new else None

                return str(await until(answer))

            yield Chat(easel.app, say, f"<@{bob.id}|bob>", Identity("slack", f"{fake.team.id}/{bob.id}"))
        assert not fake.problems


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[Chat]:
    async with TelegramFake() as fake:
        boss, anne = fake.person("Boss"), fake.person("Anne")
        group = fake.group("Friends", boss, anne)
        fake.world.private(boss)
        fake.world.private(anne)
        settings = settings_for(fake, folder, admins=(Identity("telegram", str(boss.id)),), signup_credits=100)
        async with opened(settings) as app, bot_on(app, works=False) as bot:

            async def say(text: str) -> str:
                seen = len(fake.messages(boss))
                fake.send(text.replace("/admin", "/admin@easel_test_bot", 1), boss, group)
                await fake.until(lambda: len(fake.messages(boss)) > seen)
                assert fake.messages(group) == []
                return fake.messages(boss)[-1].text

            yield Chat(bot.app, say, f"telegram:{anne.id}", Identity("telegram", str(anne.id)))
        assert fake.problems == []


@asynccontextmanager
async def playground(folder: Path) -> AsyncIterator[Chat]:
    boss, anne = Identity("playground", digest(COOKIE)[:20]), Identity("playground", "anne")
    async with site_of(folder, admins=(boss,)) as site, site.client() as client:
        client.cookies.set("easel_playground", COOKIE)
        count = iter(range(100))

        async def say(text: str) -> str:
            id = f"message-{next(count)}"
            sent = await client.post("/playground/messages", json={"id": id, "text": text})
            assert sent.status_code == 200, sent.text
            feed = await site.app.stores.feed.since(str(boss), 0, 99)
            [answer] = [message.body for message in feed if message.id == f"re:{id}"]
            return answer

        yield Chat(site.app, say, str(anne), anne)


PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[Chat]]] = {
    "discord": discord, "slack": slack, "telegram": telegram, "playground": playground
}  # fmt: skip


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns of `retry_after` as a number, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.mark.parametrize("place", PLACES)
async def test_the_same_admin_command_gives_the_same_effect_everywhere(tmp_path: Path, place: str) -> None:
    async with PLACES[place](tmp_path) as chat:
        anne = await chat.app.accounts.for_identity(chat.identity)
        assert "Given 50 credits" in await chat.say(f"/admin grant {chat.anne} 50 for the bug")
        assert "could not be understood" in await chat.say(f"/admin grant {chat.anne}")
        asked = re.search(r"/admin confirm (\w+)", await chat.say(f"/admin suspend {chat.anne} spam"))
        assert asked
        assert (await chat.app.accounts.get(anne.id)).suspended is None
        for _ in range(2):
            assert "Suspended: spam." in await chat.say(f"/admin confirm {asked[1]}")
        assert "Paused" not in await chat.say("/admin health")
        assert (await chat.app.ledger.balance(anne.id)).available == 150
        assert (await chat.app.accounts.get(anne.id)).suspended == "spam"
        lines = await chat.app.stores.audit.page(None, 9)
        assert [(line.action, line.target, line.why, line.before, line.after) for line in lines] == [
            ("suspend", anne.id, "spam", {"suspended": None}, {"suspended": "spam"}),
            ("grant", anne.id, "for the bug", {"available": 100}, {"credits": 50, "available": 150}),
        ]
