"""Interactions that Discord posts to the web app."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bots.discord.interactions import PATH, Receiver, is_signed, public_key
from bots.discord.messenger import DiscordMessenger
from bots.discord.places import PLATFORM as NAME
from bots.discord.platform import PLATFORM
from bots.service import Service
from core.errors import ConfigError
from core.settings import Settings
from tests.bots.discord.running import is_picture, running
from tests.fakes import working
from tests.fakes.discord import DiscordFake, Guild, Interaction, User, aimed_at
from tests.support import opened
from webhooks.app import create_web_app

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


@dataclass
class Hooked:
    """The web app, and the fake that posts to it."""

    client: httpx.AsyncClient
    fake: DiscordFake

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        stamp = "1764000000"
        signed = {"x-signature-ed25519": KEY.sign(stamp.encode() + body).hex(), "x-signature-timestamp": stamp}
        return await self.client.post(PATH, content=body, headers=signed | headers)

    async def tell(self, asked: Interaction) -> int:
        return (await self.post(json.dumps(asked.payload).encode())).status_code


@pytest.fixture
async def hooked(fake: DiscordFake, settings: Settings) -> AsyncIterator[Hooked]:
    """A process that takes interactions over HTTP only; the commands were registered by another one before."""
    async with running(fake, settings.model_copy(update={"data_dir": settings.data_dir / "other"})):
        pass
    settings = settings.model_copy(update={
        "discord_token": type(settings.discord_token)(fake.token), "discord_api_url": fake.api_url,
        "discord_public_key": PUBLIC,
    })  # fmt: skip
    with aimed_at(fake):
        async with opened(settings) as app, PLATFORM.messenger(app) as messenger:
            app.messengers[NAME] = messenger
            web = create_web_app(app, PLATFORM.routers(app, Service(app)))
            async with (
                working(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://127.0.0.1") as client,
            ):
                yield Hooked(client, fake)


async def test_a_command_becomes_a_picture_without_a_gateway(hooked: Hooked, alice: User, home: Guild) -> None:
    asked = hooked.fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    assert await hooked.tell(asked) == 202
    shown = await asked.original(is_picture)
    again = hooked.fake.press(next(iter(shown.controls)), shown, user=alice)
    assert await hooked.tell(again) == 202
    assert await again.original(is_picture)
    typing = hooked.fake.autocomplete("imagine", "model", {"prompt": "x", "model": "squ"}, user=alice)
    assert await hooked.tell(typing) == 202
    await typing.acked()
    assert [choice["value"] for choice in typing.choices] == ["square"]


async def test_the_same_post_twice_is_one_request(hooked: Hooked, alice: User, home: Guild) -> None:
    asked = hooked.fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    for _ in range(3):
        assert await hooked.tell(asked) == 202
    await asked.original(is_picture)
    assert len([one for one in hooked.fake.messages if one.files]) == 1


async def test_a_ping_is_answered_in_place_without_asking_discord(hooked: Hooked) -> None:
    before = len(hooked.fake.requests)
    answer = await hooked.post(b'{"type": 1, "id": "1", "application_id": "2", "token": "x", "version": 1}')
    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer.headers["content-type"] == "application/json"
    assert len(hooked.fake.requests) == before


@pytest.mark.parametrize("headers", [
    {"x-signature-ed25519": ""}, {"x-signature-ed25519": "00" * 64}, {"x-signature-ed25519": "zz"},
    {"x-signature-ed25519": "00"}, {"x-signature-timestamp": "1764000001"}, {"x-signature-timestamp": ""},
])  # fmt: skip
async def test_what_is_not_signed_by_discord_is_refused(hooked: Hooked, headers: dict[str, str]) -> None:
    assert (await hooked.post(b'{"type": 1}', **headers)).status_code == 401


async def test_unsigned_and_tampered_bodies_are_refused(hooked: Hooked) -> None:
    assert (await hooked.client.post(PATH, content=b'{"type": 1}')).status_code == 401
    stamp = "1764000000"
    headers = {"x-signature-ed25519": KEY.sign(stamp.encode() + b'{"type": 1}').hex(), "x-signature-timestamp": stamp}
    assert (await hooked.client.post(PATH, content=b'{"type": 2}', headers=headers)).status_code == 401
    assert (await hooked.post(b"x" * (2**20 + 1))).status_code == 401


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b'"x"', b"\xff"])
async def test_what_is_signed_but_no_interaction_is_refused(hooked: Hooked, body: bytes) -> None:
    assert (await hooked.post(body)).status_code == 400


@pytest.mark.parametrize("payload", [{}, {"type": 99}, {"type": 2}, {"type": "2", "id": "x"}])
async def test_interactions_of_unknown_kinds_are_survived(hooked: Hooked, alice: User, payload: dict[str, Any]) -> None:
    assert (await hooked.post(json.dumps(payload).encode())).status_code == 202
    asked = hooked.fake.command("about", user=alice)
    assert await hooked.tell(asked) == 202
    assert await asked.original()


async def test_when_discord_cannot_be_reached_discord_is_told(hooked: Hooked, alice: User) -> None:
    asked = hooked.fake.command("about", user=alice)
    hooked.fake.break_down("GET", "/users/@me", 503)
    assert await hooked.tell(asked) == 503
    assert await hooked.tell(asked) == 202
    assert await asked.original()


async def test_without_a_key_there_is_no_address(settings: Settings) -> None:
    async with opened(settings) as app:
        assert PLATFORM.routers(app, Service(app)) == []


@pytest.mark.parametrize("text", ["x", "00" * 31, "00" * 33, "zz" * 32])
def test_an_unusable_key_is_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^DISCORD_PUBLIC_KEY: [^\n]*$"):
        public_key(text)


def test_a_signature_covers_the_timestamp_and_the_body() -> None:
    headers = {"x-signature-ed25519": KEY.sign(b"12" + b"3").hex(), "x-signature-timestamp": "12"}
    assert is_signed(headers, b"3", public_key(PUBLIC))
    assert not is_signed(headers | {"x-signature-timestamp": "1"}, b"3", public_key(PUBLIC))
    assert Receiver.__doc__
    assert DiscordMessenger.__doc__
