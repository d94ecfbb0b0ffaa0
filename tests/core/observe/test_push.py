"""Events reach the operator's program: signed, in order, none lost, whatever goes wrong on the way."""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web

from core.admin.model import Event
from core.app import App
from core.clock import HOUR, MINUTE, SECOND, Millis
from core.errors import ConfigError
from core.observe.cursor import LATE, LONGEST_PAUSE, MOST_KNOWN, Cursor
from core.observe.push import BATCH, SCOPE
from core.observe.signing import key_of
from core.schedule import tasks_of
from tests.fakes import app_on
from tests.fakes.serving import serve
from tests.servers import Secantus
from tests.support import NOON, ManualClock, opened, settings_in

SECRET = "whsec_" + base64.b64encode(b"a key of 32 bytes, which it has!").decode()
TOLERANCE_SECONDS = 300


class Receiver:
    """A program that takes events: it checks each signature over the bytes, and answers as it is told."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.answers: deque[web.Response | str] = deque()
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.tries = 0
        self.elsewhere = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        app.router.add_route("*", "/elsewhere", self._astray)
        self._runner, url = await serve(app)
        self.url = f"{url}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def ids(self) -> list[str]:
        return [event["id"] for _, message in self.messages for event in message["data"]["events"]]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.tries += 1
        body = await request.read()
        id, sent_at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{id}.{sent_at}.".encode() + body, hashlib.sha256)
        assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        assert abs(int(sent_at) - self.clock.now() // SECOND) <= TOLERANCE_SECONDS
        assert request.content_type == "application/json"
        answer = self.answers.popleft() if self.answers else web.Response(status=204)
        if answer == "lost":
            self.messages.append((id, json.loads(body)))
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        assert not isinstance(answer, str)
        if answer.status < 300:
            self.messages.append((id, json.loads(body)))
        return answer

    async def _astray(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere += 1
        return web.Response()


@pytest.fixture
async def receiver(clock: ManualClock) -> AsyncIterator[Receiver]:
    async with Receiver(clock) as receiver:
        yield receiver


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock, receiver: Receiver) -> AsyncIterator[App]:
    """Listening since noon."""
    settings = settings_in(tmp_path, events_webhook_url=receiver.url, events_webhook_secret=SECRET)
    async with opened(settings, clock) as app:
        await push(app)
        yield app


async def push(app: App) -> None:
    assert app.push is not None
    await app.push.run()


async def happens(app: App, *ids: str, at: Millis | None = None) -> None:
    for id in ids:
        assert await app.events.happened("custom.test", "acc", {"n": id}, id=id, at=at)


async def later(app: App, clock: ManualClock, by: Millis = 5 * SECOND) -> None:
    clock.move(by)
    await push(app)


async def test_events_come_signed_and_in_order_and_each_once(app: App, clock: ManualClock, receiver: Receiver) -> None:
    await happens(app, "a", "b")
    clock.move(SECOND)
    await happens(app, "c")
    await later(app, clock)
    await later(app, clock)
    assert receiver.ids == ["a", "b", "c"]
    [(id, message)] = receiver.messages
    assert id.startswith("msg_")
    assert message["type"] == "easel.events"
    assert message["data"]["events"][0] == {
        "id": "a", "at": "2026-11-23T12:00:00Z", "atMs": NOON, "kind": "custom.test", "account": "acc",
        "data": {"n": "a"},
    }  # fmt: skip


async def test_who_begins_to_listen_hears_nothing_old(tmp_path: Path, clock: ManualClock, receiver: Receiver) -> None:
    async with opened(settings_in(tmp_path), clock) as before:
        await happens(before, "old")
        assert before.push is None
    clock.move(HOUR)
    settings = settings_in(tmp_path, events_webhook_url=receiver.url, events_webhook_secret=SECRET)
    async with opened(settings, clock) as app:
        await push(app)
        await happens(app, "new")
        await later(app, clock)
    assert receiver.ids == ["new"]


async def test_many_events_come_in_batches(app: App, clock: ManualClock, receiver: Receiver) -> None:
    wanted = [f"e{number:04}" for number in range(BATCH * 2 + 3)]
    await happens(app, *wanted)
    await later(app, clock)
    assert receiver.ids == wanted
    assert [len(message["data"]["events"]) for _, message in receiver.messages] == [BATCH, BATCH, 3]


@pytest.mark.parametrize("status", [500, 410, 302, 307])
async def test_what_is_not_taken_is_sent_again_under_the_same_id(
    app: App, clock: ManualClock, receiver: Receiver, status: int
) -> None:
    trouble = web.Response(status=status, headers={"location": "/elsewhere"})
    receiver.answers += [trouble, web.Response(status=503)]
    await happens(app, "a")
    await later(app, clock)
    await push(app)
    assert (receiver.tries, receiver.ids) == (1, [])
    await later(app, clock, 3 * SECOND)
    assert receiver.tries == 2
    await later(app, clock, 3 * SECOND)
    assert receiver.tries == 2
    await later(app, clock, 3 * SECOND)
    assert (receiver.tries, receiver.ids) == (3, ["a"])
    assert receiver.elsewhere == 0


async def test_a_lost_answer_brings_the_same_message_again(app: App, clock: ManualClock, receiver: Receiver) -> None:
    receiver.answers.append("lost")
    await happens(app, "a", "b")
    await later(app, clock)
    await later(app, clock)
    assert receiver.ids == ["a", "b", "a", "b"]
    assert len({id for id, _ in receiver.messages}) == 1


async def test_a_restart_goes_on_where_the_last_process_was(app: App, clock: ManualClock, receiver: Receiver) -> None:
    receiver.answers.append(web.Response(status=500))
    await happens(app, "a")
    await later(app, clock)
    other = app_on(app, app.stores)
    await push(other)
    assert receiver.tries == 1
    await happens(other, "b")
    await later(other, clock)
    assert receiver.ids == ["a", "b"]
    await later(app, clock)
    assert receiver.ids == ["a", "b"]


async def test_only_one_process_sends(app: App, clock: ManualClock, receiver: Receiver) -> None:
    await app.stores.slots.take("events-push", "another", 1, clock.now(), clock.now() + 30 * SECOND)
    await happens(app, "a")
    await later(app, clock)
    assert receiver.tries == 0
    await later(app, clock, 31 * SECOND)
    assert receiver.ids == ["a"]


async def test_an_event_that_is_noted_late_is_sent_all_the_same(
    app: App, clock: ManualClock, receiver: Receiver
) -> None:
    await happens(app, "a")
    clock.move(MINUTE)
    await happens(app, "z")
    await later(app, clock)
    await happens(app, "m", at=NOON + 30 * SECOND)
    await later(app, clock, MINUTE)
    await later(app, clock, MINUTE)
    assert receiver.ids == ["a", "z", "m"]


async def test_mongodb_keeps_order_and_late_events_as_well(
    tmp_path: Path, clock: ManualClock, receiver: Receiver, mongo: Secantus
) -> None:
    settings = settings_in(
        tmp_path, events_webhook_url=receiver.url, events_webhook_secret=SECRET, database_url=mongo.url("push")
    )
    async with opened(settings, clock) as app:
        await push(app)
        await happens(app, "b", "a")
        await later(app, clock, MINUTE)
        await happens(app, "late", at=NOON)
        await happens(app, "z")
        await later(app, clock, MINUTE)
        await later(app, clock, MINUTE)
    assert receiver.ids == ["a", "b", "late", "z"]


async def test_a_pause_that_is_asked_for_is_kept(app: App, clock: ManualClock, receiver: Receiver) -> None:
    receiver.answers.append(web.Response(status=429, headers={"retry-after": "120"}))
    await happens(app, "a")
    await later(app, clock)
    await later(app, clock, 110 * SECOND)
    assert receiver.tries == 1
    await later(app, clock, 11 * SECOND)
    assert receiver.ids == ["a"]


async def test_a_damaged_cursor_begins_anew(app: App, clock: ManualClock, receiver: Receiver) -> None:
    kept = await app.stores.settings.get(SCOPE)
    assert kept is not None
    assert await app.stores.settings.put(SCOPE, "{", kept.version)
    await later(app, clock)
    await happens(app, "a")
    await later(app, clock)
    assert receiver.ids == ["a"]


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    cursor, waits = Cursor.starting(NOON), []
    for _ in range(14):
        cursor = cursor.failed(NOON, 0)
        waits.append(cursor.next_at - NOON)
    assert waits[:4] == [2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND]
    assert waits[-1] == LONGEST_PAUSE
    assert cursor.failed(NOON, 10 * HOUR).next_at == NOON + LONGEST_PAUSE


def test_what_is_remembered_stays_bounded_and_nothing_known_counts_as_missed() -> None:
    cursor = Cursor.starting(NOON)
    events = [Event(f"e{number}", NOON + number // 3, "k") for number in range(MOST_KNOWN + 700)]
    for start in range(0, len(events), BATCH):
        cursor = cursor.sent(events[start : start + BATCH])
    assert len(cursor.known) <= MOST_KNOWN
    assert cursor.missed([event for event in events if event.at >= cursor.since]) == []
    much_later = cursor.sent([Event("last", NOON + 2 * LATE, "k")])
    assert len(much_later.known) == 1


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_???", "whsec_ä"])
def test_a_secret_has_a_prefix_and_enough_bytes(secret: str) -> None:
    with pytest.raises(ValueError, match="must be whsec_ and 24 to 64 bytes in base64"):
        key_of(secret)


async def test_an_address_without_a_secret_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="EVENTS_WEBHOOK_SECRET"):
        async with opened(settings_in(tmp_path, events_webhook_url="https://example.org/hook")):
            pass


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://example.org", "https://", "file:///etc/passwd"])
def test_events_leave_this_machine_encrypted_only(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="must be https://"):
        settings_in(tmp_path, events_webhook_url=url)


async def test_the_scheduler_sends(app: App) -> None:
    assert "events push" in {task.name for task in tasks_of(app)}
