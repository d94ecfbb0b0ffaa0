"""What the menu of a message offers: vary its picture, ask about it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bots.discord import modals, sentences
from bots.discord.asking import of_interaction
from bots.discord.buttons import jobs_named_by, pictures_of
from bots.discord.commands import ANY_INSTALL, EVERYWHERE
from bots.discord.desk import Desk
from bots.discord.places import Place
from bots.discord.refusals import Trouble, code_of
from bots.parse import Invocation
from core.log import logger


def menus(desk: Desk) -> list[app_commands.ContextMenu]:
    """For messages; names of at most 32 characters."""

    async def vary(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await _vary(desk, interaction, message)

    async def ask(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        fetches = any((file.content_type or "").startswith("image/") for file in message.attachments)
        await desk.acks.opened(interaction, modals.ask_modal(message, fetches=fetches))

    where: dict[str, Any] = {"allowed_contexts": EVERYWHERE, "allowed_installs": ANY_INSTALL}
    return [
        app_commands.ContextMenu(name=sentences.DISCORD_VARY_MENU, callback=vary, **where),
        app_commands.ContextMenu(name=sentences.DISCORD_ASK_MENU, callback=ask, **where),
    ]


async def _vary(desk: Desk, interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """A picture of ours by its request, anybody else's by the file."""
    asking = of_interaction(interaction)
    jobs = jobs_named_by(message)
    own = pictures_of(message, jobs[0]) if jobs else []
    if len(own) > 1:
        await desk.acks.told(interaction, sentences.DISCORD_WHICH_PICTURE)
    elif own:
        await desk.press(interaction, "vary", jobs[0], own[0])
    elif not any((file.content_type or "").startswith("image/") for file in message.attachments):
        await desk.acks.told(interaction, sentences.DISCORD_NO_PICTURE_HERE)
    else:
        place = await desk.acks.deferred(interaction, private=await desk.hides(asking))
        if place is not None:
            invocation = Invocation(desk.named("imagine"), {"prompt": sentences.DISCORD_VARY_PROMPT})
            await desk.ask(asking, place, invocation, message.attachments[:1])


async def asked_about(
    desk: Desk, interaction: discord.Interaction[Any], channel: str, message: str, words: str, about: str
) -> None:
    """What was filled in to ask about a message: answered in private."""
    place = await desk.acks.deferred(interaction, private=True)
    if place is None:
        return
    files = await _files(desk, replace(place, channel=channel, message=message)) if message else ()
    said = f"{words}\n\n{sentences.DISCORD_ABOUT}\n{about}" if about else words
    await desk.ask(of_interaction(interaction), place, Invocation(desk.named("chat"), {"message": said}), files)


async def _files(desk: Desk, place: Place) -> Sequence[discord.Attachment]:
    """Of a message that the bot can see; none elsewhere."""
    try:
        return await desk.posts.attachments(place)
    except Trouble as error:
        logger().info("message not seen", discordCode=code_of(error), errorName=type(error).__name__)
        return ()
