"""What the fake may do with one request: answer in whole or in part, or have a bad day."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from tests.fakes.gemini.documents import Document, answer, error, inline, text
from tests.fakes.pixels import png

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]
CHUNK = bytes(2**20)


def replies(*documents: Document) -> Step:
    """These chunks, or this one document. Without a finish reason in the last: a stream that was cut, politely."""

    async def step(request: web.Request) -> web.StreamResponse:
        if not _streams(request):
            return web.json_response(documents[0])
        response = await _begun(request, documents)
        await response.write_eof()
        return response

    return step


def says(*words: str, finish: str = "STOP") -> Step:
    """An answer, in as many chunks as given."""
    *first, last = words
    return replies(*(answer(text(word), finish=None) for word in first), answer(text(last), finish=finish))


def draws(data: bytes | None = None, usage: Document | None = None) -> Step:
    return replies(answer(inline(png() if data is None else data), usage=usage, served="gemini-3.1-flash-image"))


def fails(
    code: int, message: str = "It is so.", *, details: Sequence[Document] = (), headers: Mapping[str, str] | None = None
) -> Step:
    """An error as Google writes it."""
    return sends(json.dumps(error(code, message, details)), status=code, headers=headers)


def sends(
    body: str, *, status: int = 200, mime: str = "application/json", headers: Mapping[str, str] | None = None
) -> Step:
    """This body, whatever it is."""

    async def step(request: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status, content_type=mime, headers=headers)

    return step


def events(*lines: str) -> Step:
    """A stream of these events, whatever they are."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = await _begun(request, ())
        for line in lines:
            await response.write(f"data: {line}\r\n\r\n".encode())
        return response

    return step


def page() -> Step:
    """What a proxy says instead."""
    return sends("<!DOCTYPE html>\n<html>{}<body>Sign in</body></html>\n", mime="text/html")


def hangs(*documents: Document) -> Step:
    """These chunks, and then nothing any more until the client hangs up."""

    async def step(request: web.Request) -> web.StreamResponse:
        if documents:
            await _begun(request, documents)
        await asyncio.Event().wait()
        raise AssertionError

    return step


def drops(*documents: Document) -> Step:
    """These chunks, and then the connection is gone."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = await _begun(request, documents) if documents else web.Response()
        assert request.transport is not None
        await asyncio.sleep(0.02 if documents else 0)  # an abort throws away what was not sent yet
        request.transport.abort()
        return response

    return step


def floods(size: int) -> Step:
    """So many bytes of a picture."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(size // len(CHUNK)):
            await response.write(CHUNK)
        return response

    return step


def announces(size: int) -> Step:
    """That so many bytes will come, of which none does."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = size
        await response.prepare(request)
        await asyncio.Event().wait()
        raise AssertionError

    return step


def after(event: asyncio.Event, then: Step) -> Step:
    """Nothing before this has happened."""

    async def step(request: web.Request) -> web.StreamResponse:
        await event.wait()
        return await then(request)

    return step


def _streams(request: web.Request) -> bool:
    return request.path.endswith(":streamGenerateContent")


async def _begun(request: web.Request, documents: Sequence[Document]) -> web.StreamResponse:
    """https://html.spec.whatwg.org/multipage/server-sent-events.html, with the line ends that Google has."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for document in documents:
        await response.write(f"data: {json.dumps(document)}\r\n\r\n".encode())
    return response
