"""A whole Discord on this machine, for a real bot to talk to."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from core.clock import Clock, Millis
from tests.fakes.discord import trouble
from tests.fakes.discord.acts import Acts
from tests.fakes.discord.attachments import CDN_PATH, PROXY_PATH
from tests.fakes.discord.chatting import Chatting
from tests.fakes.discord.errors import Problem
from tests.fakes.discord.flags import PRIVILEGED
from tests.fakes.discord.gateway import GATEWAY_PATH, Gateway
from tests.fakes.discord.message import Message
from tests.fakes.discord.rest import API_PATH, Rest
from tests.fakes.discord.routes import all_routes
from tests.fakes.discord.session import Op
from tests.fakes.discord.spec import load_spec
from tests.fakes.discord.trouble import EVERYWHERE, Troubles
from tests.fakes.discord.waiting import PATIENCE_SECONDS
from tests.fakes.discord.world import Exchange, World
from tests.fakes.serving import serve

TOKEN = "MTA5.fake.discord-token"
HEARTBEAT_MS = 41_250
BIGGEST_BODY = 64 * 1024 * 1024


class ShiftedClock:
    """The machine's time, moved forward at will."""

    def __init__(self) -> None:
        self._shift: Millis = 0

    def now(self) -> Millis:
        return time.time_ns() // 1_000_000 + self._shift

    def move(self, by: Millis) -> None:
        self._shift += by


class DiscordFake(Acts, Chatting):
    """`async with DiscordFake() as fake`: then `fake.api_url` and `fake.gateway_url` are served.

    `clock` decides on the 3 seconds and the 15 minutes of interactions and can be moved; `allowed` are the privileged
    intents that are switched on for the app; `check` validates against Discord's own description where it is there.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: Clock | None = None,
        shards: int = 1,
        heartbeat_ms: int = HEARTBEAT_MS,
        allowed: int = PRIVILEGED,
        check: bool = True,
        port: int = 0,
    ) -> None:
        self.clock = clock or ShiftedClock()
        self.world = World(self.clock, token, allowed)
        self.gateway = Gateway(self.world, shards=shards, heartbeat_ms=heartbeat_ms)
        self.world.dispatch = self.gateway.dispatch
        self._troubles = Troubles()
        self.rest = Rest(self.world, self._troubles, load_spec() if check else None)
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BIGGEST_BODY)
        app.router.add_get(GATEWAY_PATH, self.gateway.serve)
        app.router.add_get(CDN_PATH + "{place:/.*}", self._file)
        app.router.add_get(PROXY_PATH + "{place:/.*}", self._file)
        self.rest.add_to(app, all_routes(self.world, self.gateway))
        self._runner, self.world.base = await serve(app, self._port, shutdown_timeout=1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def api_url(self) -> str:
        return self.world.base + API_PATH

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    @property
    def problems(self) -> list[Problem]:
        """What a bot's author has to look at; an empty list at the end of a good test."""
        return self.world.problems

    @property
    def requests(self) -> list[Exchange]:
        """Every request so far."""
        return self.world.requests

    @property
    def messages(self) -> list[Message]:
        """Every message so far, of the bot and of people, oldest first."""
        return list(self.world.messages.values())

    def move(self, by: Millis) -> None:
        """Let time pass for Discord, if its clock is its own."""
        assert isinstance(self.clock, ShiftedClock), "move the clock that you gave"
        self.clock.move(by)

    async def connected(self, identified: int = 1, resumed: int = 0, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until sessions began and were resumed so often, and one is open."""

        def so() -> bool | None:
            enough = len(self.gateway.identified) >= identified and self.gateway.resumed >= resumed
            return (enough and any(one.connection for one in self.gateway.sessions.values())) or None

        await self.world.bell.until(so, f"{identified} IDENTIFY and {resumed} RESUME", seconds)

    async def settled(self, check: Callable[[], object], what: str = "it", seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until `check` is true of this fake."""
        await self.world.bell.until(lambda: check() or None, what, seconds)

    def drop(self) -> None:
        """Cut every connection of the gateway without a word. Sessions may be resumed."""
        for session in self.gateway.sessions.values():
            if session.connection is not None:
                session.connection.drop()

    def ask_reconnect(self) -> None:
        """Tell every connection to come back with RESUME, as Discord does when it moves servers."""
        for session in self.gateway.sessions.values():
            if session.connection is not None:
                session.connection.send(Op.RECONNECT)

    def close(self, code: int) -> None:
        """Close every connection of the gateway with this code."""
        for session in self.gateway.sessions.values():
            if session.connection is not None:
                session.connection.close(code)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION. Unless they are resumable, sessions are forgotten."""
        for session in list(self.gateway.sessions.values()):
            if session.connection is not None:
                session.connection.send(Op.INVALID_SESSION, resumable)
            if not resumable:
                del self.gateway.sessions[session.id]

    def rate_limit(
        self, method: str, route: str, retry_after: float = 0.05, times: int = 1, *, everywhere: bool = False
    ) -> None:
        """Answer the next requests with 429. `everywhere` says that the global limit was hit."""
        self._troubles.order(trouble.rate_limited(method, route, retry_after, times, everywhere=everywhere))

    def ban(self, method: str = EVERYWHERE, route: str = EVERYWHERE, times: int = 1) -> None:
        """Answer the next requests as Cloudflare does to a banned address: 429 without `Via`, in HTML."""
        self._troubles.order(trouble.banned(method, route, times))

    def break_down(self, method: str, route: str, status: int = 502, times: int = 1) -> None:
        """Answer the next requests with a server error."""
        self._troubles.order(trouble.broken(method, route, status, times))

    def lose_answer(self, method: str, route: str, times: int = 1) -> None:
        """Serve the next requests, and cut the connection before the answer."""
        self._troubles.order(trouble.lost(method, route, times))

    async def _file(self, request: web.Request) -> web.Response:
        one = self.world.files.get(request.rel_url.raw_path.removeprefix(PROXY_PATH).removeprefix(CDN_PATH))
        if one is None:
            raise web.HTTPNotFound(text="This content is no longer available.")
        return web.Response(body=one.data, content_type=one.content_type)
