"""The certificates that sign notices: fetched only from PayPal's own addresses, and believed only by their chain."""

import asyncio
import re
import warnings
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import certifi
import httpx
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import Certificate, DNSName, load_pem_x509_certificate, load_pem_x509_certificates
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from core.clock import Clock, to_datetime
from core.payments.paypal.api import PayPalAway
from core.payments.ports import Forged

MAX_BYTES = 64 * 2**10
MAX_KEPT = 8
MAX_WAITING = 8
"""Certificates that are fetched one after the other: the addresses are in notices that anybody can write."""
TIMEOUT = httpx.Timeout(5.0)
TOTAL_SECONDS = 10.0
PATH = r"/v1/notifications/certs/CERT-[A-Za-z0-9]+(?:-[A-Za-z0-9]+){0,5}"
MAX_URL = 200
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

Fetch = Callable[[str], Awaitable[bytes]]
"""What is at a URL. Raises Forged if nothing is, PayPalAway if that is not known."""


class Certificates:
    """`sandbox`: whose deliveries are awaited; the other's are refused. `roots`: trusted, and intermediates."""

    def __init__(
        self, clock: Clock, fetch: Fetch, roots: Iterable[Certificate] | None = None, *, sandbox: bool
    ) -> None:
        part = ".sandbox" if sandbox else ""
        self._url = re.compile(rf"https://api(?:-m)?{re.escape(part)}\.paypal\.com(?::443)?{PATH}", re.ASCII)
        self._name = DNSName(f"messageverificationcerts{part}.paypal.com")
        self._clock = clock
        self._fetch = fetch
        self._roots = list(certifi_roots() if roots is None else roots)
        self._kept: OrderedDict[str, list[Certificate]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0

    async def close(self) -> None:
        self._kept.clear()

    async def key(self, url: str) -> CertificatePublicKeyTypes:
        """The public key of the certificate there, if it is PayPal's today. Raises Forged or PayPalAway."""
        if len(url) > MAX_URL or not self._url.fullmatch(url):
            raise Forged("The notice's certificate is not at PayPal.")
        chain = self._kept.get(url) or await self._new(url)
        self._verify(chain)
        self._kept[url] = chain
        self._kept.move_to_end(url)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return chain[0].public_key()

    async def _new(self, url: str) -> list[Certificate]:
        """Known ones never wait for it, so that nobody who makes up addresses keeps PayPal's notices waiting."""
        if self._waiting >= MAX_WAITING:
            raise PayPalAway("Too many unknown certificates at once.")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return self._kept.get(url) or _chain(await self._fetch(url))
        finally:
            self._waiting -= 1

    def _verify(self, chain: list[Certificate]) -> None:
        anchors = [each for each in self._roots if each.issuer == each.subject]
        between = [each for each in self._roots if each.issuer != each.subject]
        policy = PolicyBuilder().store(Store(anchors)).time(to_datetime(self._clock.now()))
        try:
            policy.build_server_verifier(self._name).verify(chain[0], chain[1:] + between)
        except VerificationError:
            raise Forged("The notice's certificate is not PayPal's, or not of today.") from None


def certifi_roots() -> list[Certificate]:
    """The usual authorities, without those whose certificate breaks the rules (RFC 5280), as one with a serial of 0."""
    found = []
    for text in PEM.findall(Path(certifi.where()).read_bytes()):
        with warnings.catch_warnings(), suppress(ValueError, CryptographyDeprecationWarning):
            warnings.simplefilter("error", CryptographyDeprecationWarning)
            found.append(load_pem_x509_certificate(text))
    return found


async def fetched(url: str) -> bytes:
    """By HTTPS, without following redirects, and not more than a certificate needs."""
    try:
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"accept-encoding": "identity"}) as response,
        ):
            data = bytearray()
            async for piece in response.aiter_raw():  # what is packed nevertheless is no certificate, and no bomb
                data += piece
                if len(data) > MAX_BYTES:
                    raise Forged("The notice's certificate is too long.")
    except (httpx.HTTPError, TimeoutError) as error:
        raise PayPalAway(f"PayPal's certificate cannot be fetched ({type(error).__name__}).") from None
    if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise PayPalAway(f"PayPal's certificate cannot be fetched (status {response.status_code}).")
    if response.status_code != httpx.codes.OK:
        raise Forged("There is no such certificate.")
    return bytes(data)


def _chain(pem: bytes) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise Forged("The notice's certificate cannot be read.") from None
