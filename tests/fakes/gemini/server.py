"""The server: who asks, for what, with which body; then the next step of the script, or a plain good answer."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.fakes.gemini.checks import Invalid, check_headers, check_request, in_camel_case
from tests.fakes.gemini.documents import PICTURE_USAGE, Document, detail, error_info
from tests.fakes.gemini.steps import Step, draws, fails, says
from tests.fakes.serving import serve

KEY = "AIza-a-key-for-tests"
DOMAIN = "generativelanguage.googleapis.com"
MODELS = ("gemini-3.8-flash", "gemini-3.1-flash-image", "gemini-3-pro-image")
METHODS = ("generateContent", "streamGenerateContent")


@dataclass
class Asked:
    """A request as it came. `left`: the client hung up before it had its answer."""

    version: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Document = field(default_factory=dict)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def model(self) -> str:
        return self.path.partition("/")[2].partition(":")[0]

    @property
    def method(self) -> str:
        return self.path.partition(":")[2]

    @property
    def generation(self) -> Document:
        return dict(self.body.get("generationConfig", {}))


class GeminiFake:
    """`async with GeminiFake() as fake`: listens at `fake.url`. `calls` are all requests.

    `peers` are the connections they came over. `models` can be changed.
    """

    def __init__(self, *, versions: tuple[str, ...] = ("v1", "v1beta"), under: str = "") -> None:
        self.calls: list[Asked] = []
        self.models = list(MODELS)
        self.peers: set[object] = set()
        self.page = 2
        self._versions = versions
        self._under = under
        self._steps: deque[Step] = deque()
        self._came = asyncio.Condition()

    def script(self, *steps: Step) -> None:
        """What to do with the requests to come, one after the other; after these it is well again."""
        self._steps.extend(steps)

    async def asked(self, count: int = 1) -> Asked:
        """Wait until so many requests came; the last of them."""
        async with asyncio.timeout(10), self._came:
            await self._came.wait_for(lambda: len(self.calls) >= count)
        return self.calls[count - 1]

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        for version in self._versions:
            app.router.add_route("*", f"{self._under}/{version}/{{path:models.*}}", self._handle)
        self._runner, url = await serve(app, handler_cancellation=True)
        self.url = f"{url}{self._under}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(
            request.path.removeprefix(self._under).split("/")[1], request.match_info["path"],
            {name.lower(): value for name, value in request.headers.items()}, dict(request.query),
        )  # fmt: skip
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        async with self._came:
            self.calls.append(asked)
            self._came.notify_all()
        try:
            step = await self._refused(request, asked) or self._next(asked)
            return await step(request)
        except asyncio.CancelledError:
            asked.left.set()
            raise

    async def _refused(self, request: web.Request, asked: Asked) -> Step | None:
        """What Google says to a request that it does not take."""
        key = asked.headers.get("x-goog-api-key")
        if key is None:
            return fails(403, "Method doesn't allow unregistered callers.")
        if key != KEY:
            told = error_info("API_KEY_INVALID", service=DOMAIN)
            return fails(400, "API key not valid. Please pass a valid API key.", details=[told])
        if asked.path == "models":
            return None if request.method == "GET" else fails(404, "Not found.")
        if asked.model not in self.models or asked.method not in METHODS or request.method != "POST":
            version = asked.version
            return fails(404, f"models/{asked.model} is not found for API version {version}, or is not supported.")
        try:
            asked.body = in_camel_case(json.loads(await request.read()))
            self._check(asked)
        except (Invalid, json.JSONDecodeError) as error:
            violation = {"field": "contents", "description": str(error)}
            return fails(400, str(error), details=[detail("BadRequest", fieldViolations=[violation])])
        return None

    def _check(self, asked: Asked) -> None:
        wanted = {"alt": "sse"} if asked.method == "streamGenerateContent" else {}
        if asked.query != wanted or asked.headers.get("content-type") != "application/json":
            raise Invalid("The request is not JSON, or its answer would not be a stream of events.")
        check_headers(asked.headers)
        check_request(asked.body, draws="image" in asked.model)

    def _next(self, asked: Asked) -> Step:
        if self._steps:
            return self._steps.popleft()
        if asked.path == "models":
            return self._listed(asked.query)
        return draws(usage=PICTURE_USAGE) if "image" in asked.model else says("You said ", "something.")

    def _listed(self, query: dict[str, str]) -> Step:
        """A page of names. Pages are small here, whatever size was asked for."""
        start = int(query.get("pageToken", "0"))
        end = start + self.page
        document: dict[str, Any] = {"models": [_described(name) for name in self.models[start:end]]}
        if end < len(self.models):
            document["nextPageToken"] = str(end)

        async def step(request: web.Request) -> web.StreamResponse:
            return web.json_response(document)

        return step


def _described(name: str) -> Document:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name.title(),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
