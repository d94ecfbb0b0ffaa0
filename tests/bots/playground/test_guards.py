"""What the playground's calls refuse: other pages, other formats, too much, and anything malformed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.bots.playground.browsing import COOKIE, PATIENCE_SECONDS, events, send
from tests.webhooks.test_app import Site, site_of

MALFORMED = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"id":"message-1"}',
    b'{"id":"message-1","text":5}',
    b"\xff\xfe",
    b'{"id":"message-1","text":"\\ud800"}',
    b"[" * 200_000,
    b'{"id":"message-1","text":' + b"9" * 9_000 + b"}",
    b'{"id":"short","text":"x"}',
    b'{"id":"message 1","text":"x"}',
    b'{"id":"message-1\\n","text":"x"}',
]
GOOD = {"id": "message-1", "text": "/about"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(tmp_path) as site:
        yield site


async def conversation(client: httpx.AsyncClient) -> int:
    """How many messages there are so far, found out by one more."""
    await send(client, "/about", "the-last-one")
    return int((await events(client, lambda event: event.get("id") == "re:the-last-one"))[-1]["seq"]) - 2


@pytest.mark.parametrize("come_from", ["cross-site", "same-site"])
async def test_another_page_cannot_act_nor_listen(alice: httpx.AsyncClient, come_from: str) -> None:
    """`same-site` is a page on another port of this machine: its calls carry the cookie."""
    headers = {"sec-fetch-site": come_from}
    async with asyncio.timeout(PATIENCE_SECONDS):  # a stream that is let in does not end
        answers = [
            await alice.post("/playground/messages", json=GOOD, headers=headers),
            await alice.post("/playground/actions", json=GOOD, headers=headers),
            await alice.get("/playground/commands", headers=headers),
            await alice.get("/playground/events", headers=headers),
        ]
    for answer in answers:
        assert answer.status_code == 403
        assert answer.json()["error"]["message"] == "This call must come from the playground's own page."
    assert await conversation(alice) == 0


async def test_our_own_page_can(alice: httpx.AsyncClient) -> None:
    answer = await alice.post("/playground/messages", json=GOOD, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
     "text/plain; x=application/json", "text/plain;application/json", "application/json-seq"],
)  # fmt: skip
async def test_only_json_is_taken(alice: httpx.AsyncClient, kind: str) -> None:
    """A form, or text of the kinds that need no preflight, could be sent by any page of an old browser."""
    answer = await alice.post("/playground/messages", content=json.dumps(GOOD), headers={"content-type": kind})
    assert answer.status_code == 415
    assert await conversation(alice) == 0


async def test_the_kind_of_json_is_read_as_browsers_write_it(alice: httpx.AsyncClient) -> None:
    for number, kind in enumerate(("application/json; charset=utf-8", "Application/JSON")):
        body = json.dumps(GOOD | {"id": f"message-{number}"})
        answer = await alice.post("/playground/messages", content=body, headers={"content-type": kind})
        assert answer.status_code == 200, kind


async def test_what_is_malformed_is_refused_with_a_sentence(alice: httpx.AsyncClient) -> None:
    for body in MALFORMED:
        answer = await alice.post("/playground/messages", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body[:60]
        said = answer.json()["error"]["message"]
        assert said.startswith("This message could not be read: ")
        assert said.endswith(".")
    assert await conversation(alice) == 0


async def test_too_much_is_refused_before_it_is_read(alice: httpx.AsyncClient) -> None:
    for content in (b"x" * 1_000_001, chunks()):
        answer = await alice.post("/playground/messages", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["error"]["message"] == "Your message is too long to be sent."


async def chunks() -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(20):
        yield b"x" * 65_536


async def test_a_long_prompt_is_refused_in_the_conversation_and_kept_short_there(alice: httpx.AsyncClient) -> None:
    assert (await send(alice, "/imagine " + "x" * 900_000)).status_code == 200
    got = await events(alice, lambda event: event.get("id") == "re:message-1")
    assert "the limit is 2,000" in got[-1]["text"]
    assert len(json.dumps(got)) < 20_000


async def test_hostile_text_stays_text_inside_one_event(alice: httpx.AsyncClient) -> None:
    hostile = ["\x00", "\u202egnp.exe", "<script>alert(1)</script>", "\r\n\r\ndata: forged\n\n"]
    for number, text in enumerate(hostile):
        await send(alice, f"/imagine {text} --count 9", f"message-{number}")
    got = await events(alice, lambda event: event.get("id") == "re:message-3")
    told = [event for event in got if event["name"] == "message"]
    assert len(told) == 2 * len(hostile)
    assert [event["text"] for event in told[::2]] == [f"/imagine {text} --count 9" for text in hostile]


async def test_the_cookie_is_not_what_others_see(alice: httpx.AsyncClient) -> None:
    """Logs, exports and the page's greeting name the account by a digest, which opens nothing."""
    cookie = alice.cookies[COOKIE]
    await send(alice, "/privacy export")
    got = await events(alice, lambda event: event.get("id") == "re:message-1")
    answer = await send(alice, "/privacy export", "message-2")
    assert cookie not in json.dumps(got) + answer.text
