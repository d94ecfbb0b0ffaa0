"""The keys of whoever signs people in: fetched, kept for an hour, and fetched anew when a new one has been used.

What is fetched is not trusted further than it must be: it has a limit in bytes and in keys, redirects are not followed,
and keys that are not RSA or P-256 signing keys of a fit size are not there. Nothing in a token says where keys are.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from core.admin.refusals import IssuerAway
from core.log import logger
from core.settings import LOOPBACK

DISCOVERY = "/.well-known/openid-configuration"
"""https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig"""
TIMEOUT = httpx.Timeout(5.0)
TOTAL_SECONDS = 10.0
MAX_BYTES = 256 * 2**10
MAX_KEYS = 100
KEPT_SECONDS = 3_600.0
GOOD_SECONDS = 24 * 3_600.0
"""For so long keys are believed while their server does not answer."""
SEARCHES = 5
PAUSE_SECONDS = 60.0
"""Unknown keys, which anybody can name, are looked for so often in this time: one just rotated in is found at once."""
RETRY_SECONDS = 5.0
RSA_BITS = range(2_048, 8_193)
PublicKey = RSAPublicKey | EllipticCurvePublicKey
Fetch = Callable[[str], Awaitable[bytes]]
"""What is at an address. Raises IssuerAway."""
Keys = dict[str, tuple[str, PublicKey]]
"""By key id: the one algorithm that it is for, and the key."""


class Jwks:
    """The keys of one issuer. `url`: where they are; "": its discovery document says so. `ticks`: seconds."""

    def __init__(
        self, issuer: str, url: str = "", fetch: Fetch | None = None, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._url = url
        self._fetch = fetch or fetched
        self._ticks = ticks
        self._keys: Keys = {}
        self._read_at = float("-inf")
        self._next_try = float("-inf")
        self._searches: deque[float] = deque(maxlen=SEARCHES)
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str) -> tuple[str, PublicKey] | None:
        """The algorithm and the key of this id; None if the issuer has none. Raises IssuerAway."""
        if kid not in self._keys or self._age() > KEPT_SECONDS:
            async with self._one_at_a_time:
                await self._refresh(kid)
        if self._age() > GOOD_SECONDS:
            raise IssuerAway
        return self._keys.get(kid)

    def _age(self) -> float:
        return self._ticks() - self._read_at

    async def _refresh(self, kid: str) -> None:
        """Unless somebody has just done so."""
        if self._ticks() < self._next_try or (kid in self._keys and self._age() <= KEPT_SECONDS):
            return
        if self._age() <= KEPT_SECONDS and not self._may_search():
            return
        try:
            self._keys = keys_in(await self._fetch(self._url or await self._discovered()))
        except IssuerAway:
            self._next_try = self._ticks() + RETRY_SECONDS  # from its end: who waited meanwhile does not try as well
            logger().warning("sign-in keys not fetched", issuer=self._issuer)
            return
        self._read_at = self._ticks()

    def _may_search(self) -> bool:
        """Count one more search for a key that is not among those of this hour, if there were not too many."""
        now = self._ticks()
        if len(self._searches) == SEARCHES and now < self._searches[0] + PAUSE_SECONDS:
            return False
        self._searches.append(now)
        return True

    async def _discovered(self) -> str:
        """Where the issuer says that its keys are. Raises IssuerAway."""
        found = _json(await self._fetch(self._issuer.rstrip("/") + DISCOVERY))
        url = found.get("jwks_uri") if isinstance(found, dict) else None
        if isinstance(url, str) and found.get("issuer") == self._issuer and is_safe(url):
            return url
        logger().error("OIDC_ISSUER names itself otherwise, or its keys are not at an https address")
        raise IssuerAway


def keys_in(body: bytes) -> Keys:
    """The keys of a JWKS that can be used. Raises IssuerAway when it is none."""
    found = _json(body)
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise IssuerAway
    keys: Keys = {}
    for each in listed[:MAX_KEYS]:
        kid = each.get("kid") if isinstance(each, dict) else None
        if isinstance(kid, str) and kid not in keys and (key := _public(each)) is not None:
            keys[kid] = key
    return keys


def _public(each: dict[str, Any]) -> tuple[str, PublicKey] | None:
    """A public key and the only algorithm it may be used with. Secret keys (`oct`) are none."""
    algorithm = {"RSA": "RS256", "EC": "ES256"}.get(str(each.get("kty")))
    if algorithm is None or each.get("alg", algorithm) != algorithm or each.get("use", "sig") != "sig":
        return None
    try:
        key = PyJWK(each, algorithm).key
    except (PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS:
        return algorithm, key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return algorithm, key
    return None


def is_safe(url: str) -> bool:
    """https, or http on this machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False


async def fetched(url: str) -> bytes:
    """What is at an address. Raises IssuerAway."""
    body = bytearray()
    try:
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise IssuerAway
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise IssuerAway
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise IssuerAway from None
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise IssuerAway from None
