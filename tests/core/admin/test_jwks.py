"""The keys of whoever signs people in: rotated, gone, flooded and forged."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from core.admin.jwks import (
    GOOD_SECONDS,
    KEPT_SECONDS,
    MAX_BYTES,
    MAX_KEYS,
    PAUSE_SECONDS,
    RETRY_SECONDS,
    SEARCHES,
    TOTAL_SECONDS,
    Jwks,
    is_safe,
    keys_in,
)  # fmt: skip
from core.admin.refusals import IssuerAway
from tests.fakes.issuer import Issuer, ec_key, jwk_of, rsa_key, serving


class Ticks:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with serving() as issuer:
        yield issuer


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def jwks(issuer: Issuer, ticks: Ticks) -> Jwks:
    return Jwks(issuer.url, ticks=ticks)


async def test_keys_are_found_by_discovery_once_for_many_at_a_time(issuer: Issuer, jwks: Jwks) -> None:
    found = await asyncio.gather(*(jwks.find("first") for _ in range(10)))
    assert all(known is not None and known[0] == "ES256" for known in found)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_an_address_of_keys_makes_discovery_needless(issuer: Issuer) -> None:
    assert await Jwks(issuer.url, f"{issuer.url}/keys").find("first") is not None
    assert issuer.asked == ["/keys"]


async def test_a_rotated_key_is_found_at_once_and_the_old_one_is_gone(issuer: Issuer, jwks: Jwks) -> None:
    await jwks.find("first")
    issuer.keys = [jwk_of(ec_key(1), "second")]
    assert await jwks.find("second") is not None
    assert await jwks.find("first") is None


async def test_attack_made_up_key_ids_make_few_calls_a_minute(issuer: Issuer, jwks: Jwks, ticks: Ticks) -> None:
    for number in range(50):
        assert await jwks.find(f"made-up-{number}") is None
    assert issuer.asked.count("/keys") == 1 + SEARCHES
    ticks.at += PAUSE_SECONDS
    assert await jwks.find("made-up") is None
    assert issuer.asked.count("/keys") == 2 + SEARCHES


async def test_keys_are_read_anew_after_an_hour(issuer: Issuer, jwks: Jwks, ticks: Ticks) -> None:
    await jwks.find("first")
    issuer.keys = []
    ticks.at += KEPT_SECONDS
    assert await jwks.find("first") is not None
    ticks.at += 1
    assert await jwks.find("first") is None


async def test_without_its_server_known_keys_are_good_for_a_day(issuer: Issuer, jwks: Jwks, ticks: Ticks) -> None:
    await jwks.find("first")
    issuer.down = True
    ticks.at += GOOD_SECONDS
    assert await jwks.find("first") is not None
    ticks.at += 1
    with pytest.raises(IssuerAway):
        await jwks.find("first")


async def test_a_server_that_is_down_is_asked_again_soon_but_not_at_once(
    issuer: Issuer, jwks: Jwks, ticks: Ticks
) -> None:
    issuer.down = True
    for _ in range(5):
        with pytest.raises(IssuerAway):
            await jwks.find("first")
    assert len(issuer.asked) == 1
    issuer.down = False
    ticks.at += RETRY_SECONDS
    assert await jwks.find("first") is not None


async def test_attack_while_the_server_hangs_callers_do_not_queue_for_one_timeout_each(ticks: Ticks) -> None:
    asked: list[str] = []

    async def hangs(url: str) -> bytes:
        asked.append(url)
        await asyncio.sleep(0)
        ticks.at += TOTAL_SECONDS
        raise IssuerAway

    jwks = Jwks("https://issuer.example", "https://issuer.example/keys", hangs, ticks)
    found = await asyncio.gather(*(jwks.find(f"k{number}") for number in range(10)), return_exceptions=True)
    assert {type(each) for each in found} == {IssuerAway}
    assert len(asked) == 1


async def test_nobody_there_is_the_same_as_down() -> None:
    with pytest.raises(IssuerAway):
        await Jwks("http://127.0.0.1:1").find("first")


@pytest.mark.parametrize("discovery", [{"issuer": "https://evil.example"}, {"jwks_uri": "http://evil.example/keys"},
                                       {"jwks_uri": "file:///etc/passwd"}, {"jwks_uri": None}])  # fmt: skip
async def test_attack_a_discovery_document_that_leads_elsewhere(
    issuer: Issuer, jwks: Jwks, discovery: dict[str, object]
) -> None:
    issuer.discovery = discovery
    with pytest.raises(IssuerAway):
        await jwks.find("first")
    assert "/keys" not in issuer.asked


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"keys": {}}', b"null", b"[" * 100_000, b"x" * (MAX_BYTES + 1), b"\xff"],
)
async def test_attack_a_list_of_keys_that_is_none(issuer: Issuer, jwks: Jwks, body: bytes) -> None:
    issuer.body = body
    with pytest.raises(IssuerAway):
        await jwks.find("first")


def test_attack_hostile_keys_are_not_there() -> None:
    good, rsa = jwk_of(ec_key(), "good"), jwk_of(rsa_key(), "rsa")
    hostile: list[object] = [
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}, {"kty": "oct", "kid": "as-rsa", "k": "eA", "alg": "RS256"},
        rsa | {"kid": "hmac", "alg": "HS256"}, rsa | {"kid": "encrypts", "use": "enc"}, rsa | {"kid": "no-n", "n": ""},
        jwk_of(rsa_key(0, 1_024), "short"), good | {"kid": "off-curve", "x": good["y"]}, {"kty": "EC", "kid": "empty"},
        good | {"kid": "curve", "crv": "P-384"}, {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": good["x"]},
        rsa | {"kid": 7}, rsa | {"kid": None}, None, 3, "x", [], {}, {"kid": "x"}, good, jwk_of(ec_key(1), "good"),
    ]  # fmt: skip
    found = keys_in(json.dumps({"keys": hostile}).encode())
    assert set(found) == {"good"}
    assert found["good"][1] == ec_key().public_key()


def test_no_more_keys_are_read_than_anybody_has() -> None:
    key = jwk_of(ec_key(), "")
    many = [key | {"kid": str(number)} for number in range(MAX_KEYS + 1)]
    assert len(keys_in(json.dumps({"keys": many}).encode())) == MAX_KEYS


@pytest.mark.parametrize(
    ("url", "fits"),
    [("https://a.example/k", True), ("http://127.0.0.1:1/k", True), ("http://a.example/k", False), ("https://", False),
     ("ftp://127.0.0.1/", False), ("http://[", False), ("http://127.0.0.1@evil.example/", False)],
)  # fmt: skip
def test_keys_come_over_tls_or_from_this_machine(url: str, fits: bool) -> None:
    assert is_safe(url) is fits
