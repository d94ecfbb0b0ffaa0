"""The fake's file host: good pictures and bad surprises. It wants no key, and keeps note of everyone who brings one."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.pixels import png

CHUNK = bytes(2**20)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(number: int) -> bytes:
    """What is at `/files/{number}.png`."""
    return png(shade=number)


@dataclass
class Files:
    """`asked`: paths in order. `leaks`: headers of requests that brought a key, which are refused."""

    closed: asyncio.Event
    asked: list[str] = field(default_factory=list)
    leaks: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/files/{number:\\d+}.png", self._picture),
            web.get("/files/drawing.svg", self._svg),
            web.get("/files/huge.png", self._huge),
            web.get("/files/endless.png", self._huge),
            web.get("/files/slow.png", self._slow),
            web.get("/files/moved.png", self._moved),
            web.get("/files/gone.png", self._gone),
            web.get("/files/cut.png", self._cut),
            web.get("/files/packed.png", self._packed),
        ]

    def note(self, request: web.Request) -> None:
        self.asked.append(request.path)
        if "Authorization" in request.headers or "Cookie" in request.headers:
            self.leaks.append(dict(request.headers))
            raise web.HTTPBadRequest(text="This host wants no key.")

    async def _picture(self, request: web.Request) -> web.Response:
        self.note(request)
        return web.Response(body=picture(int(request.match_info["number"])), content_type="image/png")

    async def _svg(self, request: web.Request) -> web.Response:
        self.note(request)
        return web.Response(body=SVG, content_type="image/svg+xml")

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        """100 MB, which `huge` says before and `endless` does not."""
        self.note(request)
        answer = web.StreamResponse(headers={"content-type": "image/png"})
        if request.path.endswith("huge.png"):
            answer.content_length = 100 * len(CHUNK)
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(CHUNK)
            self.sent += len(CHUNK)
        return answer

    async def _slow(self, request: web.Request) -> web.StreamResponse:
        """A byte at a time, for ever: no pause is long enough to be a timeout of its own."""
        self.note(request)
        answer = web.StreamResponse(headers={"content-type": "image/png"})
        await answer.prepare(request)
        while not self.closed.is_set():
            await answer.write(b"\x00")
            await asyncio.sleep(0.01)
        return answer

    async def _moved(self, request: web.Request) -> web.Response:
        self.note(request)
        raise web.HTTPFound("/files/1.png")

    async def _gone(self, request: web.Request) -> web.Response:
        self.note(request)
        raise web.HTTPNotFound

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        self.note(request)
        answer = web.StreamResponse(headers={"content-type": "image/png", "content-length": "1000"})
        await answer.prepare(request)
        await answer.write(bytes(500))
        assert request.transport is not None
        request.transport.abort()
        return answer

    async def _packed(self, request: web.Request) -> web.Response:
        """Packed although nobody asked for that."""
        self.note(request)
        return web.Response(body=picture(1), headers={"content-type": "image/png", "content-encoding": "br"})
