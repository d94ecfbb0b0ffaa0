"""A whole Easel on a fake Telegram: real core, real client, real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.service import Service
from bots.telegram.app import Telegram, open_telegram
from bots.telegram.pacer import Pacer
from core.accounts.model import Identity
from core.app import App
from core.settings import Settings
from core.tasks import stopped
from tests.fakes.telegram import Chat, Record, TelegramFake, User
from tests.support import SMALL_MODELS, settings_in

STARS = """
stars = 400
[[packs]]
name = "large"
credits = 2000
bonus = 200
price = 1999
currency = "USD"
stars = 1500
[[packs]]
name = "elsewhere"
credits = 10
price = 100
currency = "USD"
[shop]
referral = 70
"""
UNHURRIED = (1_000_000, 0.001)


@dataclass(frozen=True)
class Bot:
    """A running bot. `polling` is its task."""

    app: App
    telegram: Telegram
    service: Service
    polling: asyncio.Task[None]

    async def balance(self, user: User) -> int:
        """Credits beyond the welcome ones."""
        return await balance(self.app, user)


async def balance(app: App, user: User) -> int:
    """Credits beyond the welcome ones."""
    account = await app.accounts.for_identity(identity(user))
    return (await app.ledger.balance(account.id)).available - app.settings.signup_credits


def identity(user: User) -> Identity:
    return Identity("telegram", str(user.id))


def settings_for(fake: TelegramFake, folder: Path, **changes: object) -> Settings:
    """Settings of a bot on this Telegram, with packs for Stars."""
    (folder / "small.toml").write_text(SMALL_MODELS + STARS)
    values: dict[str, object] = {
        "telegram_token": fake.token, "telegram_api_url": fake.url, "max_jobs_in_flight": 100,
        "rate_limit_per_day": "10000", "signup_credits": 1000,
    }  # fmt: skip
    return settings_in(folder, **(values | changes))


def unpaced() -> Pacer:
    return Pacer(UNHURRIED, UNHURRIED, UNHURRIED)


@asynccontextmanager
async def bot_on(app: App, pacer: Pacer | None = None, *, works: bool = True, polls: bool = True) -> AsyncIterator[Bot]:
    """`works`: with a worker and the sweeper; `polls`: it takes updates in."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(open_telegram(app, pacer or unpaced()))
        app.messengers["telegram"] = telegram.messenger
        service = Service(app)
        parts = [app.runner.run(), app.sweeper.run()] if works else []
        tasks = [asyncio.create_task(part) for part in parts]
        polling = asyncio.create_task(telegram.run(service) if polls else asyncio.sleep(3600))
        try:
            yield Bot(app, telegram, service, polling)
        finally:
            await stopped([polling, *tasks])


def data_of(message: dict[str, Any]) -> list[str]:
    """The callback data below this version of a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


def photo(fake: TelegramFake, where: User | Chat) -> Record | None:
    """The latest picture there."""
    return next((record for record in reversed(fake.messages(where)) if "photo" in record.json), None)


def saying(fake: TelegramFake, where: User | Chat, words: str) -> Record | None:
    """The latest message there with these words."""
    return next((record for record in reversed(fake.messages(where)) if words in record.text), None)
