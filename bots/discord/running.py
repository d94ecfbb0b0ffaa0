"""Stay connected to Discord: refusals that only the operator can mend end it, everything else is waited out."""

import asyncio
from collections.abc import Callable

import discord

from bots.discord.client import EaselBot, new_bot
from bots.discord.messenger import DiscordMessenger
from bots.discord.refusals import Trouble
from bots.discord.shards import Shards
from bots.service import Service
from core.app import App
from core.errors import ConfigError
from core.log import logger
from core.tasks import stopped

FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 300.0
BANNED_WAIT_SECONDS = 600.0
"""10,000 refused requests in 10 minutes ban an address: https://docs.discord.com/developers/topics/rate-limits"""
AUTHENTICATION_FAILED = 4004
FATAL = {
    4010: "DISCORD_SHARDS: Discord knows no such shard. Correct it.",
    4011: "DISCORD_SHARDS: this bot is in so many servers that it needs several connections. Set DISCORD_SHARDS=auto.",
}
"""https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"""
REFUSED = (
    "DISCORD_TOKEN: Discord refuses it. Copy the token from your application's page Bot at "
    "https://discord.com/developers/applications."
)


async def run(
    app: App, service: Service, messenger: DiscordMessenger, opened: Callable[[EaselBot], None] = lambda _: None
) -> None:
    """Until cancelled. `opened` is told of each new connection. Raises ConfigError."""
    shards = Shards.parse(app.settings.discord_shards)
    wait = FIRST_WAIT_SECONDS
    while True:
        bot = new_bot(app, service, messenger, shards)
        opened(bot)
        try:
            await connected(bot, app.settings.discord_token.get_secret_value())
        except Trouble as error:
            if (final := fatal(error)) is not None:
                raise ConfigError([final]) from error
            if bot.was_ready:
                wait = FIRST_WAIT_SECONDS
            pause = waiting_for(error, wait)
            logger().error("discord not reached", errorName=type(error).__name__, detail=str(error)[:200], pause=pause)
            await asyncio.sleep(pause)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def connected(bot: EaselBot, token: str) -> None:
    """While the connection lasts. Raises what it ended with."""
    measuring = asyncio.create_task(bot.measure())
    try:
        async with bot:
            try:
                await bot.start(token)
            finally:
                await bot.desk.owed.finish()
    finally:
        await stopped({measuring})
        await bot.desk.close()


def fatal(error: BaseException) -> str | None:
    """The operator's line for what waiting does not mend."""
    if isinstance(error, discord.LoginFailure):
        return REFUSED
    if isinstance(error, discord.ConnectionClosed):
        return REFUSED if error.code == AUTHENTICATION_FAILED else FATAL.get(error.code)
    return None


def waiting_for(error: BaseException, usual: float) -> float:
    """Seconds. Who is banned by Cloudflare and goes on asking stays banned."""
    if isinstance(error, discord.HTTPException) and error.status == 429:
        return BANNED_WAIT_SECONDS
    return usual
