"""The Bot API's client, made from the settings. It asks nothing of Telegram yet, so it is there in an outage, too."""

import hashlib
import hmac
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bots.telegram.pacer import Pacer
from core.errors import ConfigError
from core.settings import Settings

Client: TypeAlias = ExtBot[Any]  # its rate limit arguments are seconds; the library calls that invariant

API_URL = "https://api.telegram.org"
CONNECTIONS = 256
FEW = 2
SECONDS = 15.0
"""For an answer. Deliveries are given up after 20 s."""
UPLOAD_SECONDS = 60.0
_TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]{10,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""https://core.telegram.org/bots/api#setwebhook, secret_token"""
WRONG_TOKEN = (  # what is wrong goes in
    "TELEGRAM_TOKEN: {} Put the token that @BotFather shows for your bot into the environment or .env."  # noqa: S105  # the name of a setting, no secret
)


@asynccontextmanager
async def open_client(settings: Settings, pacer: Pacer | None = None) -> AsyncIterator[Client]:
    """The client of TELEGRAM_TOKEN's bot. Raises ConfigError for what cannot be a bot's token."""
    bot_id(settings)
    for noisy in ("httpx", "telegram"):  # they log addresses, and the token is in those
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    api = (settings.telegram_api_url or API_URL).rstrip("/")
    token = settings.telegram_token.get_secret_value()
    calls, fetching = _request(CONNECTIONS), _request(FEW)
    try:
        yield ExtBot(token, f"{api}/bot", f"{api}/file/bot", calls, fetching, rate_limiter=pacer or Pacer())
    finally:
        await calls.shutdown()
        await fetching.shutdown()


def bot_id(settings: Settings) -> int:
    """The bot's own id, the first part of its token. Raises ConfigError."""
    if match := _TOKEN.fullmatch(settings.telegram_token.get_secret_value()):
        return int(match[1])
    raise ConfigError([WRONG_TOKEN.format("is not a bot's token.")])


def webhook_secret(settings: Settings) -> str:
    """TELEGRAM_WEBHOOK_SECRET, else one that every process makes alike from the token. Raises ConfigError."""
    if chosen := settings.telegram_webhook_secret.get_secret_value():
        if not _SECRET.fullmatch(chosen):
            raise ConfigError(["TELEGRAM_WEBHOOK_SECRET: may have 1 to 256 of A-Z a-z 0-9 _ - only."])
        return chosen
    return hmac.digest(settings.telegram_token.get_secret_value().encode(), b"easel webhook", hashlib.sha256).hex()


def _request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connections, read_timeout=SECONDS, write_timeout=SECONDS, connect_timeout=5.0, pool_timeout=5.0,
        media_write_timeout=UPLOAD_SECONDS,
    )  # fmt: skip
