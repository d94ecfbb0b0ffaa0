"""Answers that are owed: somebody reads that we think. When Easel stops they are seen through, or it is said.

Discord does not send an interaction again. Crash table: killed before the request is made, "thinking" stays until
Discord gives the interaction up after 15 minutes, and nothing is charged; stopped, the person is told to ask again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.discord import sentences
from bots.discord.asking import Asking
from bots.discord.messages import text_pages
from bots.discord.messenger import DiscordMessenger
from bots.discord.places import Place
from bots.discord.refusals import Trouble, code_of
from core.app import App
from core.ids import job_id
from core.jobs.model import JobState
from core.log import logger

FINISH_SECONDS = 0.8
EXCUSE_SECONDS = 0.8
"""Together less than what a process has from the signal to its end (`bots.serve.STOP_SECONDS`); and a part that ends is
cancelled again after a second (`core.tasks.stopped`)."""


class Owed:
    """What one connection has taken on."""

    def __init__(self, app: App, messenger: DiscordMessenger) -> None:
        self._app = app
        self._messenger = messenger
        self._open: dict[asyncio.Task[object], tuple[Asking, Place]] = {}
        self._late: list[tuple[Asking, Place]] = []

    @asynccontextmanager
    async def until_done(self, asking: Asking, place: Place) -> AsyncIterator[None]:
        """Within, an answer is owed at this place."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine runs in a task
        self._open[task] = asking, place
        try:
            yield
        finally:
            self._open.pop(task, None)

    async def finish(self) -> None:
        """See through what was taken on; what takes longer is broken off."""
        if self._open:
            await asyncio.wait(set(self._open), timeout=FINISH_SECONDS)
        for task, owed in list(self._open.items()):
            self._late.append(owed)
            task.cancel()
        if self._late:
            self._messenger.rest.close_too(self.excuse)

    async def excuse(self) -> None:
        """Tell those whose request was broken off before it was one."""
        late, self._late = self._late, []
        if late:
            logger().warning("discord requests broken off", count=len(late))
            await asyncio.wait({asyncio.create_task(self._excused(*owed)) for owed in late}, timeout=EXCUSE_SECONDS)

    async def _excused(self, asking: Asking, place: Place) -> None:
        job = await self._app.stores.jobs.get(job_id(asking.id))
        if job is not None and (
            job.state is not JobState.ACCEPTING or await self._app.ledger.entry(job.wallet, f"job:{job.id}:hold")
        ):
            return  # the sweeper sees it through
        try:
            [page] = text_pages(sentences.DISCORD_NOT_TAKEN)
            await (await self._messenger.rest.posts()).edit_original(place, page)
        except Trouble as error:
            logger().warning("not told", discordCode=code_of(error), errorName=type(error).__name__)
