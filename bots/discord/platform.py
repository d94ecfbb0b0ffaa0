"""Discord, as the wiring sees it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bots.discord import running
from bots.discord.client import EaselBot
from bots.discord.messenger import DiscordMessenger
from bots.discord.places import PLATFORM as NAME
from bots.discord.rest import Rest
from bots.discord.status import DiscordStatus
from bots.platform import Platform
from bots.service import Service
from core.app import App
from core.jobs.delivery import Messenger
from core.settings import Settings

if TYPE_CHECKING:  # who serves no web page starts faster without the web framework
    from fastapi import APIRouter


class DiscordPlatform:
    """`Platform` for Discord."""

    name = NAME

    def __init__(self) -> None:
        self._bot: EaselBot | None = None

    def status(self) -> DiscordStatus | None:
        """Of the connections of this process; None where `run` does not run."""
        return None if self._bot is None else self._bot.health

    def _opened(self, bot: EaselBot | None) -> None:
        self._bot = bot

    @asynccontextmanager
    async def messenger(self, app: App) -> AsyncIterator[Messenger]:
        rest = Rest(app.settings)
        try:
            yield DiscordMessenger(app, rest)
        finally:
            await rest.close()

    def routers(self, app: App, service: Service) -> "Sequence[APIRouter]":
        """Nothing can be taken in that is not signed, so without DISCORD_PUBLIC_KEY there is no address."""
        if not app.settings.discord_public_key:
            return []
        from bots.discord import interactions  # noqa: PLC0415  # the SDK is loaded only where Discord is used

        return [interactions.router(app, service, self._messenger_of(app))]

    async def run(self, app: App, service: Service) -> None:
        try:
            await running.run(app, service, self._messenger_of(app), self._opened)
        finally:
            self._opened(None)

    async def sync(self, settings: Settings, arguments: Sequence[str]) -> int:
        from bots.discord import sync  # noqa: PLC0415  # only this command needs it

        return await sync.sync(settings, arguments)

    @staticmethod
    def _messenger_of(app: App) -> DiscordMessenger:
        messenger = app.messengers[NAME]
        assert isinstance(messenger, DiscordMessenger)  # noqa: S101  # ours, put there by the wiring
        return messenger


PLATFORM: Platform = DiscordPlatform()
