"""What the fake Discord refuses, asked in plain HTTP and over a plain WebSocket."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import pytest

from core.clock import SECOND
from tests.fakes.discord import DiscordFake, Impossible, Interaction, MessageFlag
from tests.fakes.discord.limits import MAX_FILE_BYTES
from tests.fakes.discord.session import CloseCode, Op
from tests.support import ManualClock

V2 = int(MessageFlag.COMPONENTS_V2)
ROUTE = "/channels/{channel_id}/messages"
IMAGINE = {
    "name": "imagine",
    "description": "Draw",
    "options": [{"type": 3, "name": "prompt", "description": "What", "required": True, "max_length": 100}],
}


@pytest.fixture(params=[True, False], ids=["with the description", "without"])
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[DiscordFake]:
    async with DiscordFake(check=request.param) as fake:
        yield fake


@pytest.fixture
async def api(fake: DiscordFake) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=fake.api_url, headers={"Authorization": f"Bot {fake.token}"}) as api:
        yield api


@pytest.fixture
def place(fake: DiscordFake) -> str:
    return f"/channels/{fake.guild().channels[0].id}/messages"


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(custom_id: str = "x") -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id}


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def select(options: int) -> dict[str, Any]:
    every = [{"label": str(number), "value": str(number)} for number in range(options)]
    return {"type": 3, "custom_id": "s", "options": every}


def gallery(name: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}}]}


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


async def asked(fake: DiscordFake, api: httpx.AsyncClient) -> Interaction:
    await api.put(f"/applications/{fake.world.application}/commands", json=[IMAGINE])
    return fake.command("imagine", {"prompt": "a fox"}, user=fake.user("alice"))


async def test_an_interaction_is_answered_once(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api)
    callback = f"/interactions/{one.id}/{one.token}/callback"
    hook = f"/webhooks/{fake.world.application}/{one.token}"
    assert (await api.post(hook, json={"content": "early"})).json()["code"] == 10015
    assert (await api.post(callback, json={"type": 6})).json()["code"] == 50035
    assert (await api.post(callback, json={"type": 5})).status_code == 204
    assert (await api.post(callback, json={"type": 5})).json()["code"] == 40060
    first = await api.post(hook, json={"content": "first", "flags": 64})
    assert first.json()["id"] == (await one.original()).id
    assert (await one.original()).ephemeral is False
    second = await api.post(hook, json={"content": "second", "flags": 64})
    assert (await one.followup()).id == second.json()["id"]
    assert (await one.followup()).ephemeral is True
    assert (await api.patch(f"{hook}/messages/{second.json()['id']}", json={"content": "third"})).status_code == 200
    assert (await api.delete(f"{hook}/messages/@original")).status_code == 204
    assert (await api.get(f"{hook}/messages/@original")).json()["code"] == 10008


async def test_a_deferred_answer_takes_no_other_flag(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api)
    await api.post(f"/interactions/{one.id}/{one.token}/callback", json={"type": 5, "data": {"flags": V2 | 64}})
    assert [problem.source for problem in fake.problems] == ["protocol"]
    assert one.ephemeral


@pytest.mark.parametrize("parts", [0, 6])
async def test_a_modal_has_one_to_five_parts_and_a_short_title(
    fake: DiscordFake, api: httpx.AsyncClient, parts: int
) -> None:
    one = await asked(fake, api)
    inputs = [row({"type": 4, "custom_id": str(number), "style": 1, "label": "x"}) for number in range(parts)]
    body = {"type": 9, "data": {"custom_id": "m", "title": "x" * 46, "components": inputs}}
    answer = await api.post(f"/interactions/{one.id}/{one.token}/callback", json=body)
    assert answer.json()["code"] == 50035
    assert one.callback is None


async def test_people_cannot_do_what_their_discord_does_not_offer(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    alice = fake.user("alice")
    with pytest.raises(Impossible, match="registered"):
        fake.command("imagine", {"prompt": "a fox"}, user=alice)
    await asked(fake, api)
    wrong: list[dict[str, Any]] = [{}, {"prompt": 3}, {"prompt": "x" * 101}, {"prompt": "x", "seed": 1}]
    for options in wrong:
        with pytest.raises(Impossible):
            fake.command("imagine", options, user=alice)
    with pytest.raises(Impossible):
        fake.command("imagine", {"prompt": "x"}, user=alice, guild=fake.guild(installed=False))


async def test_commands_keep_their_ids_when_they_are_registered_again(
    fake: DiscordFake, api: httpx.AsyncClient
) -> None:
    where = f"/applications/{fake.world.application}/commands"
    first = (await api.put(where, json=[IMAGINE])).json()
    assert (await api.put(where, json=[IMAGINE | {"description": "Paint"}])).json()[0]["id"] == first[0]["id"]
    assert (await api.post(where, json=IMAGINE)).status_code == 200
    assert (await api.post(where, json=IMAGINE | {"name": "chat"})).status_code == 201
    assert (await api.patch(f"{where}/{first[0]['id']}", json={"name": "draw"})).json()["name"] == "draw"
    assert (await api.delete(f"{where}/{first[0]['id']}")).status_code == 204
    assert [command["name"] for command in (await api.get(where)).json()] == ["chat"]
    assert fake.problems == []
    for bad in ([IMAGINE, IMAGINE], [IMAGINE | {"name": "Not So"}], [IMAGINE | {"description": ""}]):
        assert (await api.put(where, json=bad)).json()["code"] == 50035


async def test_what_this_fake_does_not_know_is_noted_as_its_own_fault(
    fake: DiscordFake, api: httpx.AsyncClient
) -> None:
    assert (await api.get("/voice/regions")).status_code == 501
    assert [problem.source for problem in fake.problems] == ["fake"]


async def greeted(fake: DiscordFake, identify: dict[str, Any], version: int = 10) -> tuple[int | None, list[Any]]:
    """The code that the gateway closes with, or what it says first."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{fake.gateway_url}?v={version}") as socket:
        heard = []
        if version == 10:
            heard.append(await socket.receive_json())
            await socket.send_json({"op": Op.IDENTIFY, "d": {"token": fake.token, "intents": 0} | identify})
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            return None, [*heard, json.loads(message.data)]
        return socket.close_code, heard


@pytest.mark.parametrize(
    ("identify", "code"),
    [
        ({"token": "wrong"}, CloseCode.AUTHENTICATION_FAILED),
        ({"intents": 1 << 40}, CloseCode.INVALID_INTENTS),
        ({"intents": 1 << 15}, CloseCode.DISALLOWED_INTENTS),
        ({"shard": [2, 2]}, CloseCode.INVALID_SHARD),
        ({}, CloseCode.SHARDING_REQUIRED),
    ],
    ids=lambda value: value.name if isinstance(value, CloseCode) else "",
)
async def test_the_gateway_closes_with_a_reason(identify: dict[str, Any], code: CloseCode) -> None:
    async with DiscordFake(allowed=0, shards=2) as fake:
        assert (await greeted(fake, identify))[0] == code


async def test_the_gateway_greets_by_shard() -> None:
    async with DiscordFake(shards=2) as fake:
        code, (hello, ready) = await greeted(fake, {"shard": [1, 2]})
        assert (code, hello["op"], ready["t"], ready["s"], ready["d"]["shard"]) == (None, Op.HELLO, "READY", 1, [1, 2])
        assert ready["d"]["resume_gateway_url"] == fake.gateway_url
        assert (await greeted(fake, {}, version=9))[0] == CloseCode.INVALID_VERSION


async def test_a_silent_connection_is_closed() -> None:
    async with (
        DiscordFake(heartbeat_ms=20) as fake,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{fake.gateway_url}?v=10") as socket,
    ):
        await socket.receive_json()
        assert (await socket.receive()).data == CloseCode.SESSION_TIMED_OUT


async def test_without_the_intent_the_content_of_strangers_is_empty(fake: DiscordFake) -> None:
    guild, alice = fake.guild(), fake.user("alice")
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{fake.gateway_url}?v=10") as socket:
        await socket.receive_json()
        await socket.send_json({"op": Op.IDENTIFY, "d": {"token": fake.token, "intents": 1 << 9}})
        await fake.connected()
        fake.message("secret", alice, guild.channels[0])
        fake.message(f"{fake.world.bot.mention} hello", alice, guild.channels[0])
        fake.message("no intent for that", alice, fake.dm(alice))
        heard = [(await socket.receive_json())["d"] for _ in range(3)]
        assert heard[0]["guilds"] == [{"id": guild.id, "unavailable": True}]
        assert [one["content"] for one in heard[1:]] == ["", f"{fake.world.bot.mention} hello"]


async def test_a_given_clock_decides_on_the_three_seconds() -> None:
    clock = ManualClock()
    async with DiscordFake(clock=clock) as fake, httpx.AsyncClient(base_url=fake.api_url) as api:
        api.headers["Authorization"] = f"Bot {fake.token}"
        one = await asked(fake, api)
        clock.move(3 * SECOND + 1)
        answer = await api.post(f"/interactions/{one.id}/{one.token}/callback", json={"type": 5})
        assert answer.json()["code"] == 10062
