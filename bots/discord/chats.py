"""What people write to the bot: mentions and replies in servers, and anything in direct messages.

Discord shows the words of a message to a bot without special intents only if they are meant for it, and these are. A
conversation belongs to its place: each thread has a memory of its own. What is private, such as a balance, is said in
direct messages, because in a channel nobody else's message can be seen by one person only.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import discord

from bots.discord import sentences
from bots.discord.asking import Asking, of_message
from bots.discord.desk import Desk
from bots.discord.markdown import shortened
from bots.discord.messages import Page, result_pages, text_pages, words_page
from bots.discord.places import Place
from bots.discord.refusals import Trouble, code_of
from bots.discord.showing import shown_as
from bots.parse import Invocation, parse
from bots.replies import Reply
from bots.service import MAKING
from core.errors import BadRequest, StoreError
from core.ids import job_id
from core.log import logger

QUOTED = 2000
SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
"""What people write; other kinds tell of pins, calls or threads."""


class Chats:
    """One for each client."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def hear(self, message: discord.Message, me: discord.ClientUser) -> None:
        """Answer a message, if it is for us."""
        if message.author.bot or message.webhook_id is not None or message.type not in SPOKEN:
            return
        if not is_for(message, me):
            return
        asking = of_message(message)
        place = Place(
            str(message.channel.id), str(message.author.id), answers=str(message.id),
            server=str(message.guild.id) if message.guild else "",
        )  # fmt: skip
        words, files = words_of(message, me), files_of(message)
        if not words and not files:
            await self._tell(place, sentences.DISCORD_NO_WORDS)
            return
        try:
            invocation = parse(words, self._desk.service.commands)
        except BadRequest:
            await self._answer(place, await self._desk.service.say(asking.incoming(place, words)))
            return
        if invocation.command.name == "chat":
            invocation = Invocation(invocation.command, {"message": with_quote(words, message, me)})
        if invocation.command.name in MAKING:
            await self._make(asking, place, invocation, files)
        else:
            await self._answer(place, await self._desk.service.invoke(asking.incoming(place, words), invocation))

    async def _make(
        self, asking: Asking, place: Place, invocation: Invocation, files: Sequence[discord.Attachment]
    ) -> None:
        """A message to wait in, then the request. What is delivered again is nothing."""
        job = job_id(asking.id)
        if await self._is_known(job):
            return
        is_gallery = invocation.command.name != "chat"
        try:
            waiting = words_page(sentences.DISCORD_THINKING, is_gallery=is_gallery)
            place = place.at(await self._desk.posts.post(place, waiting, f"{job}:0"))
        except Trouble as error:
            await self._cannot_write(place, error)
            return
        reply = await self._desk.invoke(asking, place, invocation, files)
        if reply.job is not None and Place.of(reply.job.reply_to).message != place.message:
            await self._remove(place)  # another delivery of the same event was quicker
        elif reply.kind == "job" and reply.job is not None:
            self._desk.follow(reply.job, place)
        elif reply.job is None and reply.kind == "result":
            await self._fill(place, reply)
        elif reply.job is None:
            await self._refuse(place, reply, is_gallery=is_gallery)

    async def _is_known(self, job: str) -> bool:
        with suppress(StoreError):  # then the service finds out, and says so
            return await self._desk.app.stores.jobs.get(job) is not None
        return False

    async def _fill(self, place: Place, reply: Reply) -> None:
        """An answer from the cache."""
        try:
            first, *further = result_pages(reply, ())
            await self._desk.posts.edit(place, first)
            for number, page in enumerate(further, 1):
                await self._desk.posts.post(place, page, f"{place.message}:{number}")
        except Trouble as error:
            logger().warning("not answered", discordCode=code_of(error), errorName=type(error).__name__)

    async def _refuse(self, place: Place, reply: Reply, *, is_gallery: bool) -> None:
        """A refusal may say what somebody has in the wallet, so in a server it goes to them alone."""
        try:
            if not place.server:
                await self._desk.posts.edit(place, words_page(reply.text, is_gallery=is_gallery))
            elif await self._privately(place, reply):
                await self._remove(place)
            else:
                await self._desk.posts.edit(place, words_page(sentences.DISCORD_DMS_CLOSED, is_gallery=is_gallery))
        except Trouble as error:
            logger().warning("not answered", discordCode=code_of(error), errorName=type(error).__name__)

    async def _answer(self, place: Place, reply: Reply) -> None:
        """An answer of a command that was typed as a message, or a result that is shown again."""
        if reply.job is not None and not reply.job.is_open:
            if not await self._desk.showing.deliver(reply.job, shown_as(place, reply.job)):
                await self._tell(place, sentences.DISCORD_NOT_POSTED)
        elif not await self._privately(place, reply):
            await self._tell(place, sentences.DISCORD_DMS_CLOSED)

    async def _privately(self, place: Place, reply: Reply) -> bool:
        """By direct message; whether that worked."""
        try:
            where = place
            if place.server:
                where = replace(place, channel=await self._desk.posts.dm_of(place.user), answers="", server="")
            for number, page in enumerate(text_pages(reply.text, reply.attachments, reply.links)):
                await self._desk.posts.post(where, page, f"{place.answers}:{number}")
        except Trouble as error:
            logger().info("no direct message", discordCode=code_of(error), errorName=type(error).__name__)
            return False
        return True

    async def _tell(self, place: Place, text: str) -> None:
        try:
            await self._desk.posts.post(place, Page(text), place.answers)
        except Trouble as error:
            await self._cannot_write(place, error)

    async def _cannot_write(self, place: Place, error: BaseException) -> None:
        """Tell the person what is wrong, who can tell the admins."""
        logger().warning("cannot write", discordCode=code_of(error), errorName=type(error).__name__)
        if place.server and code_of(error):
            await self._privately(place, Reply("text", sentences.discord_cannot_write(place.channel)))

    async def _remove(self, place: Place) -> None:
        try:
            await self._desk.posts.delete(place)
        except Trouble as error:
            logger().warning("not removed", discordCode=code_of(error), errorName=type(error).__name__)


def is_for(message: discord.Message, me: discord.ClientUser) -> bool:
    """In direct messages everything is; in servers what names us, or answers one of our messages."""
    if message.guild is None:
        return True
    quoted = quoted_by(message)
    answers_us = quoted is not None and quoted.author.id == me.id and bool(message.content)
    return answers_us or any(user.id == me.id for user in message.mentions)


def words_of(message: discord.Message, me: discord.ClientUser) -> str:
    """Without our name."""
    return re.sub(rf"<@!?{me.id}>", "", message.content).strip()


def quoted_by(message: discord.Message) -> discord.Message | None:
    """The message that this one answers, where Discord says what it is."""
    quoted = message.reference.resolved if message.reference is not None else None
    return quoted if isinstance(quoted, discord.Message) else None


def files_of(message: discord.Message) -> list[discord.Attachment]:
    """Its files, or else those of the message that it answers."""
    quoted = quoted_by(message)
    return message.attachments or (list(quoted.attachments) if quoted is not None else [])


def with_quote(words: str, message: discord.Message, me: discord.ClientUser) -> str:
    """With the words that it answers, unless they are ours: those are in the conversation's memory."""
    quoted = quoted_by(message)
    if quoted is None or quoted.author.id == me.id or not quoted.content:
        return words
    return f"{words}\n\n{sentences.DISCORD_ABOUT}\n{shortened(quoted.content, QUOTED)}"
