"""Who signed a notice, found out offline: PayPal's signature covers `id|time|webhook id|CRC-32 of the body`.

A CRC-32 can be forged, so a right signature proves only that PayPal sent something at that time. Headers are never
logged and never part of an error. https://developer.paypal.com/api/rest/webhooks/rest/
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from core.clock import DAY, MINUTE, SECOND, Clock
from core.payments.paypal.api import Api
from core.payments.paypal.certificates import Certificates
from core.payments.ports import Forged

MAX_BODY = 2**20
MAX_AGE = 5 * DAY
"""PayPal repeats a delivery for three days."""
MAX_AHEAD = 10 * MINUTE
ALGORITHM = "SHA256withRSA"

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


class Check(Protocol):
    async def verified(self, headers: Mapping[str, str], body: bytes) -> str:
        """The signed id of the delivery. Raises Forged, or GatewayError when it cannot be checked just now."""

    async def close(self) -> None: ...


class Offline:
    """By the certificate that the delivery names, if it is one of PayPal's."""

    def __init__(self, webhook_id: str, certificates: Certificates, clock: Clock) -> None:
        self._webhook_id = webhook_id
        self._certificates = certificates
        self._clock = clock

    async def close(self) -> None:
        await self._certificates.close()

    async def verified(self, headers: Mapping[str, str], body: bytes) -> str:
        delivery, sent = _read(headers, body, self._webhook_id, self._clock)
        signature = _signature(headers.get("paypal-transmission-sig", ""))
        key = await self._certificates.key(headers.get("paypal-cert-url", ""))
        message = f"{delivery}|{sent}|{self._webhook_id}|{zlib.crc32(body)}".encode()
        if not isinstance(key, RSAPublicKey):
            raise Forged("The notice's certificate is of another kind.")
        try:
            key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise Forged("The notice's signature is wrong.") from None
        _must_be_json(body)  # last: what nobody signed is not worth the work of reading a megabyte
        return delivery


class Online:
    """By asking the API at the operator's own base URL, whose certificates nobody else knows."""

    def __init__(self, webhook_id: str, api: Api, clock: Clock) -> None:
        self._webhook_id = webhook_id
        self._api = api
        self._clock = clock

    async def close(self) -> None:
        """The API is closed by whoever made it."""

    async def verified(self, headers: Mapping[str, str], body: bytes) -> str:
        delivery, sent = _read(headers, body, self._webhook_id, self._clock)
        asked = {
            "auth_algo": ALGORITHM, "cert_url": headers.get("paypal-cert-url", ""), "transmission_id": delivery,
            "transmission_sig": headers.get("paypal-transmission-sig", ""), "transmission_time": sent,
            "webhook_id": self._webhook_id,
        }  # fmt: skip
        _must_be_json(body)
        # Encoding the event anew would change its bytes, which are what was signed.
        question = json.dumps(asked)[:-1].encode() + b', "webhook_event": ' + body + b"}"
        answer = await self._api.post("/v1/notifications/verify-webhook-signature", question)
        if answer.get("verification_status") != "SUCCESS":
            raise Forged("The notice's signature is wrong.")
        return delivery


def _read(headers: Mapping[str, str], body: bytes, webhook_id: str, clock: Clock) -> tuple[str, str]:
    """The delivery's id and time, if all that can be seen at a glance is right. Raises Forged."""
    if not webhook_id:
        raise Forged("No webhook id is set, so no notice is ours.")
    if len(body) > MAX_BODY:
        raise Forged("The notice is too long.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Forged("The notice is not JSON.")
    if headers.get("paypal-auth-algo") != ALGORITHM:
        raise Forged("The notice is signed in another way.")
    delivery, sent = headers.get("paypal-transmission-id", ""), headers.get("paypal-transmission-time", "")
    if not _ID.fullmatch(delivery) or not _TIME.fullmatch(sent):
        raise Forged("The notice has no id or time.")
    try:
        at = round(datetime.fromisoformat(sent).timestamp() * SECOND)
    except ValueError:
        raise Forged("The notice cannot be read.") from None
    if not -MAX_AHEAD <= clock.now() - at <= MAX_AGE:
        raise Forged("The notice is too old, or of the future.")
    return delivery, sent


def _must_be_json(body: bytes) -> None:
    """In UTF-8 only: in UTF-16 it could read as something else to the API that is asked about it. Raises Forged."""
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Forged("The notice cannot be read.") from None


def _signature(text: str) -> bytes:
    """Exactly as it is written: other spellings of the same bytes are refused. Raises Forged."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or base64.b64encode(found).decode() != text:
        raise Forged("The notice's signature cannot be read.")
    return found
