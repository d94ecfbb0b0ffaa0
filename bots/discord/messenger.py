"""Deliver results over REST: into the placeholder, else into the channel, else as a direct message.

A private result never goes to a channel. Crash table: an edit that is repeated changes nothing; a post that is
repeated within some minutes is the same message by its nonce, and the sweeper repeats after half a minute. What
is left: follow-ups to an interaction, which Discord takes no nonce for, may come twice then; only one person sees them.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import discord

from bots.discord import sentences
from bots.discord.messages import Page, result_pages
from bots.discord.pictures import framed
from bots.discord.places import DEFAULT_FILE_BYTES, Place
from bots.discord.posting import NONCE_LENGTH, Posts
from bots.discord.refusals import INVALID_BODY, code_of, is_about_size, is_final
from bots.discord.rest import Rest
from bots.news_texts import news as told
from bots.replies import Reply, ended
from core.accounts.model import Identity
from core.app import App
from core.jobs.model import Job
from core.log import logger
from core.news import News

SMALLER = (1.0, 0.5, 0.1, 0.0)
"""What Discord finds too large is tried again in these shares of the limit; 0: only linked."""
UNDELIVERABLE = "undeliverable"

Send = Callable[[Place, Page], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Way:
    """Where a result can go, and how. `is_new`: as a new message."""

    place: Place
    send: Send
    is_new: bool = False


class Closed(Exception):
    """This way is closed for good. `why` is Discord's code."""

    def __init__(self, why: int) -> None:
        super().__init__(str(why))
        self.why = why


class DiscordMessenger:
    """`Messenger` for Discord."""

    def __init__(self, app: App, rest: Rest) -> None:
        self._app = app
        self.rest = rest

    async def deliver(self, job: Job) -> str:
        """Raises what passes, such as a 503. What never will, is an id that says so; /recover shows the result then."""
        place, reply = Place.of(job.reply_to), ended(self._app, job)
        posts = await self.rest.posts()
        why = 0
        async for way in self._ways(posts, place, nonce_of(place, job)):
            try:
                message, pages = await self._first(way, reply)
            except Closed as closed:
                why = closed.why
                logger().info("way closed", job=job.id, discordCode=why, isNew=way.is_new)
                continue
            await self._rest_of(posts, way.place.at(message), pages, nonce_of(place, job))
            return f"{way.place.channel}/{message}"
        logger().warning("undeliverable", job=job.id, requestId=job.request_id, discordCode=why)
        return f"{UNDELIVERABLE}:{why}"

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        """By direct message, once within some minutes. Raises Trouble for what passes."""
        try:
            posts = await self.rest.posts()
            place = Place(await posts.dm_of(identity.user), identity.user)
            await posts.post(place, Page(told(news)), key[-NONCE_LENGTH:])
        except discord.HTTPException as error:
            if not is_final(error):
                raise
            logger().info("takes no messages", identity=str(identity), discordCode=code_of(error))

    async def repair(self, job: Job) -> None:
        """Put a delivered result into its message again, after a live update that came too late."""
        place, reply = Place.of(job.reply_to), ended(self._app, job)
        posts = await self.rest.posts()
        for way in self._edits(posts, place):
            try:
                await self._first(way, reply)
            except Closed:
                continue
            return

    def _edits(self, posts: Posts, place: Place) -> list[Way]:
        ways = []
        if place.has_token(self._app.clock.now()):
            ways.append(Way(place, posts.edit_original))
        if place.message and place.channel and not place.private:
            ways.append(Way(place, posts.edit))
        return ways

    async def _ways(self, posts: Posts, place: Place, nonce: str) -> AsyncIterator[Way]:
        """The best first."""

        async def post(where: Place, page: Page) -> str:
            return await posts.post(where, page, nonce)

        for way in self._edits(posts, place):
            yield way
        if place.channel and not place.private:
            yield Way(place, post, is_new=True)
        if place.private and place.has_token(self._app.clock.now()):
            yield Way(place, posts.follow_up, is_new=True)
        dm = await self._dm(posts, place.user) if place.user else ""
        if dm and (place.private or dm != place.channel):
            there = Place(dm, place.user, limit=min(place.limit, DEFAULT_FILE_BYTES), spoiler=place.spoiler)
            yield Way(there, post, is_new=True)

    async def _dm(self, posts: Posts, user: str) -> str:
        try:
            return await posts.dm_of(user)
        except discord.HTTPException as error:
            if is_final(error):
                return ""
            raise

    async def _first(self, way: Way, reply: Reply) -> tuple[str, Sequence[Page]]:
        """The first message of a result, and all its pages. Raises Closed, or what passes."""
        for share in SMALLER:
            pages = await self._pages(way, reply, share)
            try:
                return await way.send(way.place, pages[0]), pages
            except discord.HTTPException as error:
                if is_about_size(error) and share:
                    continue
                if code_of(error) == INVALID_BODY:
                    logger().error("message refused", detail=error.text)
                elif not is_final(error):
                    raise
                raise Closed(error.code) from error
        raise Closed(0)

    async def _pages(self, way: Way, reply: Reply, share: float) -> list[Page]:
        job, place = reply.job.id if reply.job else "", way.place
        pictures = await framed(self._app.media, job, reply.pictures, int(place.limit * share))
        head = (
            sentences.discord_for(place.user)
            if way.is_new and place.server and place.user and not place.private
            else ""
        )
        return result_pages(reply, pictures, spoiler=place.spoiler, head=head)

    async def _rest_of(self, posts: Posts, place: Place, pages: Sequence[Page], nonce: str) -> None:
        """The further messages of a long answer, below its first."""
        below = replace(place, answers=place.message)
        for number, page in enumerate(pages[1:], 2):
            try:
                await self._below(posts, below, page, f"{nonce}{number}")
            except discord.HTTPException as error:
                if not is_final(error):
                    raise
                logger().warning("answer cut short", message=place.message, discordCode=error.code)
                return

    async def _below(self, posts: Posts, place: Place, page: Page, nonce: str) -> None:
        is_open = place.has_token(self._app.clock.now())
        if place.private:
            if is_open:
                await posts.follow_up(place, page)
            return
        try:
            await posts.post(place, page, nonce)
        except discord.HTTPException as error:
            if not (is_final(error) and is_open):
                raise
            await posts.follow_up(place, page)


def nonce_of(place: Place, job: Job) -> str:
    """The same for each try of one delivery, another one when somebody asks for the result again.

    At most 25 characters, with a number behind it: https://docs.discord.com/developers/resources/message#create-message
    """
    return f"{place.message or place.answers or job.id}:r"
