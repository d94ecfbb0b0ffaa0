"""One fixture builds one thing."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.telegram import TelegramFake, User
from tests.support import ManualClock


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns of `retry_after` as a number, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def fake(clock: ManualClock) -> AsyncIterator[TelegramFake]:
    """A Telegram whose time stands still, and in which the bot makes no mistakes."""
    async with TelegramFake(clock) as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
def alice(fake: TelegramFake) -> User:
    """Somebody who has started the bot."""
    alice = fake.person("Alice", username="alice_in")
    fake.world.private(alice)
    return alice
