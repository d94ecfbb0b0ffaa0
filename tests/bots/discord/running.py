"""The whole bot in this process: core, workers, gateway and messenger, against a fake Discord."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bots.discord.client import EaselBot, new_bot
from bots.discord.messenger import DiscordMessenger
from bots.discord.places import PLATFORM
from bots.discord.rest import Rest
from bots.discord.shards import Shards
from bots.discord.sync import described
from bots.service import Service
from core.accounts.model import Identity
from core.app import App
from core.settings import Settings
from core.tasks import stopped
from tests.fakes.discord import DiscordFake, Message, User, aimed_at
from tests.support import opened


@dataclass
class Running:
    """A connected bot. `work` starts the workers, which are off at first where a test wants to look in between."""

    app: App
    bot: EaselBot
    fake: DiscordFake
    messenger: DiscordMessenger
    parts: list[asyncio.Task[None]]

    def work(self) -> None:
        self.parts += [asyncio.create_task(self.app.runner.run()), asyncio.create_task(self.app.sweeper.run())]

    async def available(self, user: User) -> int:
        account = await self.app.accounts.for_identity(identity(user))
        return (await self.app.ledger.balance(account.id)).available

    async def jobs(self, user: User) -> int:
        """How many requests of this person there are."""
        account = await self.app.accounts.for_identity(identity(user))
        return len(await self.app.stores.jobs.history([account.id], 100))


def identity(user: User) -> Identity:
    return Identity(PLATFORM, user.id)


def is_picture(message: Message) -> bool:
    return bool(message.files)


@asynccontextmanager
async def running(
    fake: DiscordFake, settings: Settings, *, works: bool = True, sessions: int = 1, shards: str = ""
) -> AsyncIterator[Running]:
    """`sessions`: how many connections the fake has seen then."""
    settings = settings.model_copy(update={
        "discord_token": type(settings.discord_token)(fake.token), "discord_api_url": fake.api_url,
        "discord_gateway_url": fake.gateway_url,
    })  # fmt: skip
    with aimed_at(fake):
        async with opened(settings, fake.clock) as app:  # type: ignore[arg-type]  # the fake clock has what is asked of it
            messenger = DiscordMessenger(app, Rest(settings))
            app.messengers[PLATFORM] = messenger
            bot = new_bot(app, Service(app), messenger, Shards.parse(shards))
            started = asyncio.create_task(bot.start(fake.token))
            parts: list[asyncio.Task[None]] = []
            try:
                await fake.connected(identified=sessions)
                await registered(bot)
                made = Running(app, bot, fake, messenger, parts)
                if works:
                    made.work()
                yield made
            finally:
                await stopped(parts)
                await bot.desk.close()
                await stopped({started})  # first: a bot that was closed cannot tell of events any more
                await bot.close()
                await messenger.rest.close()


async def registered(bot: EaselBot) -> None:
    await bot.http.bulk_upsert_global_commands(bot.application_id or 0, payload=await described(bot))
