"""Replicate's announcements that a prediction is done, which make whoever waits for it look at once.

What is announced is never believed: it only rings a bell, and the result is asked for over Replicate's own API. So one
that comes twice, late, or for nobody does no harm, and every announcement gets one of two answers that tell nothing.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from core.clock import SECOND, Clock, SystemClock
from core.providers.announcements import Announcements
from core.providers.ports import ProviderError
from core.wire import success
from webhooks.bodies import whole

MAX_BODY = 2**20
NOT_SIGNED = "This is not signed by Replicate."
TOLERANCE_SECONDS = 300
"""https://replicate.com/docs/topics/webhooks/verify-webhook; clocks may be apart either way."""
SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with
SCHEME = "v1"
_SECONDS = re.compile(r"[0-9]{1,12}")

Secret = Callable[[], Awaitable[str]]


def router(announcements: Announcements, secret: Secret, clock: Clock | None = None) -> APIRouter:
    """`POST /webhooks/replicate/{job}`: 200 for what Replicate signed, and 401 for everything else.

    `secret` tells the signing secret, `whsec_...`; it may raise ProviderError.
    """
    routes = APIRouter()
    now = (clock or SystemClock()).now

    @routes.post("/webhooks/replicate/{job}", include_in_schema=False)
    async def announced(job: str, request: Request) -> dict[str, Any]:
        body = await _body(request)
        if not await _is_signed(request.headers, body, secret, now() // SECOND):
            raise HTTPException(401, NOT_SIGNED)
        if (prediction := _prediction(body)) is not None:
            announcements.announced(prediction)
        return success({"received": True}, request.state.request_id)

    return routes


async def _body(request: Request) -> bytes:
    """What cannot be read whole is not signed either, and gets that answer."""
    try:
        return await whole(request, MAX_BODY, NOT_SIGNED)
    except HTTPException as error:
        raise HTTPException(401, NOT_SIGNED, error.headers) from None


async def _is_signed(headers: Mapping[str, str], body: bytes, secret: Secret, now: int) -> bool:
    """Whether one of its signatures is by our secret, and recent. Asks for the secret only if it may be."""
    identity, signed_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split()
    if not (identity and signatures and _is_recent(signed_at, now)):
        return False
    try:
        key = base64.b64decode((await secret()).removeprefix(SECRET_PREFIX), validate=True)
    except (ProviderError, ValueError):
        return False
    if not key:  # with which anybody could sign
        return False
    content = f"{identity}.{signed_at}.".encode() + body
    ours = f"{SCHEME},{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}".encode()
    return any(hmac.compare_digest(ours, theirs.encode()) for theirs in signatures)


def _is_recent(signed_at: str, now: int) -> bool:
    return _SECONDS.fullmatch(signed_at) is not None and abs(now - int(signed_at)) <= TOLERANCE_SECONDS


def _prediction(body: bytes) -> str | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    identity = said.get("id") if isinstance(said, dict) else None
    return identity if isinstance(identity, str) else None
