"""Calls of PayPal's HTTP API, each in bounded time, with a token that is fetched once and renewed before it ends.

A call is tried a second time after a lost connection or a 5xx: each one that changes something carries its own
PayPal-Request-Id, so the second one is answered with what the first one did. No secret gets into an error's text.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from core.payments.ports import GatewayDown, GatewayError

LIVE = "https://api-m.paypal.com"
SANDBOX = "https://api-m.sandbox.paypal.com"
TOTAL_SECONDS = 25.0
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
PAUSE_SECONDS = 0.25
RENEW_SECONDS = 60.0
"""A token is renewed this long before its end."""
MAX_ANSWER = 4 * 2**20
TRIES = 2

Json = dict[str, Any]


class PayPalAway(GatewayDown):
    """PayPal is down, slow or overloaded; whether it has done what was asked is not known."""


class PayPalRefused(GatewayError):
    """PayPal answered, but not as asked. `status` of HTTP, `issues` in PayPal's words, such as INSTRUMENT_DECLINED."""

    def __init__(self, status: int, issues: frozenset[str]) -> None:
        super().__init__(f"PayPal refused (status {status}{''.join(f', {issue}' for issue in sorted(issues))}).")
        self.status = status
        self.issues = issues


class Api:
    """To be closed. `base`: LIVE, SANDBOX, or a server that speaks PayPal's protocol."""

    def __init__(self, client_id: str, secret: str, base: str = "") -> None:
        self.base = (base or LIVE).rstrip("/")
        self._auth = httpx.BasicAuth(client_id, secret)
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)
        self._one_at_a_time = asyncio.Lock()
        self._token = ""
        self._token_until = 0.0

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Raises PayPalAway or PayPalRefused."""
        return await self._call("GET", path, None, {}, query)

    async def post(self, path: str, body: Json | bytes, request_id: str | None = None) -> Json:
        """Done once for each `request_id`. Raises PayPalAway or PayPalRefused."""
        headers = {"content-type": "application/json", "prefer": "return=representation"}
        if request_id is not None:
            headers["paypal-request-id"] = request_id
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self._call("POST", path, data, headers, None)

    async def _call(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str], query: Mapping[str, str] | None
    ) -> Json:
        request = self._client.build_request(method, self.base + path, content=data, headers=headers, params=query)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._authorized(request)
        except TimeoutError as error:
            raise PayPalAway("PayPal took too long.") from error

    async def _authorized(self, request: httpx.Request) -> Json:
        token = await self._fresh_token()
        try:
            return await self._tried(request, token)
        except PayPalRefused as error:
            if error.status != httpx.codes.UNAUTHORIZED:
                raise
        if self._token == token:
            self._token = ""
        return await self._tried(request, await self._fresh_token())

    async def _tried(self, request: httpx.Request, token: str) -> Json:
        request.headers["authorization"] = f"Bearer {token}"
        for _ in range(TRIES - 1):
            try:
                return await self._once(request)
            except PayPalAway:
                await asyncio.sleep(PAUSE_SECONDS)
        return await self._once(request)

    async def _fresh_token(self) -> str:
        """https://developer.paypal.com/api/rest/authentication/"""
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            if not self._token or loop.time() >= self._token_until:
                form = {"grant_type": "client_credentials"}
                request = self._client.build_request("POST", f"{self.base}/v1/oauth2/token", data=form)
                asked = loop.time()
                answer = await self._once(request, self._auth)
                token, seconds = answer.get("access_token"), answer.get("expires_in")
                if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
                    raise PayPalAway("PayPal's token cannot be read.")
                self._token, self._token_until = token, asked + seconds - RENEW_SECONDS
            return self._token

    async def _once(self, request: httpx.Request, auth: httpx.Auth | None = None) -> Json:
        try:
            response = await self._client.send(request, auth=auth, stream=True)
            try:
                body = await _read(response)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PayPalAway(f"PayPal cannot be reached ({type(error).__name__}).") from None
        if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise PayPalAway(f"PayPal has trouble just now (status {response.status_code}).")
        answer = _json(body)
        if not response.is_success:
            raise PayPalRefused(response.status_code, _issues(answer))
        if answer is None:
            raise PayPalAway("PayPal's answer cannot be read.")
        return answer


def segment(value: str) -> str:
    """An id as one part of a path, whatever is in it."""
    return quote(value, safe="")


async def _read(response: httpx.Response) -> bytes:
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > MAX_ANSWER:
            raise PayPalAway(f"PayPal sent more than {MAX_ANSWER:,} bytes.")
    return bytes(data)


def _json(body: bytes) -> Json | None:
    try:
        answer = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _issues(answer: Json | None) -> frozenset[str]:
    """The names only: the sentences beside them may repeat what was sent."""
    details = (answer or {}).get("details")
    found = [detail.get("issue") for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
    names = [*found, (answer or {}).get("name")]
    return frozenset(name for name in names if isinstance(name, str) and name.isascii() and len(name) <= 80)
