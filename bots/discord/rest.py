"""A Discord client without a gateway, for whoever only posts. It logs in when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable

import discord

from bots.discord.addresses import aim
from bots.discord.posting import Posts
from bots.discord.quiet import quieten
from core.settings import Settings

Closing = Callable[[], Awaitable[None]]


class Rest:
    """One for each process. Close it in the end."""

    def __init__(self, settings: Settings) -> None:
        aim(settings)
        quieten()
        self._token = settings.discord_token.get_secret_value()
        self._client: discord.Client | None = None
        self._one_at_a_time = asyncio.Lock()
        self._others: list[Closing] = []

    async def posts(self) -> Posts:
        """Raises what `refusals.Trouble` names, such as discord.LoginFailure for a bad token."""
        return Posts(await self.client())

    async def client(self) -> discord.Client:
        """Logged in. Raises as `posts` does."""
        async with self._one_at_a_time:
            if self._client is None:
                client = discord.Client(intents=discord.Intents(guilds=True), max_messages=None)
                try:
                    await client.login(self._token)
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    def close_too(self, *closings: Closing) -> None:
        """What is to be closed with it."""
        self._others += closings

    async def close(self) -> None:
        for closing in self._others:
            await closing()
        if self._client is not None:
            await self._client.close()
