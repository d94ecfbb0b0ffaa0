"""Discord's REST API, version 10: what every route has in common.

Each request is decoded, checked against Discord's own description and recorded; each answer is checked too.
https://docs.discord.com/developers/reference
"""

import json
import logging
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from core.clock import SECOND, Millis
from tests.fakes.discord.bodies import Body, decode
from tests.fakes.discord.errors import INVALID_BODY, NOT_HERE, UNAUTHORIZED, DiscordError, Fault, Problem
from tests.fakes.discord.spec import Spec
from tests.fakes.discord.trouble import Trouble, Troubles, rate_limited
from tests.fakes.discord.wire import json_answer
from tests.fakes.discord.world import Exchange, World

API_PATH = "/api/v10"
GLOBAL_PER_SECOND = 50  # https://docs.discord.com/developers/topics/rate-limits#global-rate-limit
INVALID_STATUSES = frozenset({401, 403, 429})


@dataclass(frozen=True)
class Call:
    """One request to a route. `value` is the body's JSON."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Body

    @property
    def value(self) -> Any:
        return self.body.value if self.body.value is not None else {}


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """`path` is a template as Discord's description has it. `open`: the address holds a token, no header is needed."""

    method: str
    path: str
    handler: Handler
    open: bool = False


class Rest:
    """Serves routes. `invalid` counts the answers that bring an address nearer to a ban."""

    def __init__(self, world: World, troubles: Troubles, spec: Spec | None) -> None:
        self._world = world
        self._troubles = troubles
        self._spec = spec
        self._recent: deque[Millis] = deque(maxlen=GLOBAL_PER_SECOND)
        self.invalid = 0

    def add_to(self, app: web.Application, routes: Iterable[Route]) -> None:
        for route in routes:
            app.router.add_route(route.method, API_PATH + route.path, partial(self._serve, route))
        app.router.add_route("*", API_PATH + "/{rest:.*}", self._unknown)

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        body = Body()
        trouble = self._troubles.take(route.method, route.path) or self._too_fast(route)
        if trouble is not None and not trouble.lost:
            await request.read()
            return self._recorded(route, request, body, trouble.answer())
        try:
            body = await decode(request)
            self._authorize(route, request)
            self._check(route, body)
            status, answer = route.handler(Call(request.match_info, request.query, body))
            self._check_answer(route, status, answer)
        except DiscordError as error:
            status, answer = error.status, error.payload()
            self._note(route, error)
        except Exception as error:
            status, answer = 500, {"message": "500: Internal Server Error", "code": 0}
            self._world.problems.append(Problem("fake", f"{route.method} {route.path}", traceback.format_exc()))
            logging.getLogger(__name__).exception("This fake has failed", exc_info=error)
        if trouble is not None:
            self._record(route, request, body, 0)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return self._recorded(route, request, body, json_answer(status, answer))

    def _too_fast(self, route: Route) -> Trouble | None:
        """Interactions and their webhooks do not count: .../receiving-and-responding#endpoints"""
        if route.open:
            return None
        now = self._world.clock.now()
        if len(self._recent) == GLOBAL_PER_SECOND and now - self._recent[0] < SECOND:
            wait = (SECOND - (now - self._recent[0])) / SECOND
            return rate_limited(route.method, route.path, wait, 1, everywhere=True)
        self._recent.append(now)
        return None

    def _authorize(self, route: Route, request: web.Request) -> None:
        if not route.open and request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise DiscordError(UNAUTHORIZED)

    def _check(self, route: Route, body: Body) -> None:
        faults = self._spec.request_faults(route.method, route.path, body.value) if self._spec else []
        if faults:
            self._world.problems += [Problem("openapi", f"{route.method} {route.path}", str(one)) for one in faults]
            raise DiscordError(INVALID_BODY, faults)

    def _note(self, route: Route, error: DiscordError) -> None:
        """What Discord's description let pass and a documented limit did not."""
        where = f"{route.method} {route.path}"
        known = {problem.text for problem in self._world.problems if problem.where == where}
        texts = [text for text in map(str, error.faults) if text not in known]
        self._world.problems += [Problem("limits", where, text) for text in texts]

    def _check_answer(self, route: Route, status: int, answer: object) -> None:
        wire = json.loads(json.dumps(answer))
        faults: list[Fault] = self._spec.answer_faults(route.method, route.path, status, wire) if self._spec else []
        self._world.problems += [Problem("fake", f"{route.method} {route.path} {status}", str(one)) for one in faults]

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(API_PATH)
        self._world.problems.append(Problem("fake", f"{request.method} {path}", "There is no such route here."))
        await request.read()
        return json_answer(NOT_HERE.status, DiscordError(NOT_HERE).payload())

    def _recorded(self, route: Route, request: web.Request, body: Body, response: web.Response) -> web.Response:
        self.invalid += response.status in INVALID_STATUSES
        self._record(route, request, body, response.status)
        return response

    def _record(self, route: Route, request: web.Request, body: Body, status: int) -> None:
        path = request.path.removeprefix(API_PATH)
        exchange = Exchange(route.method, route.path, path, body, dict(request.headers), status)
        self._world.requests.append(exchange)
        self._world.bell.ring()
