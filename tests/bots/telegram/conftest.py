"""One fixture builds one thing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.app import App
from core.settings import Settings
from tests.bots.telegram.bots import Bot, bot_on, settings_for
from tests.fakes.telegram import TelegramFake, User
from tests.support import opened


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns of `retry_after` as a number, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def fake() -> AsyncIterator[TelegramFake]:
    """A Telegram in which the bot makes no mistakes."""
    async with TelegramFake() as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
def alice(fake: TelegramFake) -> User:
    return fake.person("Alice", username="alice_in")


@pytest.fixture
def bob(fake: TelegramFake) -> User:
    return fake.person("Bob")


@pytest.fixture
def settings(fake: TelegramFake, tmp_path: Path) -> Settings:
    return settings_for(fake, tmp_path)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with opened(settings) as app:
        yield app


@pytest.fixture
async def bot(app: App) -> AsyncIterator[Bot]:
    """The bot, polling, with a worker and the sweeper, and nobody to pace it."""
    async with bot_on(app) as bot:
        yield bot
