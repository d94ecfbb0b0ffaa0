"""Sign-in by OIDC with keys over a real socket: who is let in, and each attack by its name."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jwt.algorithms import get_default_algorithms
from structlog.testing import capture_logs

from core.admin.jwks import Jwks
from core.admin.oidc import LEEWAY_SECONDS, MAX_TOKEN, Oidc, role_in
from core.admin.refusals import NotSignedIn
from core.clock import SECOND
from core.log import configure_logging
from tests.fakes.issuer import OURS, Issuer, ec_key, jwk_of, public_pem, rsa_key, serving
from tests.support import ManualClock

REFUSED = "refused"


@dataclass
class Door:
    """An Easel whose operators sign in at `issuer`."""

    issuer: Issuer
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        parties = (OURS, "easel")
        self.oidc = Oidc(self.issuer.url, parties, "public_metadata.role", Jwks(self.issuer.url), self.clock)

    def claims(self, **changes: object) -> dict[str, Any]:
        return self.issuer.claims(self.now, **changes)

    @property
    def now(self) -> int:
        return self.clock.at // SECOND

    async def shown(self, token: str) -> str:
        """The role that a token gets."""
        try:
            return (await self.oidc.actor(token)).role.label
        except NotSignedIn:
            return REFUSED


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with serving() as issuer:
        yield Door(issuer)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """What no honest library would make: any header, signed by HMAC with this secret or not at all."""
    head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{head}.{b64(hmac.digest(secret, head.encode(), hashlib.sha256)) if secret is not None else ''}"


def signed_as_is(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """By the issuer's own key, whatever it is about."""
    head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{head}.{b64(get_default_algorithms()['ES256'].sign(head.encode(), ec_key()))}"


async def test_somebody_who_signed_in_has_the_role_that_the_issuer_says(door: Door) -> None:
    actor = await door.oidc.actor(door.issuer.signed(door.claims(email="ada@example.org\n")))
    assert (actor.id, actor.label, actor.account) == ("oidc:user_2x", "ada@example.org", None)
    for said, role in (
        ({"role": "admin"}, "admin"), ({"role": ["subscriber", "user", 7]}, "subscriber"), ({}, "user"),
        ({"role": "administrator"}, "user"), ({"role": "org:admin"}, "user"), ({"role": 3}, "user"), (None, "user"),
        ("admin", "user"), ({"role": {"admin": True}}, "user"),
    ):  # fmt: skip
        assert await door.shown(door.issuer.signed(door.claims(public_metadata=said))) == role


def test_a_role_may_be_under_a_name_with_dots() -> None:
    claims = {"https://easel.example/role": "Admin", "roles": {"easel": ["user", "admin"]}}
    assert role_in(claims, "https://easel.example/role").label == "admin"
    assert role_in(claims, "roles.easel").label == "admin"
    assert role_in(claims, "roles.easel.admin").label == "user"


async def test_a_rsa_key_signs_as_well(door: Door) -> None:
    door.issuer.keys = [jwk_of(rsa_key(), "rsa", alg="RS256")]
    assert await door.shown(door.issuer.signed(door.claims(), rsa_key(), "rsa")) == "admin"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
async def test_attack_alg_none(door: Door, algorithm: str | None) -> None:
    header = {"alg": algorithm, "kid": "first", "typ": "JWT"}
    assert await door.shown(forged(header, door.claims())) == REFUSED
    assert await door.shown(forged(header, door.claims(), b"")) == REFUSED


@pytest.mark.parametrize("algorithm", [["ES256"], {"ES256": 1}, 5, True])
async def test_attack_an_algorithm_that_is_no_text(door: Door, algorithm: object) -> None:
    assert await door.shown(forged({"alg": algorithm, "kid": "first"}, door.claims())) == REFUSED


async def test_attack_the_public_key_as_a_secret(door: Door) -> None:
    door.issuer.keys = [jwk_of(rsa_key(), "first"), jwk_of(ec_key(), "second")]
    for kid, key in (("first", rsa_key()), ("second", ec_key())):
        pem = public_pem(key)
        for secret in (pem, pem.strip(), b"".join(pem.splitlines()[1:-1]), json.dumps(jwk_of(key, kid)).encode()):
            for algorithm in ("HS256", "HS384", "HS512"):
                assert await door.shown(forged({"alg": algorithm, "kid": kid}, door.claims(), secret)) == REFUSED


@pytest.mark.parametrize(
    "kid",
    ["../../dev/null", "/dev/null", "' OR 1=1 --", "https://evil.example/key", "x" * 5_000, "", "__proto__",
     ["first"], {"first": 1}, 1, None, True],
)  # fmt: skip
async def test_attack_kid_injection(door: Door, kid: object) -> None:
    claims = door.claims()
    assert await door.shown(forged({"alg": "HS256", "kid": kid}, claims, b"")) == REFUSED
    token = door.issuer.signed(claims, ec_key(1), str(kid) if kid else None)
    assert await door.shown(token) == REFUSED


async def test_attack_a_token_that_brings_its_own_key(door: Door) -> None:
    theirs = ec_key(1)
    for header in (
        {"jwk": jwk_of(theirs, "first")}, {"jku": f"{door.issuer.url}/evil"}, {"x5u": f"{door.issuer.url}/evil"},
        {"crit": ["exp"], "exp": 1},
    ):  # fmt: skip
        assert await door.shown(door.issuer.signed(door.claims(), theirs, **header)) == REFUSED
    assert "/evil" not in door.issuer.asked


async def test_attack_a_good_token_with_demands(door: Door) -> None:
    """Whatever is critical about it, we do not know of: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11"""
    head = {"alg": "ES256", "kid": "first", "crit": ["b64"], "b64": True}
    assert await door.shown(signed_as_is(head, door.claims())) == REFUSED
    assert await door.shown(signed_as_is({"alg": "ES256", "kid": "first"}, door.claims())) == "admin"


async def test_attack_another_algorithm_than_the_key_is_for(door: Door) -> None:
    door.issuer.keys = [jwk_of(rsa_key(), "first")]
    assert await door.shown(door.issuer.signed(door.claims(), ec_key())) == REFUSED
    signed = door.issuer.signed(door.claims(), rsa_key())
    _, claims, signature = signed.split(".")
    for algorithm in ("PS256", "RS512", "RS384", "ES256"):
        head = b64(json.dumps({"alg": algorithm, "kid": "first"}).encode())
        assert await door.shown(f"{head}.{claims}.{signature}") == REFUSED


async def test_attack_an_altered_claim_under_a_good_signature(door: Door) -> None:
    head, _, signature = door.issuer.signed(door.claims(public_metadata={"role": "user"})).split(".")
    raised = b64(json.dumps(door.claims()).encode())
    assert await door.shown(f"{head}.{raised}.{signature}") == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"iss": ["x"]},
        {"azp": "https://evil.example"}, {"azp": None}, {"azp": [OURS]},
        {"aud": "another-app"}, {"aud": ["another-app"]}, {"aud": []}, {"aud": ""}, {"aud": {"easel": 1}},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "a\nb"}, {"sub": "x" * 300},
        {"exp": None}, {"exp": "tomorrow"}, {"exp": True}, {"exp": 1e300}, {"exp": -1},
        {"nbf": "now"}, {"iat": []},
    ],
)  # fmt: skip
async def test_attack_wrong_claims_under_a_good_signature(door: Door, changes: dict[str, object]) -> None:
    claims = {name: value for name, value in (door.claims() | changes).items() if value is not None}
    assert await door.shown(signed_as_is({"alg": "ES256", "kid": "first"}, claims)) == REFUSED


async def test_an_audience_counts_before_the_party_that_it_was_given_to(door: Door) -> None:
    assert await door.shown(door.issuer.signed(door.claims(aud=["other", "easel"], azp="client-7"))) == "admin"
    assert await door.shown(door.issuer.signed(door.claims(aud="other"))) == REFUSED


async def test_attack_a_token_for_us_that_another_site_was_given(door: Door) -> None:
    assert await door.shown(door.issuer.signed(door.claims(aud="easel", azp="https://evil.example"))) == REFUSED
    assert await door.shown(door.issuer.signed(door.claims(aud="easel", azp=OURS))) == "admin"


async def test_attack_an_expired_token(door: Door) -> None:
    token = door.issuer.signed(door.claims())
    door.clock.move((60 + LEEWAY_SECONDS - 1) * SECOND)
    assert await door.shown(token) == "admin"
    door.clock.move(SECOND)
    assert await door.shown(token) == REFUSED


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_attack_a_token_from_the_future(door: Door, claim: str) -> None:
    late = door.now + LEEWAY_SECONDS
    assert await door.shown(door.issuer.signed(door.claims(**{claim: late, "exp": late + 60}))) == "admin"
    assert await door.shown(door.issuer.signed(door.claims(**{claim: late + 1, "exp": late + 60}))) == REFUSED


@pytest.mark.parametrize(
    "token",
    ["..", "a.b.c", "e30.e30.", "e30.e30", "e30.e30.e30.e30.e30", "bnVsbA.bnVsbA.x", "W10.W10.x", "é.é.é", ".", "",
     b64(b'{"a":' * 900) + ".e30.", "x." + "y" * MAX_TOKEN + ".z"],
)  # fmt: skip
async def test_attack_tokens_that_are_none(door: Door, token: str) -> None:
    assert await door.shown(token) == REFUSED
    assert door.issuer.asked == []


async def test_attack_a_huge_token_costs_no_call_and_no_signature(door: Door) -> None:
    token = door.issuer.signed(door.claims(filler="x" * 60_000))
    assert await door.shown(token) == REFUSED
    assert door.issuer.asked == []


async def test_a_refused_token_is_in_the_log_by_its_reason_only(door: Door) -> None:
    token = door.issuer.signed(door.claims(azp="https://evil.example"))
    configure_logging("INFO")
    with capture_logs() as lines, pytest.raises(NotSignedIn) as refused:
        await door.oidc.actor(token)
    assert [(line["event"], line["reason"]) for line in lines] == [("sign-in refused", "audience")]
    assert "audience" not in refused.value.message
