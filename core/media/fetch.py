"""Fetch files from other people's servers: from listed places only, with limits of size and time.

What a server says about where a file is must never lead Easel to somewhere else: not into the operator's network, and
not with a secret to a stranger. So an address is compared with a list before anything is sent, and nothing is followed.

FetchError
 ├─ NotAllowed   the address is of no listed place; nothing was sent
 ├─ TooLarge     there is more of it than the limit
 └─ NotFetched   the server could not be reached, was too slow, or gave something else than a file
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx

from core.errors import MediaError
from core.media.checks import MAX_BYTES

SECONDS = 30.0
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
PORTS = {"http": 80, "https": 443}
AS_IT_IS = "identity"
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


class FetchError(MediaError):
    """A file could not be had. `message` names no address."""

    code = "fetch"
    http_status = 502


class NotAllowed(FetchError):
    code = "fetch_not_allowed"
    retryable = False


class TooLarge(FetchError):
    code = "fetch_too_large"
    retryable = False


class NotFetched(FetchError):
    code = "fetch_failed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where files may come from: one scheme, host and port, or with `below` all names below that host."""

    scheme: str
    host: str
    port: int
    below: bool = False

    @classmethod
    def parse(cls, entry: str) -> "Place":
        """`files.example`, `*.files.example` (both https) or an origin: `http://127.0.0.1:8080`. Raises ValueError."""
        below = entry.startswith("*.")
        named = entry.removeprefix("*.")
        try:
            url = httpx.URL(named if "://" in named else f"https://{named}")
        except httpx.InvalidURL as error:
            raise ValueError(f"{entry} is no host and no origin") from error
        if url.scheme not in PORTS or not url.host or url.userinfo or url.path != "/" or url.query or url.fragment:
            raise ValueError(f"{entry} is no host and no origin")
        return cls(url.scheme, _host(url), url.port or PORTS[url.scheme], below)

    def covers(self, url: httpx.URL) -> bool:
        if (url.scheme, url.port or PORTS.get(url.scheme)) != (self.scheme, self.port):
            return False
        host = _host(url)
        if self.below:
            return host.endswith(f".{self.host}") and _NAME.fullmatch(host) is not None
        return host == self.host


def origin(url: str) -> str:
    """Scheme, host and port of an address, as an entry of the list."""
    parsed = httpx.URL(url)
    return str(parsed.copy_with(path="/", query=None, fragment=None, userinfo=b"")).rstrip("/")


class Fetcher:
    """Fetches from `allowed` places, see `Place.parse`. One for a process and a list; to be closed."""

    def __init__(self, allowed: Iterable[str], *, max_bytes: int = MAX_BYTES, seconds: float = SECONDS) -> None:
        self._places = tuple(Place.parse(entry) for entry in allowed)
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        """The whole file. `headers` are sent to that place only, as redirects are not followed. Raises FetchError."""
        target = self._target(url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read(target, headers or {})
        except (httpx.TimeoutException, TimeoutError) as error:
            raise NotFetched("The server of this file is too slow.") from error
        except httpx.HTTPError as error:
            raise NotFetched("The server of this file cannot be reached.") from error

    def _target(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, ValueError) as error:
            raise NotAllowed("This is not an address of a file.") from error
        if target.userinfo or not any(place.covers(target) for place in self._places):
            raise NotAllowed("Easel does not fetch files from there.")
        return target

    async def _read(self, target: httpx.URL, headers: Mapping[str, str]) -> bytes:
        """Uncompressed, as a small file that unpacks to a huge one would pass every limit on what is sent."""
        asked = {**headers, "accept-encoding": AS_IT_IS}
        async with self._client.stream("GET", target, headers=asked) as answer:
            if answer.status_code != httpx.codes.OK:
                raise NotFetched(f"The server of this file answered with {answer.status_code}.")
            if answer.headers.get("content-encoding", AS_IT_IS) != AS_IT_IS:
                raise NotFetched("The server of this file packed it, although it was asked not to.")
            self._check(int(answer.headers.get("content-length", 0)))
            data = bytearray()
            async for chunk in answer.aiter_raw():
                data += chunk
                self._check(len(data))
        return bytes(data)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLarge(f"This file has more than {self._max_bytes:,} bytes.")


def _host(url: httpx.URL) -> str:
    """As it goes to the name server: in ASCII, lower case."""
    return url.raw_host.decode("ascii").lower()
