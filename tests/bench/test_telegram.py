"""500 updates at once from 100 chats: how fast they are taken, against a bare bot, and within Telegram's limits."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bots.telegram.pacer import Pacer
from core.app import App
from tests.bots.telegram.bots import bot_on, identity, settings_for, unpaced
from tests.fakes import until
from tests.fakes.telegram import TelegramFake, User
from tests.support import opened

CHATS, EACH = 100, 5
TOTAL = CHATS * EACH
PATIENCE = 120.0


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramFake]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with TelegramFake() as fake:
        yield fake
        assert fake.problems == []


async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text("Hello")


@asynccontextmanager
async def bare(fake: TelegramFake) -> AsyncIterator[None]:
    """python-telegram-bot alone, with nothing that paces it, answering each message."""
    builder = Application.builder().token(fake.token).concurrent_updates(True)
    app = builder.base_url(f"{fake.url}/bot").base_file_url(f"{fake.url}/file/bot").build()
    app.add_handler(MessageHandler(filters.ALL, answer))
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling()
        yield
        await app.updater.stop()
        await app.stop()


def at_once(fake: TelegramFake, people: list[User], text: str) -> None:
    """Everybody sends some messages."""
    for person in people:
        fake.world.private(person).records.clear()
    with fake.held() as held:
        for number in range(EACH):
            for person in people:
                fake.send(f"{text} {number}", person)
    fake.deliver(*held)


async def answered(fake: TelegramFake, people: list[User], text: str) -> float:
    """Seconds until each of the updates has its message."""
    begun = time.perf_counter()
    at_once(fake, people, text)
    await fake.until(lambda: sum(len(fake.messages(person)) for person in people) >= TOTAL, PATIENCE)
    return time.perf_counter() - begun


async def accepted(fake: TelegramFake, app: App, people: list[User]) -> float:
    """Seconds until each of the updates is a job on disk."""
    begun = time.perf_counter()
    at_once(fake, people, "/imagine a red fox")

    async def all_are() -> bool:
        accounts = [(await app.accounts.for_identity(identity(person))).id for person in people]
        return len(await app.stores.jobs.open_jobs(accounts)) == TOTAL

    await fake.until(lambda: len(fake.called("sendChatAction")) >= 10, PATIENCE)
    await until(all_are, PATIENCE)
    return time.perf_counter() - begun


async def test_taking_500_updates_against_a_bare_bot(fake: TelegramFake, tmp_path: Path) -> None:
    people = [fake.person(f"P{number}") for number in range(CHATS)]
    async with bare(fake):
        alone = await answered(fake, people, "hello")
    async with opened(settings_for(fake, tmp_path)) as app:
        async with bot_on(app, unpaced(), works=False):
            answers = await answered(fake, people, "/help")
        async with bot_on(app, unpaced(), works=False):
            orders = await accepted(fake, app, people)
    print(
        f"\n{TOTAL} updates from {CHATS} chats: a bare bot answers {TOTAL / alone:.0f}/s; "
        f"Easel answers {TOTAL / answers:.0f}/s (ratio {alone / answers:.2f}) "
        f"and takes orders for pictures {TOTAL / orders:.0f}/s (ratio {alone / orders:.2f})"
    )


async def test_500_updates_within_telegrams_limits(fake: TelegramFake, tmp_path: Path) -> None:
    """Each gets its message, as fast as Telegram allows: 30 a second, 1 a second in each chat."""
    fake.flood.enforced = True
    people = [fake.person(f"P{number}") for number in range(CHATS)]
    async with opened(settings_for(fake, tmp_path)) as app, bot_on(app, Pacer(), works=False):
        taken = await answered(fake, people, "/help")
    refused = sum(call.status == 429 for call in fake.calls)
    print(
        f"\n{TOTAL} updates from {CHATS} chats, each answered after {taken:.1f} s in all (at least "
        f"{TOTAL / 30 - 1:.1f} s by the limits); refused as too fast: {refused}, breaches: {len(fake.flood.breaches)}"
    )
    assert refused == 0
    assert [len(fake.messages(person)) for person in people] == [EACH] * CHATS
