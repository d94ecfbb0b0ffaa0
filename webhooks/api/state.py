"""How it goes right now, and the events that an operator's own programs post."""

import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import Field

from core import __version__
from core.errors import NotFound
from core.ids import digest
from webhooks.api.envelope import Answer, Body, Sent, answer
from webhooks.api.guard import actor_of, core_of
from webhooks.api.plain import PlainJson, PlainText
from webhooks.api.records import instant

IdempotencyKey = Annotated[
    str | None,
    Header(pattern=r"^[A-Za-z0-9._:-]{1,128}$", description="the same key again is the same thing, done once"),
]


class HealthBody(Body):
    """`databaseMs`: how long it took to look something up. The queue is counted at this moment.

    `providers`: the breakers of those that some process has trouble with: closed, opened, half-opened, resting.
    """

    version: str
    database_ms: float
    queued: int
    running: int
    undelivered: int
    unsettled: int
    oldest_queued_at: str | None
    paused: bool
    providers: dict[str, str]


class NewEvent(Sent):
    """`kind` is custom. and a name of yours; `account` is whom it happened to, if anybody."""

    kind: PlainText = Field(max_length=80, examples=["custom.contest_won"])
    account: PlainText | None = Field(default=None, max_length=128)
    data: PlainJson = Field(default_factory=dict)


class NotedBody(Body):
    """`isNew`: false when an event came under this Idempotency-Key before."""

    id: str
    is_new: bool


def add_to(routes: APIRouter) -> None:
    """What is about the moment."""
    routes.add_api_route("/health", health, name="health", methods=["GET"])
    routes.add_api_route("/events", note, name="event", methods=["POST"], status_code=201)


async def health(request: Request) -> Answer[HealthBody]:
    app, begun = core_of(request), time.perf_counter()
    await app.stores.accounts.tombstone(digest("health"))
    took = round((time.perf_counter() - begun) * 1_000, 3)
    queue, switched = await app.reports.queue(), await app.switches.now()
    body = HealthBody(
        version=__version__, database_ms=took, queued=queue.queued, running=queue.running,
        undelivered=queue.undelivered, unsettled=queue.unsettled, oldest_queued_at=instant(queue.oldest_queued_at),
        paused=switched.pause is not None, providers=await app.bulletin.now(),
    )  # fmt: skip
    return answer(body, request)


async def note(event: NewEvent, request: Request, idempotency_key: IdempotencyKey = None) -> Answer[NotedBody]:
    """Note an event of your own. It can be listed, exported and pushed like Easel's."""
    app = core_of(request)
    if event.account is not None and await app.stores.accounts.get(event.account) is None:
        raise NotFound("There is no such user.")
    id = f"custom:{request_key(request, idempotency_key)}"
    is_new = await app.events.custom(event.kind, event.account, event.data, id=id)
    return answer(NotedBody(id=id, is_new=is_new), request)


def request_key(request: Request, idempotency_key: str | None) -> str:
    """What makes a request the same as another: its key, if it has one, among those of the same caller."""
    return digest(f"{actor_of(request).id} {idempotency_key or secrets.token_hex(16)}")[:40]
