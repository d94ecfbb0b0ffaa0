"""How Gemini is reached: the SDK over an HTTP client of ours, without retries, in the version the server knows.

The SDK takes aiohttp as its transport as soon as that is installed, as it is here. Its requests then have no bounds of
ours, and one that was lost on the way is posted again. So an httpx client is pinned.
"""

import math
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
from google import genai
from google.genai.errors import APIError
from google.genai.models import AsyncModels
from google.genai.types import HttpOptions, HttpRetryOptions

from core.providers.gemini.transport import http_client

LEAST_SECONDS = 10
"""Google refuses a request with a shorter deadline than this, and the SDK tells it ours: X-Server-Timeout."""
OTHER_VERSION = "v1beta"
"""Google has every version; servers that only speak its language often have no more than this one."""

_VERSIONED = re.compile(r"(?P<base>.+?)/(?P<version>v\d+[a-z0-9]*)/*")

T = TypeVar("T")


class Connection:
    """One per process. `base_url`: of another server, with or without the version of its API in the end."""

    def __init__(self, api_key: str, base_url: str | None) -> None:
        base, self._version = _split(base_url)
        self._may_differ = base is not None and self._version is None
        tls = httpx.create_ssl_context()  # takes 0.1 s; the SDK would make its own for clients that are never used
        self._http = http_client(tls)
        self._client = genai.Client(
            enterprise=False,  # whatever the environment says
            api_key=api_key,
            http_options=HttpOptions(
                base_url=base, timeout=_milliseconds(LEAST_SECONDS), retry_options=HttpRetryOptions(attempts=1),
                httpx_async_client=self._http,
                client_args={"verify": tls}, async_client_args={"verify": tls, "ssl": tls},
            ),
        )  # fmt: skip

    @property
    def models(self) -> AsyncModels:
        return self._client.aio.models

    async def ask(self, seconds: float, ask: Callable[[HttpOptions], Awaitable[T]]) -> T:
        """Make a request. What another server than Google's does not know in one version it may know in the other."""
        version = self._version
        try:
            return await ask(_options(seconds, version))
        except APIError as error:
            if error.code != 404 or version is not None or not self._may_differ:
                raise
        made = await ask(_options(seconds, OTHER_VERSION))
        self._version = OTHER_VERSION
        return made

    async def close(self) -> None:
        self._client.close()
        await self._client.aio.aclose()
        await self._http.aclose()


def _split(base_url: str | None) -> tuple[str | None, str | None]:
    """The address, and the version that was in its end; none: the SDK's own choice."""
    if base_url is None:
        return None, None
    if found := _VERSIONED.fullmatch(base_url):
        return found["base"], found["version"]
    return base_url, None


def _options(seconds: float, version: str | None) -> HttpOptions:
    return HttpOptions(timeout=_milliseconds(seconds), api_version=version)


def _milliseconds(seconds: float) -> int:
    """A timeout as the SDK takes it, for one read, and never one that Google refuses."""
    return max(LEAST_SECONDS, math.ceil(seconds)) * 1000
