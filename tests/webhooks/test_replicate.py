"""Replicate's announcements over a real socket: signed ones wake whoever waits, and no answer tells anything."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from core.clock import SECOND, Clock
from core.providers.announcements import Announcements
from core.providers.ports import ProviderFailed
from tests.core.providers.replicate_parts import Caller, order, replicate, so
from tests.fakes.replicate import ReplicateFake, Script
from tests.support import ManualClock
from webhooks.replicate import MAX_BODY, TOLERANCE_SECONDS, Secret, router
from webhooks.request_ids import RequestIds

NOW = int(time.time())
AT_NOW = ManualClock(NOW * SECOND)


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def site(announcements: Announcements, secret: Secret, clock: Clock | None = AT_NOW) -> AsyncIterator[str]:
    """The address at which job1 is announced."""
    web = FastAPI()
    web.add_middleware(RequestIds)
    web.include_router(router(announcements, secret, clock))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(uvicorn.Config(web, log_config=None, access_log=False, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/replicate/job1"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def fake() -> AsyncIterator[ReplicateFake]:
    async with ReplicateFake() as fake:
        yield fake


@pytest.fixture
def announcements() -> Announcements:
    return Announcements()


@pytest.fixture
async def url(fake: ReplicateFake, announcements: Announcements) -> AsyncIterator[str]:
    async def secret() -> str:
        return fake.secret

    async with site(announcements, secret) as url:
        yield url


async def test_a_signed_announcement_wakes_whoever_waits(
    fake: ReplicateFake, announcements: Announcements, url: str
) -> None:
    with announcements.expected("p1") as mine, announcements.expected("p2") as other:
        answer = await fake.announce(url, "p1", signed_at=NOW)
        assert (mine.is_set(), other.is_set()) == (True, False)
    assert answer.status_code == 200
    assert answer.json()["success"] is True


@pytest.mark.parametrize("off", [-TOLERANCE_SECONDS, TOLERANCE_SECONDS, 0])
async def test_clocks_may_be_a_little_apart(fake: ReplicateFake, url: str, off: int) -> None:
    assert (await fake.announce(url, "p1", signed_at=NOW + off)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"signed_at": NOW - TOLERANCE_SECONDS - 1},
        {"signed_at": NOW + TOLERANCE_SECONDS + 1},
        {"signed_at": "soon"},
        {"signed_at": f"{NOW}.5"},
        {"signed_at": f"-{NOW}"},
        {"signed_at": "9" * 400},
        {"secret": "whsec_" + "QUFB" * 8},
        {"signature": ""},
        {"signature": "v1"},
        {"signature": "v1,"},
        {"signature": "v1,AAAA v1,BBBB"},
        {"signature": "v1,\u00e4"},
        {"body": b'{"id": "p1", "status": "succeeded"}'},
        {"body": b""},
        {"drop": "webhook-id"},
        {"drop": "webhook-timestamp"},
        {"drop": "webhook-signature"},
    ],
)
async def test_what_replicate_has_not_signed_just_now_wakes_nobody(
    fake: ReplicateFake, announcements: Announcements, url: str, changes: dict[str, Any]
) -> None:
    with announcements.expected("p1") as bell:
        answer = await fake.announce(url, "p1", **({"signed_at": NOW} | changes))
        assert not bell.is_set()
    assert answer.status_code == 401


@pytest.mark.parametrize("field", ["webhook-id", "webhook-timestamp"])
async def test_the_signature_covers_id_and_time(fake: ReplicateFake, url: str, field: str) -> None:
    body = b'{"id": "p1"}'
    headers = fake.signed(body, signed_at=NOW)
    headers[field] = str(NOW - 1)
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=body, headers=headers)).status_code == 401


async def test_one_good_signature_among_others_is_enough(
    fake: ReplicateFake, announcements: Announcements, url: str
) -> None:
    """Replicate signs with the old and the new key while it changes them."""
    body = b'{"id": "p1"}'
    headers = fake.signed(body, signed_at=NOW)
    headers["webhook-signature"] = f"v2,AAAA v1,BBBB {headers['webhook-signature']} v1a,CCCC"
    async with httpx.AsyncClient() as client:
        with announcements.expected("p1") as bell:
            assert (await client.post(url, content=body, headers=headers)).status_code == 200
            assert bell.is_set()


@pytest.mark.parametrize("version", ["v1a", "v2", "V1"])
async def test_a_signature_of_another_kind_is_none(fake: ReplicateFake, url: str, version: str) -> None:
    body = b'{"id": "p1"}'
    headers = fake.signed(body, signed_at=NOW)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", f"{version},")
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=body, headers=headers)).status_code == 401


async def test_every_job_and_prediction_gets_the_same_answer(
    fake: ReplicateFake, announcements: Announcements, url: str
) -> None:
    with announcements.expected("p1"):
        answers = [
            await fake.announce(url, "p1", signed_at=NOW),
            await fake.announce(url, "p1", signed_at=NOW),
            await fake.announce(url, "nobody", signed_at=NOW),
            await fake.announce(url.replace("job1", "no-such-job"), "p1", signed_at=NOW),
        ]
    assert {(answer.status_code, str(answer.json()["data"])) for answer in answers} == {(200, "{'received': True}")}
    refused = [await fake.announce(each, "p1", signed_at=1) for each in (url, url.replace("job1", "no-such-job"))]
    assert {(answer.status_code, answer.text) for answer in refused} == {(401, refused[0].text)}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"id": 5}', b'{"id": ["p1"]}', b"no json", b"\xff\xfe", b""])
async def test_a_signed_announcement_of_nothing_does_no_harm(fake: ReplicateFake, url: str, body: bytes) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, content=body, headers=fake.signed(body, signed_at=NOW))
    assert answer.status_code == 200


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 200), (MAX_BODY + 1, 401)])
async def test_an_announcement_has_its_limit(fake: ReplicateFake, url: str, size: int, status: int) -> None:
    body = b"x" * size
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, content=body, headers=fake.signed(body, signed_at=NOW))
    assert answer.status_code == status


async def test_only_posts_are_answered(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for method in ("GET", "PUT", "DELETE"):
            assert (await client.request(method, url)).status_code == 405


@pytest.mark.parametrize("secret", ["whsec_%%%", "whsec_A", "whsec_\u00e4"])
async def test_without_a_good_secret_nothing_is_believed(
    fake: ReplicateFake, announcements: Announcements, secret: str
) -> None:
    async def bad() -> str:
        return secret

    async with site(announcements, bad) as url:
        assert (await fake.announce(url, "p1", signed_at=NOW)).status_code == 401


@pytest.mark.parametrize("secret", ["", "whsec_"])
async def test_with_an_empty_secret_anybody_could_sign_so_nothing_is_believed(
    fake: ReplicateFake, announcements: Announcements, secret: str
) -> None:
    async def empty() -> str:
        return secret

    async with site(announcements, empty) as url:
        assert (await fake.announce(url, "p1", signed_at=NOW, secret=secret)).status_code == 401


async def test_while_the_secret_cannot_be_had_nothing_is_believed(
    fake: ReplicateFake, announcements: Announcements
) -> None:
    async def none() -> str:
        raise ProviderFailed("Replicate cannot be reached.")

    async with site(announcements, none) as url:
        assert (await fake.announce(url, "p1", signed_at=NOW)).status_code == 401


async def test_the_secret_is_not_even_asked_for_when_nothing_can_be_signed(
    fake: ReplicateFake, announcements: Announcements
) -> None:
    asked = []

    async def secret() -> str:
        asked.append(1)
        return fake.secret

    async with site(announcements, secret) as url:
        await fake.announce(url, "p1", signed_at=1)
        await fake.announce(url, "p1", signed_at=NOW, drop="webhook-signature")
        assert asked == []
        await fake.announce(url, "p1", signed_at=NOW)
        assert asked == [1]


async def test_an_announcement_ends_the_waiting_of_a_call(fake: ReplicateFake) -> None:
    """All of it together: provider, file host and web app, with a secret that Replicate told."""
    from core.providers.replicate.errand import Pace

    fake.announces = True
    fake.script(Script(polls=None))
    caller = Caller()
    async with (
        replicate(fake, Pace(first=600, most=600)) as provider,
        site(provider.announcements, provider.webhook_secret, clock=None) as url,
    ):
        drawing = asyncio.create_task(provider.draw(order(), caller.call(callback=url)))
        await so(lambda: provider.announcements.waiting)
        fake.finish(fake.created[0])
        async with asyncio.timeout(20):
            assert len((await drawing).pictures) == 1
    assert (fake.created[0].looks, fake.secret_tries) == (1, 1)
