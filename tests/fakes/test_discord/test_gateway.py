"""The gateway of the fake Discord, over a plain WebSocket."""

import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import DiscordFake
from tests.fakes.discord.session import CloseCode, Op


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
        fake.message("no intent for that", alice, fake.dm(alice))
        fake.message("secret", alice, guild.channels[0])
        fake.message(f"{fake.world.bot.mention} hello", alice, guild.channels[0])
        heard = [(await socket.receive_json())["d"] for _ in range(3)]
        assert heard[0]["guilds"] == [{"id": guild.id, "unavailable": True}]
        assert [one["content"] for one in heard[1:]] == ["", f"{fake.world.bot.mention} hello"]


async def resumed(fake: DiscordFake, session_id: str, sequence: int) -> list[Any]:
    """What the gateway says to a RESUME, after its greeting."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{fake.gateway_url}?v=10") as socket:
        await socket.receive_json()
        wish = {"token": fake.token, "session_id": session_id, "seq": sequence}
        await socket.send_json({"op": Op.RESUME, "d": wish})
        message = await socket.receive()
        return [message.data] if message.type is not aiohttp.WSMsgType.TEXT else [*json.loads(message.data).values()]


@pytest.mark.parametrize(("code", "ended"), [(1000, True), (4000, False)])
async def test_a_session_ends_when_the_bot_says_goodbye(code: int, ended: bool) -> None:
    async with DiscordFake() as fake, aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{fake.gateway_url}?v=10") as socket:
            await socket.receive_json()
            await socket.send_json({"op": Op.IDENTIFY, "d": {"token": fake.token, "intents": 0}})
            ready = await socket.receive_json()
            await socket.close(code=code)
        await fake.settled(lambda: all(one.connection is None for one in fake.gateway.sessions.values()))
        if not ended:
            assert await resumed(fake, ready["d"]["session_id"], 99) == [CloseCode.INVALID_SEQUENCE]
        said = await resumed(fake, ready["d"]["session_id"], 1)
        assert said[:2] == ([Op.INVALID_SESSION, False] if ended else [Op.DISPATCH, {"_trace": []}])
