"""The real python-telegram-bot against the fake Telegram, as an operator would run it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.ext import AIORateLimiter, Application, BaseHandler, ExtBot

from tests.fakes.telegram import TelegramFake
from tests.servers import free_port

SECRET = "a-secret_of-the-hook"


def application(fake: TelegramFake, *handlers: BaseHandler[Update, Any, Any], retries: int = 0) -> Any:
    """A bot on the fake; `retries`: how often its rate limiter tries again after a 429."""
    builder = Application.builder().token(fake.token).concurrent_updates(True)
    builder = builder.base_url(f"{fake.url}/bot").base_file_url(f"{fake.url}/file/bot")
    app = builder.rate_limiter(AIORateLimiter(max_retries=retries)).build()
    app.add_handlers(handlers)
    return app


@asynccontextmanager
async def polling(fake: TelegramFake, *handlers: BaseHandler[Update, Any, Any]) -> AsyncIterator[Any]:
    """The bot, fetching its updates."""
    app = application(fake, *handlers)
    async with app:
        await app.start()
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


@asynccontextmanager
async def listening(fake: TelegramFake, *handlers: BaseHandler[Update, Any, Any]) -> AsyncIterator[Any]:
    """The bot, with a webhook."""
    app = application(fake, *handlers)
    port = free_port()
    async with app:
        await app.start()
        await app.updater.start_webhook(
            "127.0.0.1", port, "hook", webhook_url=f"http://127.0.0.1:{port}/hook", secret_token=SECRET,
            allowed_updates=Update.ALL_TYPES,
        )  # fmt: skip
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


@asynccontextmanager
async def calling(fake: TelegramFake, *, retries: int = 0) -> AsyncIterator[ExtBot[Any]]:
    """Only the client, for calls without updates."""
    async with application(fake, retries=retries) as app:
        yield app.bot
