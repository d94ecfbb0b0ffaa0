"""What every request goes through: a sign at once, then the service, then its reply where it belongs.

The placeholder is posted before the request is made, so that the job knows the message that becomes its result:
  placeholder posted, crash  it stays as it is; the update comes again and gets a placeholder of its own
  job accepted, crash        the update comes again, finds its job, and goes on showing it
Where there is no room for a placeholder within a second (flood control, an outage), the request goes on without one,
and its result is a message of its own. A placeholder that Telegram still takes after that is deleted again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from telegram import InlineKeyboardMarkup
from telegram.error import ChatMigrated, TelegramError

from bots import texts
from bots.incoming import Incoming
from bots.replies import Reply, waiting
from bots.telegram import keyboards, sentences, wording
from bots.telegram.background import Background
from bots.telegram.html import pages
from bots.telegram.live import Live, draft_number
from bots.telegram.places import Place, Posted
from bots.telegram.poster import Poster
from bots.telegram.refusals import is_closed, is_outage
from bots.telegram.sender import Sender
from core.app import App
from core.errors import InsufficientCredits, PromptRejected, Suspended
from core.ids import job_id
from core.jobs.model import JobState
from core.log import logger

PLACEHOLDER_PATIENCE = 1.0
PLACEHOLDER_SECONDS = 3.0
"""Within this the placeholder is there, or the request goes on without it."""
OUTAGE_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""Seconds between tries to say something while Telegram does not answer: two minutes in all."""
PERSONAL = (InsufficientCredits, PromptRejected, Suspended)
"""What a group need not read about somebody."""

Submit = Callable[[Incoming], Awaitable[Reply]]
Post = Callable[[Place], Awaitable[object]]
Kind = Literal["image", "chat"]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a wish, and where it is shown. `reply` of kind "job": it is being made, and shown already."""

    place: Place
    reply: Reply


class Desk:
    """Shared by messages, buttons and inline mode. `username` is the bot's own, without @."""

    def __init__(
        self, app: App, username: str, sender: Sender, poster: Poster, live: Live, background: Background
    ) -> None:
        self._app = app
        self.username = username
        self._sender = sender
        self._poster = poster
        self._live = live
        self._background = background

    async def make(self, message: Incoming, place: Place, words: str, kind: Kind, submit: Submit) -> Made:
        """Have something made. When this returns, the request is refused, or accepted and on disk."""
        known = await self._app.stores.jobs.get(job_id(message.id))
        if known is not None and known.state is not JobState.ACCEPTING:
            self._background.show(self._live.follow(known))
            return Made(place, waiting(known))
        place = Place.of(known.reply_to) if known else await self._waiting_place(message, place, words, kind)
        reply = await submit(replace(message, reply_to=place.reply_to()))
        if reply.kind == "job" and reply.job is not None:
            if reply.job.reply_to != place.reply_to():  # a twin in another process was quicker
                self.vanish(place)
            self._background.show(self._live.follow(reply.job))
        return Made(place, reply)

    def answer(self, place: Place, reply: Reply, *, privately: bool = False) -> None:
        """Show a reply soon, through outages. `privately`: it is not for a group's eyes."""
        if isinstance(reply.error, PERSONAL) and not place.is_private:
            self.vanish(place)
            place, privately = replace(place, message=None), True

        async def post(at: Place) -> object:
            return await self._poster.show(at, reply)

        self._background.start(self._in_private(place, post) if privately else self._persistently(place, post))

    def say(
        self, place: Place, markdown: str, buttons: InlineKeyboardMarkup | None = None, *, privately: bool = False
    ) -> None:
        """Words of the bot itself, soon."""

        async def post(at: Place) -> object:
            return await self._sender.text(at, pages(markdown)[0], buttons)

        self.do(place, post, privately=privately)

    def do(self, place: Place, post: Post, *, privately: bool = False) -> None:
        """Something else soon that needs Telegram."""
        self._background.start(self._in_private(place, post) if privately else self._persistently(place, post))

    def vanish(self, place: Place) -> None:
        """Take a placeholder away that nobody needs."""
        if place.message is not None:
            self._background.start(self._persistently(place, self._sender.delete))

    async def _waiting_place(self, message: Incoming, place: Place, words: str, kind: Kind) -> Place:
        """The place with its placeholder; without one, if a draft shows the work, or there is no room for one now."""
        job = job_id(message.id)
        self._background.show(self._live.act(place, kind))
        if place.inline is not None:
            return place
        try:
            async with asyncio.timeout(PLACEHOLDER_SECONDS):
                if kind == "chat" and place.is_private and await self._live.draft(place, draft_number(job), "…"):
                    return place
                html = wording.status("" if kind == "chat" else words, texts.queued(0, None))
                posted = await self._posted(place, html, keyboards.cancelling(job))
        except ChatMigrated as moved:
            return place.moved(moved.new_chat_id)
        except (TelegramError, TimeoutError) as error:
            logger().info("no placeholder", requestId=message.id, detail=str(error))
            return place
        return replace(place, message=posted.message)

    async def _posted(self, place: Place, html: str, buttons: InlineKeyboardMarkup) -> Posted:
        """The placeholder. Who stops waiting for it gets none: what comes too late must not say "queued" for ever."""
        posting = asyncio.create_task(self._sender.text(place, html, buttons, PLACEHOLDER_PATIENCE))
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            self._background.start(self._undone(place, posting))
            raise

    async def _undone(self, place: Place, posting: asyncio.Task[Posted]) -> None:
        try:
            posted = await posting
        except TelegramError:
            return
        self.vanish(replace(place, message=posted.message))

    async def _in_private(self, place: Place, post: Post) -> None:
        """In the private chat; where the bot has none with this person, the group learns how to open one."""
        try:
            await self._persistently(place.private, post, quiet=False)
        except TelegramError as error:
            if not is_closed(error) or place.is_private:
                logger().warning("not said", detail=str(error))
                return
            button = keyboards.one(sentences.WRITE_PRIVATELY_BUTTON, url=f"https://t.me/{self.username}?start=hello")

            async def hint(at: Place) -> object:
                return await self._sender.text(at, pages(sentences.WRITE_PRIVATELY)[0], button)

            await self._persistently(place, hint)

    async def _persistently(self, place: Place, post: Post, *, quiet: bool = True) -> None:
        """Again while Telegram is down. Then it may be said twice, which is better than not at all."""
        for pause in (*OUTAGE_PAUSES, None):
            try:
                await post(place)
            except ChatMigrated as moved:
                place = place.moved(moved.new_chat_id)
            except TelegramError as error:
                if pause is None or not is_outage(error):
                    if not quiet:
                        raise
                    logger().warning("not said", detail=str(error))
                    return
                await asyncio.sleep(pause)
            else:
                return
