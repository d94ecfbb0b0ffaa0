"""Put the service's reply where Discord shows that we think; what only one person may read goes beside it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from bots.discord import sentences
from bots.discord.messages import Page, result_pages, text_pages
from bots.discord.messenger import UNDELIVERABLE, DiscordMessenger
from bots.discord.places import PLATFORM, Place
from bots.discord.posting import Posts
from bots.discord.refusals import Lost, Trouble, code_of
from bots.replies import Reply
from core.jobs.model import Job
from core.log import logger

AGAIN_SECONDS = 0.5


class Showing:
    """Whatever cannot be shown is logged, and nothing is raised. `follow` shows how a job goes, while others go on."""

    def __init__(self, messenger: DiscordMessenger, posts: Posts, follow: Callable[[Job, Place], None]) -> None:
        self._messenger = messenger
        self._posts = posts
        self._follow = follow

    async def show(self, place: Place, reply: Reply) -> None:
        """The reply in the message that says we think."""
        if reply.kind == "job" and reply.job is not None:
            self._follow(reply.job, place)
        elif reply.job is not None:
            await self._show_again(place, reply.job)
        elif reply.kind == "error":
            await self.refuse(place, reply)
        else:
            await self.fill(place, reply)

    async def refuse(self, place: Place, reply: Reply) -> None:
        """In private. What says we think is seen by all, so it goes: a first follow-up would only take its place."""
        if place.private:
            await self.fill(place, reply)
            return
        await self._remove(place)
        await self.whisper(place, reply.text)

    async def _remove(self, place: Place) -> None:
        try:
            await self._posts.delete_original(place)
        except Trouble as error:
            logger().warning("not removed", discordCode=code_of(error), errorName=type(error).__name__)

    async def fill(self, place: Place, reply: Reply) -> None:
        """An answer that is there at once; of a long one, the rest follows below."""
        if reply.kind == "result":
            await self.put(place, result_pages(reply, ()))
        else:
            await self.put(place, text_pages(reply.text, reply.attachments, reply.links))

    async def put(self, place: Place, pages: Sequence[Page]) -> None:
        """Messages that are there at once."""
        first, *further = pages
        try:
            try:
                await self._posts.edit_original(place, first)
            except Lost:  # an edit that is made twice is one
                await asyncio.sleep(AGAIN_SECONDS)
                await self._posts.edit_original(place, first)
            for page in further:
                await self._posts.follow_up(place, page)
        except Trouble as error:
            logger().warning("not answered", discordCode=code_of(error), errorName=type(error).__name__)

    async def whisper(self, place: Place, text: str) -> None:
        """A sentence for one person only, beside what is there."""
        try:
            for page in text_pages(text):
                await self._posts.follow_up(replace(place, private=True), page)
        except Trouble as error:
            logger().warning("not told", discordCode=code_of(error), errorName=type(error).__name__)

    async def _show_again(self, place: Place, job: Job) -> None:
        as_before = shown_as(place, job)
        if as_before.private and not place.private:
            await self._remove(place)  # it says to all that we think; the result follows in private
        if not await self.deliver(job, as_before):
            await self.refuse(place, Reply("error", sentences.DISCORD_NOT_POSTED))

    async def deliver(self, job: Job, place: Place) -> bool:
        """A result that is there already, such as by /recover; whether that worked."""
        try:
            message = await self._messenger.deliver(job.model_copy(update={"reply_to": place.reply_to}))
        except Trouble as error:
            logger().warning("not posted again", discordCode=code_of(error), errorName=type(error).__name__)
            return False
        return not message.startswith(UNDELIVERABLE)


def shown_as(place: Place, job: Job) -> Place:
    """Where a result is shown again: what was private or veiled at first stays so."""
    if job.reply_to.platform != PLATFORM:
        return place
    was = Place.of(job.reply_to)
    return replace(place, private=place.private or was.private, spoiler=place.spoiler or was.spoiler)
