"""A sign-in service over HTTP, as Clerk or Keycloak is: discovery, its public keys, and the tokens it signs."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.fakes.serving import serve

OURS = "https://easel.example.org"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int = 0, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """Slow to make, so made once."""
    return rsa.generate_private_key(65_537, bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: Private) -> bytes:
    """As anybody may have it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk_of(key: Private, kid: str, **more: object) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": kid, "use": "sig", **more}


class Issuer:
    """`keys`: those it publishes. `down`: it answers 503. `body`: sent instead of keys. `asked`: paths, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: list[dict[str, Any]] = [jwk_of(ec_key(), "first")]
        self.down = False
        self.body: bytes | None = None
        self.discovery: dict[str, Any] = {}
        self.asked: list[str] = []

    def claims(self, now: int, **changes: object) -> dict[str, Any]:
        """What a signed-in admin's token says; None takes a claim away."""
        claims: dict[str, Any] = {
            "iss": self.url, "sub": "user_2x", "azp": OURS, "iat": now, "nbf": now, "exp": now + 60,
            "public_metadata": {"role": "admin"},
        }  # fmt: skip
        return {name: value for name, value in (claims | changes).items() if value is not None}

    @staticmethod
    def signed(claims: Mapping[str, Any], key: Private | None = None, kid: str | None = "first", **header: Any) -> str:
        key = key or ec_key()
        named = {} if kid is None else {"kid": kid}
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(dict(claims), key, algorithm, headers={**named, **header})

    async def describe(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return self._answer(json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.discovery).encode())

    async def publish(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return self._answer(json.dumps({"keys": self.keys}).encode() if self.body is None else self.body)

    def _answer(self, body: bytes) -> web.Response:
        return web.Response(status=503) if self.down else web.Response(body=body, content_type="application/json")


@asynccontextmanager
async def serving() -> AsyncIterator[Issuer]:
    """Listens on a free port of this machine."""
    issuer, site = Issuer(), web.Application()
    site.router.add_get("/.well-known/openid-configuration", issuer.describe)
    site.router.add_get("/keys", issuer.publish)
    runner, issuer.url = await serve(site)
    try:
        yield issuer
    finally:
        await runner.cleanup()
