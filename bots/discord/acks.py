"""Tell Discord at once that we have heard: within 3 seconds, or the interaction is lost.

https://docs.discord.com/developers/interactions/receiving-and-responding. What cannot be acknowledged is not asked of
the core either, because nobody could be answered: nothing is charged then. An event that is delivered twice is refused
by Discord the second time, and so is nothing. When many come at once, all are acknowledged before any is worked on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord
from discord import ui

from bots.discord.places import Place
from bots.discord.refusals import ALREADY_ACKNOWLEDGED, Lost, Trouble, code_of
from core.log import logger

TRIES = 2
PATIENCE_SECONDS = 1.0
"""For how long the work on one waits for the acknowledgements of others at most."""


class Acks:
    """One for each client."""

    def __init__(self) -> None:
        self._open = 0
        self._all_done = asyncio.Event()
        self._all_done.set()

    async def over(self) -> None:
        """Until nothing waits for its acknowledgement any more, or for a moment."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._all_done.wait()
        except TimeoutError:
            return

    async def deferred(self, interaction: discord.Interaction, *, private: bool) -> Place | None:
        """Where the answer goes, a message that says we think; None when nobody can be answered."""

        async def defer() -> str:
            answer = await interaction.response.defer(ephemeral=private, thinking=True)
            return str(answer.message_id or "") if answer else ""

        message = await self._acknowledged(interaction, defer)
        if message is None:
            return None
        return replace(Place.of_interaction(interaction), message=message, private=private)

    async def noted(self, interaction: discord.Interaction) -> Place | None:
        """A press that changes nothing by itself; what is said about it is said in private."""

        async def defer() -> str:
            await interaction.response.defer()
            return ""

        if await self._acknowledged(interaction, defer) is None:
            return None
        return replace(Place.of_interaction(interaction), private=True)

    async def opened(self, interaction: discord.Interaction, modal: ui.Modal) -> bool:
        """Ask back in a window. What is filled in comes as an interaction of its own, to any process."""
        modal.stop()  # so that discord.py does not wait for it in memory

        async def send() -> str:
            await interaction.response.send_modal(modal)
            return ""

        return await self._acknowledged(interaction, send) is not None

    async def told(self, interaction: discord.Interaction, text: str) -> None:
        """A sentence for one person, at once."""

        async def send() -> str:
            await interaction.response.send_message(text, ephemeral=True)
            return ""

        await self._acknowledged(interaction, send)

    async def _acknowledged(self, interaction: discord.Interaction, answer: Callable[[], Awaitable[str]]) -> str | None:
        """What `answer` gives, "" if only its answer was lost; None if Discord refuses it."""
        self._open += 1
        self._all_done.clear()
        try:
            return await self._tried(interaction, answer)
        finally:
            self._open -= 1
            if not self._open:
                self._all_done.set()

    @staticmethod
    async def _tried(interaction: discord.Interaction, answer: Callable[[], Awaitable[str]]) -> str | None:
        for tried in range(TRIES):
            try:
                return await answer()
            except discord.InteractionResponded:
                return None
            except Trouble as error:
                if tried and code_of(error) == ALREADY_ACKNOWLEDGED:
                    return ""
                if isinstance(error, Lost) and tried + 1 < TRIES:
                    continue
                logger().warning(
                    "not acknowledged", interaction=str(interaction.id), errorName=type(error).__name__,
                    discordCode=code_of(error),
                )  # fmt: skip
                return None
        return None
