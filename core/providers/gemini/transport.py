"""The HTTP client under the SDK, bounded: in the time it takes to connect, and in the size of an answer."""

import ssl
from collections.abc import AsyncIterator

import httpx

CONNECT_SECONDS = 5.0
"""A server that is there takes a connection in far less. Nothing was sent yet, so another provider may be asked."""
ANSWER_BYTES = 96 * 2**20
"""More than the largest picture that Easel keeps, in base64. The SDK holds a whole answer in memory, several times."""
IDLE_CONNECTIONS = 20


class AnswerTooLarge(Exception):
    """The server sends more than any answer has."""


def http_client(tls: ssl.SSLContext) -> httpx.AsyncClient:
    """As many connections as there are calls: how many those may be is limited elsewhere, over all workers."""
    return httpx.AsyncClient(
        verify=tls,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS),
        event_hooks={"request": [_hurry], "response": [_bound]},
    )


async def _hurry(request: httpx.Request) -> None:
    """The SDK knows one timeout for everything, which is as long as a picture takes."""
    request.extensions["timeout"] = request.extensions["timeout"] | {"connect": CONNECT_SECONDS}


async def _bound(response: httpx.Response) -> None:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > ANSWER_BYTES:
        raise AnswerTooLarge
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx.AsyncByteStream):
    """A stream that raises AnswerTooLarge where it has become one."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = ANSWER_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise AnswerTooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
