"""People at a real core, and what works for them meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bots.incoming import Incoming
from bots.replies import Action, Reply
from bots.service import Service
from core.accounts.model import Identity
from core.app import App
from core.jobs.model import Job, JobState
from core.tasks import stopped
from tests.support import ALICE, to_feed

PATIENCE_SECONDS = 30


@dataclass
class Person:
    """Somebody who types and presses. Each message has an id of its own."""

    app: App
    identity: Identity = ALICE
    said: int = 0

    async def say(self, text: str) -> Reply:
        return await Service(self.app).say(
            Incoming(self.next_id(), self.identity, text, to_feed(self.identity), server="playground")
        )

    async def press(self, action: Action, job: str, index: int | None = None) -> Reply:
        service = Service(self.app)
        return await service.press(
            Incoming(self.next_id(), self.identity, "", to_feed(self.identity)), action, job, index
        )

    async def draw(self, text: str = "/imagine a red fox") -> Job:
        """Ask, and wait for the end."""
        reply = await self.say(text)
        assert reply.job is not None, reply.text
        async with working(self.app):
            return await until_delivered(self.app, reply.job.id)

    async def balance(self) -> int:
        account = await self.app.accounts.for_identity(self.identity)
        return (await self.app.ledger.balance(account.id)).available

    def next_id(self) -> str:
        self.said += 1
        return f"{self.identity}:{self.said}"


@asynccontextmanager
async def working(app: App) -> AsyncIterator[None]:
    """Workers and periodic tasks, as in a running Easel."""
    parts = [asyncio.create_task(app.runner.run()), asyncio.create_task(app.sweeper.run())]
    try:
        yield
    finally:
        await stopped(parts)


async def until_delivered(app: App, job: str) -> Job:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ((found := await app.stores.jobs.get(job)) and found.delivered_at):  # noqa: ASYNC110  # other tasks bring it about
            await asyncio.sleep(0.02)
    return found


async def until_running(app: App, job: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ((found := await app.stores.jobs.get(job)) and found.state is JobState.RUNNING):  # noqa: ASYNC110  # what is waited for is in the database
            await asyncio.sleep(0.02)
