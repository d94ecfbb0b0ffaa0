"""Signed calls of Cloudinary's upload API (https://cloudinary.com/documentation/image_upload_api_reference).

The SDK signs, httpx sends. The SDK's own uploader is synchronous and has no timeout: it would have to run in a thread,
and a thread that hangs can be neither cancelled nor waited for when Easel stops.

A call is tried twice: uploads overwrite and deletions are happy to find nothing, so doing either again does no harm.
After a failure nobody asks for a while, so that an outage costs one job fifteen seconds and not every job.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
from cloudinary.utils import api_sign_request  # type: ignore[import-untyped]  # the SDK has no types

from core.cloudinary_url import CloudinaryAccount
from core.errors import MediaError

TOTAL_SECONDS = 15.0
TIMEOUT = httpx.Timeout(6.0, connect=3.0)
PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0
REST_SECONDS = 30.0
MAX_ANSWER = 2**20
RATE_LIMITED = frozenset({420, 429})

File = tuple[str, bytes, str]
"""Name, content, type."""


class CloudinaryAway(MediaError):
    """Cloudinary is down, slow or overloaded. `pause`: seconds it wants to be left alone."""

    code = "cloudinary_away"

    def __init__(self, message: str, pause: float = PAUSE_SECONDS) -> None:
        super().__init__(message)
        self.pause = pause


class CloudinaryRefused(MediaError):
    """Cloudinary answered, but not as asked. The same call would be refused again."""

    code = "cloudinary_refused"
    retryable = False


class CloudinaryApi:
    """`now` is the machine's time in seconds: a signature is good for an hour of it."""

    def __init__(
        self, account: CloudinaryAccount, client: httpx.AsyncClient, now: Callable[[], float] = time.time
    ) -> None:
        self._account = account
        self._client = client
        self._now = now
        self._rests_until = 0.0

    async def call(self, action: str, values: dict[str, str], file: File | None = None) -> dict[str, Any]:
        """The answer of one action, such as `upload`. Raises CloudinaryAway or CloudinaryRefused."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            raise CloudinaryAway("Cloudinary could not be reached a moment ago.")
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._twice(action, values, file)
        except (CloudinaryAway, TimeoutError) as error:
            self._rests_until = loop.time() + REST_SECONDS
            if isinstance(error, CloudinaryAway):
                raise
            raise CloudinaryAway("Cloudinary took too long.") from error

    async def _twice(self, action: str, values: dict[str, str], file: File | None) -> dict[str, Any]:
        try:
            return await self._once(action, values, file)
        except CloudinaryAway as error:
            if error.pause > LONGEST_PAUSE_SECONDS:
                raise
            await asyncio.sleep(error.pause)
        return await self._once(action, values, file)

    async def _once(self, action: str, values: dict[str, str], file: File | None) -> dict[str, Any]:
        url, form = self._account.endpoint(action), self._signed(values)
        try:
            async with self._client.stream("POST", url, data=form, files={"file": file} if file else None) as response:
                body = await read_at_most(response, MAX_ANSWER)
        except httpx.HTTPError as error:
            raise CloudinaryAway(f"Cloudinary cannot be reached ({type(error).__name__}).") from error
        if response.status_code in RATE_LIMITED or response.is_server_error:
            raise CloudinaryAway(f"Cloudinary answered {response.status_code}.", _pause(response))
        return _answer(response.status_code, body)

    def _signed(self, values: dict[str, str]) -> dict[str, str]:
        values = values | {"timestamp": str(int(self._now()))}
        signature = api_sign_request(values, self._account.secret)
        return values | {"signature": signature, "api_key": self._account.key}


async def read_at_most(response: httpx.Response, limit: int) -> bytes:
    """The body. Raises CloudinaryRefused when it is longer."""
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise CloudinaryRefused(f"Cloudinary sent more than {limit:,} bytes.")
    return bytes(data)


def _answer(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if status == httpx.codes.UNAUTHORIZED:
        raise CloudinaryRefused("Cloudinary does not accept the key, the secret or the clock of this machine.")
    if not isinstance(answer, dict):
        raise CloudinaryRefused(f"Cloudinary's answer cannot be read (status {status}).")
    if status != httpx.codes.OK:
        raise CloudinaryRefused(f"Cloudinary refused (status {status}).")
    return answer


def _pause(response: httpx.Response) -> float:
    """What Retry-After says in seconds; a date is always too long to wait for."""
    said = response.headers.get("retry-after", "")
    if not said:
        return PAUSE_SECONDS
    return float(said) if said.isascii() and said.isdigit() else LONGEST_PAUSE_SECONDS + 1
