"""Interactions over HTTP, for operators who run no gateway: Discord posts them to /webhooks/discord.

Each one is signed over its timestamp and body, with the key on the application's page; whatever is not gets 401, which
Discord itself tries out. They are answered like those of the gateway, by a request of our own, and the post by 202:
https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback. Only a PING is answered
in place.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from bots.discord.client import EaselBot, new_bot
from bots.discord.messenger import DiscordMessenger
from bots.discord.refusals import Trouble
from bots.service import Service
from core.app import App
from core.errors import ConfigError
from core.log import logger

PATH = "/webhooks/discord"
PING, PONG = 1, 1
MAX_BODY = 2**20
KEY_BYTES = 32


def router(app: App, service: Service, messenger: DiscordMessenger) -> APIRouter:
    """Raises ConfigError for an unusable key."""
    key = public_key(app.settings.discord_public_key)
    receiver = Receiver(app, service, messenger)
    routes = APIRouter()

    @routes.post(PATH, include_in_schema=False)
    async def received(request: Request) -> Response:
        body = await _body(request)
        if body is None or not is_signed(request.headers, body, key):
            raise HTTPException(401, "This is not signed by Discord.")
        interaction = _read(body)
        if interaction is None:
            raise HTTPException(400, "This is no interaction.")
        if interaction.get("type") == PING:
            return JSONResponse({"type": PONG})
        await receiver.take(interaction)
        return Response(status_code=202)

    return routes


class Receiver:
    """A bot without a gateway, which logs in with the first interaction."""

    def __init__(self, app: App, service: Service, messenger: DiscordMessenger) -> None:
        self._app = app
        self._service = service
        self._messenger = messenger
        self._bot: EaselBot | None = None
        self._one_at_a_time = asyncio.Lock()

    async def take(self, interaction: dict[str, Any]) -> None:
        """Raises HTTPException when Discord cannot be reached: then it shows that the interaction failed."""
        try:
            bot = await self._logged_in()
        except Trouble as error:
            logger().error("discord not reached", errorName=type(error).__name__)
            raise HTTPException(503, "Discord cannot be reached.") from None
        bot.take(interaction)

    async def _logged_in(self) -> EaselBot:
        async with self._one_at_a_time:
            if self._bot is None:
                bot = new_bot(self._app, self._service, self._messenger)
                try:
                    await bot.login(self._app.settings.discord_token.get_secret_value())
                except BaseException:
                    await bot.close()
                    raise
                self._messenger.rest.close_too(bot.desk.owed.finish, bot.desk.close, bot.close)
                bot.desk.start(bot.store.keep_looking())  # nobody tells of refunds where there is no gateway
                self._bot = bot
            return self._bot


def public_key(text: str) -> Ed25519PublicKey:
    """Raises ConfigError."""
    try:
        raw = bytes.fromhex(text.strip())
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise ConfigError(
            [f"DISCORD_PUBLIC_KEY: must be the {2 * KEY_BYTES} characters of 0-9 and a-f on your application's page "
             "General Information."]
        ) from None  # fmt: skip


def is_signed(headers: Mapping[str, str], body: bytes, key: Ed25519PublicKey) -> bool:
    """https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers"""
    try:
        signature = bytes.fromhex(headers.get("x-signature-ed25519", ""))
        key.verify(signature, headers.get("x-signature-timestamp", "").encode() + body)
    except (InvalidSignature, ValueError):
        return False
    return True


async def _body(request: Request) -> bytes | None:
    """Not more than we are willing to hold."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        interaction = json.loads(body)
    except ValueError:
        return None
    return interaction if isinstance(interaction, dict) else None
