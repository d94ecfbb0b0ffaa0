"""Telegram, as the wiring sees it."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter
from telegram import BotCommandScopeChat
from telegram.error import TelegramError

from bots.commands import command_table
from bots.platform import Platform
from bots.service import Service
from bots.telegram import hook, places
from bots.telegram.app import Telegram, open_telegram
from bots.telegram.client import Client, open_client, webhook_secret
from bots.telegram.commands import Listed, lists
from bots.telegram.reaching import reached
from bots.telegram.refusals import is_closed
from core.app import App
from core.catalogue import find_catalogue, load_catalogue
from core.errors import ConfigError, EaselError
from core.jobs.delivery import Messenger
from core.settings import Settings

SYNC_SECONDS = 60.0


class TelegramPlatform:
    """`Platform` for Telegram. One client and pacer serve all its parts in a process: `messenger` opens them."""

    name = places.PLATFORM

    def __init__(self) -> None:
        self._open: dict[int, Telegram] = {}

    @asynccontextmanager
    async def messenger(self, app: App) -> AsyncIterator[Messenger]:
        _check(app.settings)
        async with open_telegram(app) as telegram:
            self._open[id(app)] = telegram
            try:
                yield telegram.messenger
            finally:
                del self._open[id(app)]

    def routers(self, app: App, service: Service) -> Sequence[APIRouter]:
        """The webhook, if that is how updates come in."""
        if app.settings.telegram_mode != "webhook":
            return []
        telegram = self._open[id(app)]

        async def take(update: dict[str, Any]) -> bool:
            return await telegram.brought(service, update)

        return [hook.router(webhook_secret(app.settings), take)]

    async def run(self, app: App, service: Service) -> None:
        """Take updates in until cancelled. Raises ConfigError for an unknown token, or a second program on it."""
        await self._open[id(app)].run(service)

    async def sync(self, settings: Settings, arguments: Sequence[str]) -> int:
        """Register the lists of commands. Raises ConfigError or EaselError."""
        argparse.ArgumentParser(prog="easel sync telegram", description="Register the commands.").parse_args(
            list(arguments)
        )
        commands = command_table(load_catalogue(find_catalogue(settings.easel_config)))
        operators = [int(admin.user) for admin in settings.admins if admin.platform == self.name]
        missed: set[int] = set()
        async with open_client(settings) as client:
            for listed in lists(commands, operators):
                try:
                    async with asyncio.timeout(SYNC_SECONDS):
                        await reached(lambda listed=listed: _register(client, listed))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                except TimeoutError:
                    raise EaselError("Telegram does not answer. Try again later.") from None
                except TelegramError as error:
                    if not (isinstance(listed.scope, BotCommandScopeChat) and is_closed(error)):
                        raise EaselError(f"Telegram does not take the commands: {error}") from None
                    missed.add(int(listed.scope.chat_id))
        for operator in sorted(missed):
            print(f"telegram:{operator} has not opened a chat with the bot yet, so /refund is not listed there.")
        print("The commands are registered.")
        return 0


async def _register(client: Client, listed: Listed) -> None:
    await client.set_my_commands(listed.commands, listed.scope, listed.language or None)


def _check(settings: Settings) -> None:
    """Raises ConfigError for what a webhook cannot do without."""
    webhook_secret(settings)
    if settings.telegram_mode == "webhook" and not settings.public_url:
        raise ConfigError(
            ["PUBLIC_URL: is not set. Telegram brings updates to an https address; set it, or TELEGRAM_MODE=polling."]
        )


PLATFORM: Platform = TelegramPlatform()
