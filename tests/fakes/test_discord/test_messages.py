"""Messages that the fake Discord takes and refuses, in plain HTTP."""

import json
from typing import Any

import httpx
import pytest

from tests.fakes.discord import DiscordFake
from tests.fakes.discord.limits import MAX_FILE_BYTES
from tests.fakes.discord.spec import load_spec
from tests.fakes.test_discord.plain import V2, button, gallery, row, select, text
from tests.support import ManualClock

ROUTE = "/channels/{channel_id}/messages"


BAD = {
    "content of 2001": ({"content": "x" * 2001}, "content"),
    "11 embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    "embeds of 6001": ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "embeds"),
    "41 components": ({"flags": V2, "components": [text() for _ in range(41)]}, "components"),
    "nested 41": ({"flags": V2, "components": [{"type": 17, "components": [text()] * 40}]}, "components"),
    "4001 characters": ({"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]}, "components"),
    "custom id of 101": ({"components": [row(button("x" * 101))]}, "components"),
    "empty custom id": ({"components": [row(button(""))]}, "components"),
    "same custom id": ({"components": [row(button(), button())]}, "components"),
    "6 buttons": ({"components": [row(*(button(str(number)) for number in range(6)))]}, "components"),
    "6 rows": ({"components": [row(button(str(number))) for number in range(6)]}, "components"),
    "26 options": ({"components": [row(select(26))]}, "components"),
    "V2 with content": ({"flags": V2, "content": "x", "components": [text()]}, "content"),
    "V2 with embeds": ({"flags": V2, "embeds": [{"title": "x"}], "components": [text()]}, "embeds"),
    "V2 without the flag": ({"components": [text()]}, "components"),
    "unknown picture": ({"flags": V2, "components": [gallery("fox.png")]}, "components"),
    "unknown picture in an embed": ({"embeds": [{"image": {"url": "attachment://fox.png"}}]}, "embeds"),
    "unknown attachment": ({"content": "x", "attachments": [{"id": "7"}]}, "attachments"),
    "unknown reply": ({"content": "x", "message_reference": {"message_id": "7"}}, "message_reference"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_message_beyond_the_limits_is_refused_and_noted(
    fake: DiscordFake, api: httpx.AsyncClient, place: str, name: str
) -> None:
    body, path = BAD[name]
    answer = await api.post(place, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert list(answer.json()["errors"]) == [path]
    assert fake.problems
    assert {(one.where, one.text.split(".")[0].split(":")[0]) for one in fake.problems} == {(f"POST {ROUTE}", path)}
    assert fake.messages == []


async def test_a_message_at_its_limits_is_taken(fake: DiscordFake, api: httpx.AsyncClient, place: str) -> None:
    body = {"flags": V2, "components": [gallery("0.png"), *(text("x" * 100) for _ in range(39))]}
    files = {f"files[{number}]": (f"{number}.png", b"x") for number in range(10)}
    answer = await api.post(place, data={"payload_json": json.dumps(body)}, files=files)
    assert answer.status_code == 200, answer.text
    assert (await api.post(place, json={"content": "x" * 2000})).status_code == 200
    assert fake.problems == []
    assert len(fake.messages[0].files) == 10
    media = answer.json()["components"][0]["items"][0]["media"]
    assert (await api.get(media["url"])).content == b"x"


@pytest.mark.parametrize(
    ("described", "files"), [("x" * 1025, 1), ("x", 11)], ids=["a description of 1025", "11 files"]
)
async def test_attachments_beyond_the_limits_are_refused(
    fake: DiscordFake, api: httpx.AsyncClient, place: str, described: str, files: int
) -> None:
    body = {"attachments": [{"id": number, "description": described} for number in range(files)]}
    sent = {f"files[{number}]": (f"{number}.png", b"x") for number in range(files)}
    answer = await api.post(place, data={"payload_json": json.dumps(body)}, files=sent)
    assert answer.json()["code"] == 50035
    assert fake.problems


async def test_a_file_over_the_limit_is_too_large(fake: DiscordFake, api: httpx.AsyncClient, place: str) -> None:
    answer = await api.post(place, files={"files[0]": ("big.png", bytes(MAX_FILE_BYTES + 1))})
    assert (answer.status_code, answer.json()["code"]) == (413, 40005)
    big = {f"files[{number}]": (f"{number}.png", bytes(9_000_000)) for number in range(3)}
    assert (await api.post(place, files=big)).status_code == 413


async def test_an_empty_message_is_refused(api: httpx.AsyncClient, place: str) -> None:
    assert (await api.post(place, json={"content": "  "})).json()["code"] == 50006


async def test_an_edit_keeps_the_files_it_names(fake: DiscordFake, api: httpx.AsyncClient, place: str) -> None:
    first = (await api.post(place, files={"files[0]": ("a.png", b"a"), "files[1]": ("b.png", b"b")})).json()
    kept = {"content": "c", "attachments": [{"id": first["attachments"][1]["id"]}, {"id": 0}]}
    files = {"files[0]": ("c.png", b"c")}
    where = f"{place}/{first['id']}"
    assert (await api.patch(where, data={"payload_json": json.dumps(kept)}, files=files)).status_code == 200
    assert fake.messages[0].files == {"b.png": b"b", "c.png": b"c"}
    assert (await api.patch(where, json={"content": "d"})).json()["attachments"] != []
    assert (await api.patch(where, json={"flags": V2, "components": [text()]})).json()["code"] == 50035
    assert (await api.patch(where, json={"flags": V2, "components": [text()], "content": None})).status_code == 200
    assert [content.text for content in fake.messages[0].revisions] == ["", "c", "d", ""]


async def test_a_nonce_is_posted_once_also_when_the_answer_was_lost(
    fake: DiscordFake, api: httpx.AsyncClient, place: str
) -> None:
    body = {"content": "result", "nonce": "job1", "enforce_nonce": True}
    fake.lose_answer("POST", ROUTE)
    with pytest.raises(httpx.TransportError):
        await api.post(place, json=body)
    again = await api.post(place, json=body)
    assert again.json()["id"] == fake.messages[0].id
    assert len(fake.messages) == 1


async def test_the_wrong_token_is_unauthorized(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    answer = await api.get("/users/@me", headers={"Authorization": "Bot wrong"})
    assert (answer.status_code, answer.json()["code"], fake.rest.invalid) == (401, 0, 1)
    assert answer.headers["Content-Type"] == "application/json"


async def test_more_than_fifty_requests_a_second_are_limited() -> None:
    async with DiscordFake(clock=ManualClock()) as fake:
        auth = {"Authorization": f"Bot {fake.token}"}
        async with httpx.AsyncClient(base_url=fake.api_url, headers=auth) as api:
            statuses = [(await api.get("/users/@me")).status_code for _ in range(51)]
            assert statuses == [200] * 50 + [429]


async def test_what_this_fake_does_not_know_is_noted_as_its_own_fault(
    fake: DiscordFake, api: httpx.AsyncClient
) -> None:
    assert (await api.get("/voice/regions")).status_code == 501
    assert [problem.source for problem in fake.problems] == ["fake"]


@pytest.mark.skipif(load_spec() is None, reason="Discord's description of its API is not on this machine")
@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"components": [row(button() | {"label": "x" * 81})]}, "components.0.components.0.label"),
        ({"flags": V2, "components": [{"type": 14, "spacing": 3}]}, "components.0.spacing"),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "allowed_mentions.parse.0"),
        ({"content": 7}, "content"),
    ],
    ids=["label", "spacing", "mentions", "content"],
)
async def test_the_description_sees_what_limits_do_not(body: dict[str, Any], path: str) -> None:
    async with DiscordFake() as fake:
        auth = {"Authorization": f"Bot {fake.token}"}
        async with httpx.AsyncClient(base_url=fake.api_url, headers=auth) as api:
            where = f"/channels/{fake.guild().channels[0].id}/messages"
            assert (await api.post(where, json=body)).json()["code"] == 50035
            assert [(one.source, one.text.split(":")[0]) for one in fake.problems] == [("openapi", path)]


@pytest.mark.skipif(load_spec() is None, reason="Discord's description of its API is not on this machine")
async def test_an_answer_that_discord_would_not_give_is_the_fakes_own_fault() -> None:
    async with DiscordFake() as fake:
        fake.world.bot.username = 7  # type: ignore[assignment]  # a fault of the fake
        auth = {"Authorization": f"Bot {fake.token}"}
        async with httpx.AsyncClient(base_url=fake.api_url, headers=auth) as api:
            assert (await api.get("/users/@me")).status_code == 200
        assert [(one.source, one.text.split(":")[0]) for one in fake.problems] == [("fake", "username")]


async def test_every_kind_of_component_is_answered_as_discord_describes_it(
    fake: DiscordFake, api: httpx.AsyncClient, place: str
) -> None:
    picture = {"url": "attachment://a.png"}
    kinds = [5, 6, 7, 8]
    inner = [
        text("# A fox"),
        {"type": 9, "components": [text()], "accessory": {"type": 11, "media": picture, "description": "a fox"}},
        {"type": 9, "components": [text()], "accessory": {"type": 2, "style": 5, "label": "Pay", "url": "https://x.y"}},
        {"type": 14, "divider": False, "spacing": 2},
        gallery("a.png"),
        {"type": 13, "file": {"url": "attachment://b.txt"}},
        row(button() | {"emoji": {"id": None, "name": "🦊"}}, {"type": 2, "style": 6, "sku_id": "7"}),
        row(select(2)),
        *(row({"type": kind, "custom_id": f"k{kind}"}) for kind in kinds),
    ]
    body = {"flags": V2, "components": [{"type": 17, "accent_color": 0xFF8800, "components": inner}]}
    files = {"files[0]": ("a.png", b"a"), "files[1]": ("b.txt", b"b")}
    answer = await api.post(place, data={"payload_json": json.dumps(body)}, files=files)
    assert answer.status_code == 200, answer.text
    assert (await api.get(place)).json() == [answer.json()]
    assert fake.problems == []


async def test_a_rich_embed_shows_an_attached_picture(fake: DiscordFake, api: httpx.AsyncClient, place: str) -> None:
    embed = {
        "title": "A fox", "description": "red", "url": "https://x.y", "color": 0xFF8800,
        "timestamp": "2026-01-01T00:00:00Z", "image": {"url": "attachment://a.png"}, "footer": {"text": "10 credits"},
        "author": {"name": "alice"}, "fields": [{"name": "Seed", "value": "1", "inline": True}],
    }  # fmt: skip
    body = {"payload_json": json.dumps({"embeds": [embed]})}
    answer = (await api.post(place, data=body, files={"files[0]": ("a.png", b"a")})).json()
    assert answer["attachments"] == []
    assert (await api.get(answer["embeds"][0]["image"]["url"])).content == b"a"
    assert fake.problems == []
