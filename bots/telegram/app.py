"""Telegram's parts, wired once for a process: the client with its pacer, the messenger, and what takes updates in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.error import BadRequest, TelegramError

from bots.service import Service
from bots.telegram.background import Background
from bots.telegram.buttons import Buttons
from bots.telegram.client import Client, bot_id, open_client, webhook_secret
from bots.telegram.deeplinks import DeepLinks
from bots.telegram.desk import Desk
from bots.telegram.hook import PATH
from bots.telegram.inline import Inline
from bots.telegram.intake import ALLOWED, Intake
from bots.telegram.live import Live
from bots.telegram.messages import Messages
from bots.telegram.messenger import TelegramMessenger
from bots.telegram.operators import PaymentCommands
from bots.telegram.pacer import Pacer
from bots.telegram.plans import PlanCommands
from bots.telegram.polling import Poller
from bots.telegram.poster import Poster
from bots.telegram.reaching import reached
from bots.telegram.sender import Sender
from bots.telegram.stars import Stars
from bots.telegram.subscriptions import Subscriptions
from bots.telegram.transactions import Transactions
from core.app import App
from core.errors import ConfigError
from core.log import logger
from core.tasks import together

MAX_CONNECTIONS = 100
"""Updates that Telegram brings at a time: https://core.telegram.org/bots/api#setwebhook"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What needs the bot's name, and so Telegram, to be made."""

    intake: Intake
    transactions: Transactions


class Telegram:
    """One bot in one process."""

    def __init__(self, app: App, client: Client) -> None:
        self._app = app
        self._client = client
        self._bot = bot_id(app.settings)
        self._background = Background()
        self._sender = Sender(client)
        self._poster = Poster(self._sender, app.media)
        self._live = Live(app, client, self._sender)
        self._opening = asyncio.Lock()
        self._parts: Parts | None = None
        self.messenger = TelegramMessenger(app, self._poster)

    async def run(self, service: Service) -> None:
        """Take updates in until cancelled: fetch them, or have them brought to the web app. Raises ConfigError."""
        parts = await reached(lambda: self.parts(service))
        if self._app.settings.telegram_mode == "webhook":
            await self._set_webhook()
            await parts.transactions.run()
        else:
            await together(Poller(self._client, parts.intake).run(), parts.transactions.run())

    async def brought(self, service: Service, update: dict[str, Any]) -> bool:
        """An update that came to the web app. False: it is to come again."""
        try:
            parts = await self.parts(service)
        except TelegramError as error:
            logger().warning("telegram not reached", detail=str(error))
            return False
        try:
            parsed = Update.de_json(update, self._client)
        except (KeyError, TypeError, ValueError, AttributeError):  # it would be no better the next time
            logger().exception("update not understood", update=update["update_id"])
            return True
        return await parts.intake.take(parsed)

    async def parts(self, service: Service) -> Parts:
        """Made at the first call that reaches Telegram. Raises TelegramError."""
        async with self._opening:
            if self._parts is None:
                me = await self._client.get_me()
                self._parts = self._wired(service, me.username or "")
        return self._parts

    async def close(self) -> None:
        await self._background.close()
        await self._poster.close()

    def _wired(self, service: Service, username: str) -> Parts:
        app, client, bot = self._app, self._client, self._bot
        desk = Desk(app, username, self._sender, self._poster, self._live, self._background)
        subscriptions = Subscriptions(bot, app)
        stars = Stars(app, client, desk, subscriptions)
        links = DeepLinks(bot, service, desk, self._sender, stars.offer)
        transactions = Transactions(bot, app, client, stars)
        payments = PaymentCommands(app, client, desk, self._sender, stars, transactions, subscriptions)
        plans = PlanCommands(app, client, desk, stars, subscriptions)
        own = {"start": links.start, "invite": links.invite, **payments.commands, **plans.commands}
        waits = app.settings.telegram_mode == "polling"
        messages = Messages(bot, client, service, desk, own, payments.answer, self._background, waits=waits)
        buttons = Buttons(bot, client, service, desk, self._poster, links, self._background)
        return Parts(Intake(messages, buttons, Inline(bot, app, service, desk), stars), transactions)

    async def _set_webhook(self) -> None:
        settings = self._app.settings
        url, secret = f"{settings.base_url}{PATH}", webhook_secret(settings)
        try:
            await reached(
                lambda: self._client.set_webhook(
                    url, secret_token=secret, allowed_updates=ALLOWED, max_connections=MAX_CONNECTIONS
                )
            )
        except BadRequest as error:
            raise ConfigError([f"PUBLIC_URL: Telegram does not bring updates to {url} ({error}). Use https."]) from None


@asynccontextmanager
async def open_telegram(app: App, pacer: Pacer | None = None) -> AsyncIterator[Telegram]:
    """The bot of TELEGRAM_TOKEN on a running core. Telegram is not asked for anything yet. Raises ConfigError."""
    async with open_client(app.settings, pacer or _pacer(app)) as client:
        telegram = Telegram(app, client)
        try:
            yield telegram
        finally:
            await telegram.close()


def _pacer(app: App) -> Pacer:
    if app.redis is None:
        return Pacer()
    from bots.telegram.together import RedisPace  # noqa: PLC0415  # redis is slow to import

    return Pacer(together=RedisPace(app.redis, f"easel:{app.stores.installation}:telegram:{bot_id(app.settings)}:"))
