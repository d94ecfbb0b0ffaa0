"""Easel's own Slack app on a real core, connected to the fake Slack as in production: by Socket Mode or signed HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import uvicorn

from bots.service import Service
from bots.slack.app import EVENTS_PATH
from bots.slack.platform import PLATFORM
from core.accounts.model import Identity
from core.app import App
from core.clock import Clock
from core.jobs.model import Job
from core.settings import Settings
from core.tasks import stopped
from tests.fakes import settled, until
from tests.fakes.slack import Message, SlackFake, Team
from tests.support import opened, settings_in
from webhooks.app import create_web_app

Mode = Literal["socket", "http"]


@dataclass
class Easel:
    """A running core with its Slack app. `address` is that of the web app, if there is one."""

    fake: SlackFake
    app: App
    service: Service
    address: str = ""

    def identity(self, user: str = "alice", team: str = "") -> Identity:
        place = self._team(team)
        return Identity("slack", f"{place.id}/{place.user(user).id}")

    async def jobs(self, user: str = "alice", team: str = "") -> list[Job]:
        """The person's jobs, the latest first."""
        account = await self.app.accounts.for_identity(self.identity(user, team))
        return await self.app.stores.jobs.history([account.id], 50)

    async def finished(self, user: str = "alice", count: int = 1, team: str = "") -> Job:
        """The person's latest job, once they have this many and all of them are settled and shown."""

        async def enough() -> list[Job] | None:
            jobs = await self.jobs(user, team)
            return jobs if len(jobs) >= count else None

        jobs: list[Job] = await until(enough)
        ended = [await settled(self.app, job.id) for job in jobs]
        return ended[0]

    async def shown(self, condition: Callable[[], Any]) -> Any:
        async def now() -> Any:
            return condition()

        return await until(now)

    async def reply(self, words: str, *, count: int = 1) -> Message:
        """The latest message of the app that has these words anywhere, once there are so many."""

        def found() -> list[Message] | None:
            those = [message for message in self.fake.replies_of_app if words in everything(message)]
            return those if len(those) >= count else None

        messages: list[Message] = await self.shown(found)
        return messages[-1]

    def _team(self, team: str) -> Team:
        return next(t for t in self.fake._world.teams.values() if team in {"", t.id, t.name})


def everything(message: Message) -> str:
    return f"{message.text}\n{message.blocks}"


def texts_of(message: Message) -> list[str]:
    """The texts of its sections and small print, in order."""
    found = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return found + [e["text"] for block in message.blocks if block["type"] == "context" for e in block["elements"]]


def actions_of(message: Message) -> list[str]:
    return [e["action_id"] for block in message.blocks if block["type"] == "actions" for e in block["elements"]]


def settings_of(fake: SlackFake, folder: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "slack_bot_token": fake.team.bot_token, "slack_app_token": fake.app.app_token,
        "slack_signing_secret": fake.app.signing_secret, "slack_api_url": fake.api_url,
    }  # fmt: skip
    return settings_in(folder, **(values | changes))


@asynccontextmanager
async def core_of(fake: SlackFake, folder: Path, clock: Clock | None = None, **changes: object) -> AsyncIterator[Easel]:
    """The core and its messenger, connected to nothing yet."""
    async with opened(settings_of(fake, folder, **changes), clock) as app, PLATFORM.messenger(app) as messenger:  # type: ignore[arg-type]  # names and types are checked by pydantic
        app.messengers[PLATFORM.name] = messenger
        yield Easel(fake, app, Service(app))


@asynccontextmanager
async def running(easel: Easel, mode: Mode = "socket", *, work: bool = True) -> AsyncIterator[Easel]:
    """Connected, and with a worker if there is to be one."""
    parts: list[Any] = [easel.app.runner.run()] if work else []
    if mode == "socket":
        parts.append(PLATFORM.run(easel.app, easel.service))
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        if mode == "socket":
            await asyncio.wait({asyncio.create_task(easel.fake.connected()), *tasks}, return_when="FIRST_COMPLETED")
            _raise_first(tasks)
            yield easel
        else:
            async with _served(easel) as address:
                easel.fake.request_url = f"{address}{EVENTS_PATH}"
                easel.address = address
                yield easel
                easel.fake.request_url = None
    finally:
        await stopped(tasks)


@asynccontextmanager
async def _served(easel: Easel) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    web = create_web_app(easel.app, PLATFORM.routers(easel.app, easel.service))
    server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server._serve([listener]))  # without its handling of signals

    async def started() -> bool:
        return server.started

    await until(started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def _raise_first(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if task.done() and (error := task.exception()) is not None:
            raise error


@asynccontextmanager
async def core_again(easel: Easel, settings: Settings) -> AsyncIterator[Easel]:
    """The same with other settings, as a process that is started anew."""
    async with opened(settings) as app, PLATFORM.messenger(app) as messenger:
        app.messengers[PLATFORM.name] = messenger
        yield Easel(easel.fake, app, Service(app))
