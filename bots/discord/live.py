"""Show how a job goes in the message that its result will take.

The race: an update of ours may be on its way while a worker, perhaps in another process, puts the result there. While a
job is open, our update is finished before any result can be posted, because a result is posted after the job has ended
and we look at the job after each update. If it has ended meanwhile, ours may have come last: then we wait until the
result was delivered, and put it there once more, which changes nothing if it was not needed. What is left: this process
dies between an update that came too late and the mending of it; /recover shows the result then.
"""

import asyncio
from collections.abc import Awaitable, Callable

import discord

from bots.discord.messages import Page, waiting_page
from bots.discord.messenger import UNDELIVERABLE, DiscordMessenger
from bots.discord.places import Place
from bots.discord.posting import Posts
from bots.discord.refusals import Trouble, code_of
from bots.live import delivered, follow
from core.app import App
from core.errors import StoreError
from core.jobs.model import Job
from core.log import logger

FIRST_SECONDS = 0.4
"""Until then Discord shows that we think, and a quick job needs no update at all."""
UPDATE_SECONDS = 1.5
"""Edits of one message are limited to about 5 in 5 s; discord.py waits out what is too much."""

Edit = Callable[[Place, Page], Awaitable[str]]


class Live:
    """Follows jobs whose messages this process has opened."""

    def __init__(self, app: App, messenger: DiscordMessenger, posts: Posts) -> None:
        self._app = app
        self._messenger = messenger
        self._posts = posts

    async def show(self, job: Job, place: Place) -> None:
        """Until the job has ended."""
        edit = self._posts.edit_original if place.token else self._posts.edit
        try:
            await asyncio.sleep(FIRST_SECONDS)
            await self._show(job, place, edit)
        except StoreError as error:
            logger().warning("not shown live", job=job.id, errorName=error.code)
        except Trouble as error:
            logger().warning("not shown live", job=job.id, errorName=type(error).__name__, discordCode=code_of(error))

    async def _show(self, job: Job, place: Place, edit: Edit) -> None:
        async for status in follow(self._app, job):
            if place.token and not place.has_token(self._app.clock.now()):
                edit = self._posts.edit
                if place.private:
                    return
            if not await self._is_open(job):
                return
            failed = await self._edited(edit, place, waiting_page(job, status))
            if not await self._is_open(job):
                await self._mend(job)
                return
            if failed is not None:
                raise failed
            await asyncio.sleep(UPDATE_SECONDS)

    async def _edited(self, edit: Edit, place: Place, page: Page) -> Exception | None:
        """Why this update, and so any other, cannot be shown; None if it is, or if only this one was lost."""
        try:
            await edit(place, page)
        except (discord.DiscordServerError, discord.RateLimited) as error:
            logger().info("update lost", errorName=type(error).__name__)
        except Trouble as error:
            return error
        return None

    async def _mend(self, job: Job) -> None:
        """Our update may have come after the result: put the result there again."""
        now = await delivered(self._app, job.id)
        if now is not None and not (now.message_id or "").startswith(UNDELIVERABLE):
            await self._messenger.repair(now)

    async def _is_open(self, job: Job) -> bool:
        now = await self._app.stores.jobs.get(job.id)
        return now is not None and now.is_open
