"""No answer is read without end: a server that sends gigabytes must not take this process's memory with it."""

from collections.abc import AsyncIterator

import httpx2

MAX_BYTES = 96 * 2**20
"""Four pictures of 18 MB in base64, more than any model makes."""


class TooLarge(httpx2.RequestError):
    """The answer has more bytes than any picture needs."""


class Bounded(httpx2.AsyncByteStream):
    """An answer's bytes. Raises TooLarge when there are too many."""

    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge("too many bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """For httpx2's event hooks: called with each answer before its body is read."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = Bounded(response.stream, MAX_BYTES)
