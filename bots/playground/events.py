"""The live stream of one page: messages it has not seen, how its jobs go, its balance."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from bots.playground.feed import message_event
from core import __version__
from core.accounts.model import Identity
from core.app import App
from core.catalogue import DEMO
from core.jobs.model import Job, JobState

REPLAYED = 200
LOOK_AGAIN_SECONDS = 1.0
PACE_SECONDS = 0.1
KEEP_ALIVE_ROUNDS = 15


class EventStream:
    """Looks at what is stored and sends what changed. Rings only make it look sooner, so none can be missed."""

    def __init__(self, app: App, identity: Identity, after: int) -> None:
        self._app = app
        self._identity = identity
        self._channel = str(identity)
        self._seen = after
        self._sent: dict[str, Any] = {}
        self._quiet = 0

    async def run(self, stopping: asyncio.Event) -> AsyncIterator[str]:
        """Server-sent events until the server stops or the page goes."""
        yield _event("hello", await self._hello())
        async with self._app.signals.listening(self._channel) as bell:
            while not stopping.is_set():
                async for event in self._news():
                    self._quiet = 0
                    yield event
                self._quiet += 1
                if self._quiet >= KEEP_ALIVE_ROUNDS:
                    self._quiet = 0
                    yield ": keep-alive\n\n"
                await bell.wait(LOOK_AGAIN_SECONDS)
                await asyncio.sleep(PACE_SECONDS)

    async def _news(self) -> AsyncIterator[str]:
        account = await self._app.accounts.for_identity(self._identity)
        for message in await self._app.stores.feed.since(self._channel, self._seen, REPLAYED):
            self._seen = message.seq
            yield _event("message", message_event(message), message.seq)
        have = await self._app.ledger.balance(account.id)
        balance = {"available": have.available, "held": have.held}
        if self._is_new("balance", balance):
            yield _event("balance", balance)
        family = await self._app.stores.accounts.family(account.id)
        for job in await self._app.stores.jobs.open_jobs(family):
            status = await self._status(job)
            if self._is_new(job.id, status):
                yield _event("job", status)

    def _is_new(self, key: str, value: object) -> bool:
        changed = self._sent.get(key) != value
        self._sent[key] = value
        return changed

    async def _status(self, job: Job) -> dict[str, Any]:
        running = job.state is JobState.RUNNING
        ahead, eta = await self._app.requests.outlook(job)
        progress = max(job.progress, self._app.signals.progress.get(job.id, 0.0)) if running else 0.0
        return {
            "job": job.id,
            "state": "running" if running else "queued",
            "position": None if running else ahead + 1,
            "etaSeconds": None if eta is None else round(eta / 1_000),
            "progress": round(progress, 2),
            "text": self._app.signals.answers.get(job.id, "") if running else "",
            "cancellable": not job.cancel_requested,
        }

    async def _hello(self) -> dict[str, Any]:
        account = await self._app.accounts.for_identity(self._identity)
        models = self._app.catalogue.models
        return {
            "name": f"browser-{self._identity.user[:4]}",
            "role": account.role.label,
            "demo": all(model.provider == DEMO for model in models),
            "demoKinds": sorted({model.kind for model in models if model.provider == DEMO}),
            "version": __version__,
        }


def _event(name: str, data: dict[str, Any], event_id: int | None = None) -> str:
    number = f"id: {event_id}\n" if event_id is not None else ""
    return f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
