"""Deliveries over HTTP: signed requests to the app's address.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.deliveries import Attempt, Sort
from tests.fakes.slack.model import Json

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class HttpMode:
    """Posts to `url`. Tests may set another `secret`, or a `skew` of the timestamp in seconds."""

    def __init__(self, secret: str, ack_seconds: float) -> None:
        self.url: str | None = None
        self.secret = secret
        self.skew = 0
        self.ack_seconds = ack_seconds

    async def send(self, sort: Sort, payload: Json, attempt: Attempt) -> None:
        body, content_type = _encoded(sort, payload)
        await self._post(body, content_type, attempt)

    async def verify_url(self, token: str) -> bool:
        """Whether the address echoes the challenge, as Slack asks before it takes an address."""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        attempt = Attempt(0)
        asked = {"token": token, "challenge": challenge, "type": "url_verification"}
        await self._post(json.dumps(asked), JSON, attempt)
        echoed = attempt.answer.get("challenge") if isinstance(attempt.answer, dict) else attempt.answer
        return attempt.acked and echoed == challenge

    async def _post(self, body: str, content_type: str, attempt: Attempt) -> None:
        assert self.url is not None
        started = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self.url, data=body.encode(), headers=self._headers(body, content_type, attempt),
                    allow_redirects=False,
                ) as response,
            ):  # fmt: skip
                attempt.answer = await _read(response)
                attempt.took, attempt.status = time.monotonic() - started, response.status
                attempt.failure = None if response.status < HTTPStatus.MULTIPLE_CHOICES else "http_error"
                attempt.final = response.headers.get("X-Slack-No-Retry") == "1"
        except TimeoutError:
            attempt.failure = "http_timeout"
        except aiohttp.ClientError:
            attempt.failure = "connection_failed"

    def _headers(self, body: str, content_type: str, attempt: Attempt) -> dict[str, str]:
        timestamp = str(int(time.time()) + self.skew)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.secret, timestamp, body),
        }
        if attempt.number:
            headers |= {
                "X-Slack-Retry-Num": str(attempt.number),
                "X-Slack-Retry-Reason": attempt.reason or "http_error",
            }
        return headers


def signature(secret: str, timestamp: str, body: str) -> str:
    """`v0=` and the HMAC-SHA256 of version, timestamp and body."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def _encoded(sort: Sort, payload: Json) -> tuple[str, str]:
    match sort:
        case "events_api":
            return json.dumps(payload), JSON
        case "slash_commands":
            return urlencode(payload), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), FORM


async def _read(response: aiohttp.ClientResponse) -> Any:
    text = await response.text()
    if response.content_type == JSON and text:
        return json.loads(text)
    return text
