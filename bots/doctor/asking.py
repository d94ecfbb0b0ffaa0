"""Ask a server one question: bounded in time and size, without redirects, and without a secret in any error."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from core.errors import EaselError

MOST_BYTES = 2**21
CONNECTIONS = 20


class Unanswered(EaselError):
    """Nobody answered, or with something that cannot be read. The message names the host and no secret."""

    code = "unanswered"


@dataclass(frozen=True, slots=True)
class Answer:
    """`json` is None where the body is none. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def fields(self) -> dict[str, Any]:
        """The body as an object; an empty one if it is something else."""
        return self.json if isinstance(self.json, dict) else {}


class Asking:
    """`skews` are by how many seconds this machine's clock is ahead of each server that was asked, by host."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._client = httpx.AsyncClient(
            timeout=limit, follow_redirects=False, limits=httpx.Limits(max_connections=CONNECTIONS)
        )
        self.skews: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, *, is_ours: bool = False, **more: Any
    ) -> Answer:
        """`is_ours`: its clock says nothing about ours. Raises Unanswered."""
        try:
            async with self._client.stream(method, url, headers=headers, **more) as response:
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise Unanswered(f"{response.url.host} sent more than {MOST_BYTES:,} bytes.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unanswered(f"{httpx.URL(url).host} cannot be reached ({type(error).__name__}).") from None
        if not is_ours:
            self._note_time(response)
        return Answer(response.status_code, {**response.headers}, _json(response, bytes(body)))

    def _note_time(self, response: httpx.Response) -> None:
        try:
            said = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
        except ValueError:
            return
        self.skews[response.url.host] = time.time() - said


def _json(response: httpx.Response, body: bytes) -> Any:
    try:
        return httpx.Response(response.status_code, content=body).json()
    except (ValueError, RecursionError):
        return None
