"""Pictures that a page sends along, and what can be done with those it got: over a real socket, byte by byte."""

import asyncio
import base64
import io
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bots.playground.bodies import BODY_LIMIT, PICTURES_LIMIT
from bots.playground.previews import MOST_BYTES, SIDE
from core.ids import digest
from core.media.data_urls import from_data_url
from tests.bots.people import working
from tests.bots.playground.browsing import COOKIE, PATIENCE_SECONDS, Event, events, is_result, messages, press
from tests.fakes.pixels import png
from tests.webhooks.test_app import Site, site_of

JSON = {"content-type": "application/json"}
NOT_BASE64 = "one of its pictures is not written in base64"
SECRET = "Taken with a secret camera"


def sent(data: bytes, mime: str = "image/png") -> dict[str, str]:
    return {"mime": mime, "base64": base64.b64encode(data).decode()}


async def attach(client: httpx.AsyncClient, text: str, *pictures: object, message_id: str = "message-1") -> Any:
    body = {"id": message_id, "text": text, "images": list(pictures)}
    return await client.post("/playground/messages", json=body, timeout=60)


async def result_of(client: httpx.AsyncClient, text: str, *pictures: object) -> Event:
    assert (await attach(client, text, *pictures)).status_code == 200
    return (await events(client, is_result))[-1]


async def pressed(client: httpx.AsyncClient, job: str, action: str, **more: object) -> Event:
    """What comes of a press: its result, or why not."""
    assert (await press(client, job, action, **more)).status_code == 200
    return (await events(client, lambda event: is_result(event) and event["job"] != job))[-1]


def plain(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (80, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that cannot be made smaller."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def lying_photo() -> bytes:
    """A JPEG as telephones make them: on its side, and telling more than its picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET
    buffer = io.BytesIO()
    Image.new("RGB", (640, 320), "green").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(("colour", "least", "most"), [("black", 0, 128), ("white", 128, 255)])
async def test_an_attached_picture_is_changed(alice: httpx.AsyncClient, colour: str, least: int, most: int) -> None:
    """The demo lays its own over it, so that more than half of each pixel is still the picture that was sent."""
    result = await result_of(alice, "/edit make it blue", sent(plain(colour)))
    assert (result["kind"], result["text"]) == ("result", "make it blue")
    [image] = result["images"]
    corner = Image.open(io.BytesIO((await alice.get(image["url"])).content)).convert("RGB").crop((0, 0, 1, 1))
    assert all(least <= channel <= most for channel in corner.tobytes())


async def test_an_attached_picture_is_enlarged(alice: httpx.AsyncClient) -> None:
    result = await result_of(alice, "/upscale", sent(plain("black")))
    [image] = result["images"]
    assert (image["width"], image["height"]) == (160, 80)


async def test_an_answer_is_about_the_attached_pictures(alice: httpx.AsyncClient) -> None:
    result = await result_of(alice, "what is this?", sent(png()), sent(png(shade=9, kind="WEBP"), "image/webp"))
    assert "with 2 pictures" in result["text"]


async def test_the_conversation_keeps_a_small_copy_of_each(alice: httpx.AsyncClient) -> None:
    photo = noise(900, 600)
    assert len(json.dumps(sent(photo))) > 2 * BODY_LIMIT
    await result_of(alice, "what is this?", sent(photo), sent(png()))
    [own, *_] = messages(await events(alice, is_result))
    assert (own["role"], own["text"]) == ("user", "what is this?")
    copies = [from_data_url(copy, MOST_BYTES) for copy in own["attached"]]
    assert [Image.open(io.BytesIO(copy)).size for copy in copies] == [(SIDE, 128), (64, 64)]
    assert all(copy.startswith("data:image/") for copy in own["attached"])


async def test_a_small_copy_stands_upright_and_tells_nothing_more(alice: httpx.AsyncClient) -> None:
    await result_of(alice, "what is this?", sent(lying_photo(), "image/jpeg"))
    [own, *_] = messages(await events(alice, is_result))
    copy = from_data_url(own["attached"][0])
    assert Image.open(io.BytesIO(copy)).size == (SIDE // 2, SIDE)
    assert SECRET.encode() in lying_photo()
    assert SECRET.encode() not in copy


async def test_a_message_without_pictures_has_none(alice: httpx.AsyncClient) -> None:
    await result_of(alice, "hello")
    [own, *_] = messages(await events(alice, is_result))
    assert own["attached"] == []


async def test_after_deletion_the_copies_are_gone(site: Site, alice: httpx.AsyncClient) -> None:
    channel = f"playground:{digest(alice.cookies[COOKIE])[:20]}"
    await result_of(alice, "what is this?", sent(png()))
    assert any("base64" in row.body for row in await site.app.stores.feed.since(channel, 0, 100))
    await attach(alice, "/privacy delete --confirm yes", message_id="message-2")
    await events(alice, lambda event: event.get("id") == "re:message-2")
    assert not any("base64" in row.body for row in await site.app.stores.feed.since(channel, 0, 100))


async def test_the_same_message_twice_is_one_request(alice: httpx.AsyncClient) -> None:
    for _ in range(3):
        await attach(alice, "/edit make it blue", sent(png()))
    await events(alice, is_result)
    assert (await events(alice, lambda event: event["name"] == "balance"))[-1]["available"] == 90


async def test_what_is_no_picture_is_refused_in_the_conversation(alice: httpx.AsyncClient) -> None:
    for number, data in enumerate((b"", b"<svg/>", b"%PDF-1.7", png()[:60])):
        answer = await attach(alice, "/edit make it blue", sent(data), message_id=f"message-{number}")
        assert answer.status_code == 200
        got = await events(alice, lambda event, n=number: event.get("id") == f"re:message-{n}")  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert got[-1]["kind"] == "error"
        assert got[-1]["text"].startswith("attachment cannot be used: ")
        assert messages(got)[-2]["attached"] == []


@pytest.mark.parametrize(
    ("pictures", "problem"),
    [
        ([{"mime": "image/png", "base64": "!!!!"}], NOT_BASE64),
        ([{"mime": "image/png", "base64": "abc"}], NOT_BASE64),
        (
            [{"mime": "image/png", "base64": "data:image/png;base64,AAAA"}],
            NOT_BASE64,
        ),
        ([{"mime": "image/png", "base64": "Ä\u2028"}], NOT_BASE64),
        ([{"mime": "image/png", "base64": 5}], NOT_BASE64),
        ([{"mime": "image/png", "base64": None}], NOT_BASE64),
        ([{"mime": "image/svg+xml", "base64": ""}], "Input should be 'image/png', 'image/jpeg' or 'image/webp'"),
        ([{"mime": "image/png"}], "Field required"),
        (["AAAA"], "Input should be a valid dictionary or instance of SentPicture"),
        ("AAAA", "Input should be a valid tuple"),
        ([sent(b"x")] * 5, "it has 5 pictures, and 4 are the most"),
    ],
)
async def test_pictures_that_cannot_be_read_are_refused_with_a_sentence(
    alice: httpx.AsyncClient, pictures: object, problem: str
) -> None:
    body = {"id": "message-1", "text": "/edit make it blue", "images": pictures}
    answer = await alice.post("/playground/messages", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"This message could not be read: {problem}."


async def test_only_a_message_with_pictures_may_be_large(alice: httpx.AsyncClient) -> None:
    """The name of the field within somebody's words is not the field."""
    words = json.dumps({"id": "message-1", "text": 'say "images": [] ' * 80_000})
    answer = await alice.post("/playground/messages", content=words, headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == "Your message is too long to be sent."


async def test_a_press_may_not_be_large(alice: httpx.AsyncClient) -> None:
    body = {"id": "action-1", "job": "a" * 16, "action": "edit", "text": "x", "images": ["x" * BODY_LIMIT]}
    assert (await alice.post("/playground/actions", json=body)).status_code == 413


async def test_too_large_pictures_are_refused_with_a_sentence(alice: httpx.AsyncClient) -> None:
    body = json.dumps({"id": "message-1", "text": "x", "images": ["x" * PICTURES_LIMIT]}).encode()
    answer = await alice.post("/playground/messages", content=pieces(body), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["error"]["message"].startswith("Your pictures are too large to be sent together.")


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for start in range(0, len(body), 1_000_000):
        yield body[start : start + 1_000_000]


@pytest.mark.parametrize(("path", "length"), [("messages", PICTURES_LIMIT + 1), ("actions", BODY_LIMIT + 1)])
async def test_too_much_is_refused_before_any_of_it_is_there(
    site: Site, alice: httpx.AsyncClient, path: str, length: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        writer.write(
            f"POST /playground/{path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nContent-Length: {length}\r\n"
            f"Cookie: {COOKIE}={alice.cookies[COOKIE]}\r\nContent-Type: application/json\r\n\r\n".encode()
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await reader.readline()).split()[1] == b"413"
    finally:
        writer.close()


async def test_a_result_is_changed_by_its_button_and_words(alice: httpx.AsyncClient) -> None:
    first = await result_of(alice, "/imagine a red fox --aspect 16:9 --count 2")
    second = await pressed(alice, first["job"], "edit", index=2, text="add a boat")
    assert second["text"] == "add a boat"
    assert [(image["width"], image["height"]) for image in second["images"]] == [(64, 36)]


async def test_a_result_is_enlarged_by_its_button(alice: httpx.AsyncClient) -> None:
    first = await result_of(alice, "/imagine a red fox")
    second = await pressed(alice, first["job"], "upscale", index=1)
    assert [(image["width"], image["height"]) for image in second["images"]] == [(128, 128)]
    assert [button["action"] for button in second["buttons"]] == ["edit"]


async def test_an_edit_without_words_costs_nothing(alice: httpx.AsyncClient) -> None:
    first = await result_of(alice, "/imagine a red fox")
    for words in ({}, {"text": " \n"}):
        refused = await pressed(alice, first["job"], "edit", index=1, **words)
        assert refused["kind"] == "error"
    assert (await events(alice, lambda event: event["name"] == "balance"))[-1]["available"] == 90


async def test_other_peoples_pictures_can_be_neither_changed_nor_enlarged(site: Site, alice: httpx.AsyncClient) -> None:
    job = (await result_of(alice, "/imagine a red fox"))["job"]
    async with site.client() as bob:
        await bob.get("/")
        for number, action in enumerate(("edit", "upscale")):
            body = {"id": f"theft-{number:04}", "job": job, "action": action, "index": 1, "text": "steal it"}
            await bob.post("/playground/actions", json=body)
            got = await events(bob, lambda event, n=number: event.get("id") == f"re:theft-{n:04}")  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            assert got[-1]["text"].startswith("That request does not exist, or is not yours.")


async def test_an_answer_is_told_as_it_grows(tmp_path: Path) -> None:
    async with site_of(tmp_path, demo_seconds=1) as site, working(site.app), site.client() as client:
        await client.get("/")
        await client.post("/playground/messages", json={"id": "message-1", "text": "tell me something"})
        got = await events(client, is_result)
        whole = got[-1]["text"]
        told = [event["text"] for event in got if event["name"] == "job" and event["text"]]
        assert len(told) > 2
        assert told == sorted(set(told), key=len)
        assert all(whole.startswith(text) for text in told)


async def test_the_page_is_told_what_is_made_by_the_demo(tmp_path: Path) -> None:
    """An operator who has a key for answers only: pictures are still the demo's."""
    real = '[[models]]\nname = "llama"\nprovider = "openai"\nkind = "chat"\nprice = 1\n[chains]\nchat = ["llama"]\n'
    (tmp_path / "mixed.toml").write_text(DEMO_ART + real)
    mixed: dict[str, Any] = {"easel_config": tmp_path / "mixed.toml", "openai_base_url": "http://127.0.0.1:9/v1"}
    async with site_of(tmp_path, **mixed) as site, working(site.app), site.client() as client:
        await client.get("/")
        [hello] = await events(client, lambda event: event["name"] == "hello")
        assert (hello["demo"], hello["demoKinds"]) == (False, ["image"])
        assert (await result_of(client, "/imagine a red fox"))["demo"] is True


DEMO_ART = """
[[models]]
name = "demo-art"
provider = "demo"
kind = "image"
price = 10
aspects = ["1:1"]
long_side = 64
default = true
"""
