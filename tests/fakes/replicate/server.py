"""The fake's API. It wants the right key, checks every body to the letter, and does what the scripts say."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from collections import deque
from types import TracebackType
from typing import Any, Self

import httpx
from aiohttp import web

from tests.fakes.replicate.faults import Fault, faulty, problem
from tests.fakes.replicate.files import Files
from tests.fakes.replicate.models import COMMUNITY, MODELS, VERSION, faults_in
from tests.fakes.replicate.predictions import STAMP, Prediction, Script
from tests.fakes.serving import serve

EVENTS = {"start", "output", "logs", "completed"}
FIELDS = {"input", "version", "webhook", "webhook_events_filter"}
MAX_UPLOAD = 100 * 2**20


class ReplicateFake:
    """`async with ReplicateFake() as fake`: an API at `fake.url` that wants `fake.token`.

    `created` are all predictions ever made; `tries` counts the requests to make one. `problems` are faults of the
    client, each also answered with an error. `files` is the file host, which is the same server.
    """

    token = "r8_fake"
    secret = "whsec_" + base64.b64encode(b"a key of 24 bytes in all").decode()

    def __init__(self) -> None:
        self.created: list[Prediction] = []
        self.problems: list[str] = []
        self.tries = 0
        self.secret_tries = 0
        self.announces = False
        self.on_model: Fault | None = None
        self.on_secret: Fault | None = None
        self._closed = asyncio.Event()
        self.files = Files(self._closed)
        self._numbers = itertools.count(1)
        self._scripts: deque[Script] = deque()
        self._announcing: set[asyncio.Task[httpx.Response]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._checked], client_max_size=MAX_UPLOAD)
        app.add_routes([
            web.post("/v1/models/{owner}/{name}/predictions", self._create_official),
            web.post("/v1/predictions", self._create_version),
            web.get("/v1/predictions/{id}", self._get),
            web.post("/v1/predictions/{id}/cancel", self._cancel),
            web.get("/v1/models/{owner}/{name}", self._model),
            web.get("/v1/webhooks/default/secret", self._secret),
            *self.files.routes(),
        ])  # fmt: skip
        self._runner, self.url = await serve(app, shutdown_timeout=0.2)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        for task in self._announcing:
            task.cancel()
        await self._runner.cleanup()

    def script(self, *scripts: Script) -> None:
        """How the next predictions go, in this order; others are good ones."""
        self._scripts.extend(scripts)

    async def announce(self, url: str, prediction: str | Prediction, **changes: Any) -> httpx.Response:
        """Send the announcement that a prediction is done, signed as Replicate signs it.

        `changes`: `secret`, `signed_at` (seconds), `identity`, `body` (bytes that are sent but were not signed),
        `signature` (the whole header), and `drop`, a header that is left out.
        """
        if isinstance(prediction, Prediction):
            said = json.dumps(prediction.as_json(self.url)).encode()
        else:
            said = json.dumps({"id": prediction, "status": "succeeded", "output": ["x"]}).encode()
        sent, dropped = changes.pop("body", said), changes.pop("drop", None)
        signed = self.signed(said, **changes)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in signed.items() if name != dropped]
        async with httpx.AsyncClient() as client:
            return await client.post(url, content=sent, headers=headers)

    def signed(self, body: bytes, **changes: Any) -> dict[str, str]:
        """The headers of an announcement (https://replicate.com/docs/topics/webhooks/verify-webhook)."""
        identity = changes.get("identity", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W")
        signed_at = str(changes.get("signed_at", int(time.time())))
        key = base64.b64decode(changes.get("secret", self.secret).removeprefix("whsec_"))
        digest = hmac.digest(key, f"{identity}.{signed_at}.".encode() + body, hashlib.sha256)
        signature = changes.get("signature", f"v1,{base64.b64encode(digest).decode()}")
        return {
            "webhook-id": identity, "webhook-timestamp": signed_at, "webhook-signature": signature,
            "content-type": "application/json",
        }  # fmt: skip

    def finish(self, prediction: Prediction) -> None:
        """It ends now. If `announces` is set, that is announced where its maker wanted it."""
        prediction.finish()
        if self.announces and prediction.webhook is not None:
            sending = asyncio.create_task(self.announce(prediction.webhook, prediction))
            self._announcing.add(sending)
            sending.add_done_callback(self._announcing.discard)

    @web.middleware
    async def _checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """The key is wanted by the API only. A fault of the fake itself must not pass for a scripted one."""
        key = request.headers.get("Authorization")
        if request.path.startswith("/v1/") and key != f"Bearer {self.token}":
            return problem(401, "Unauthenticated", "You did not pass a valid authentication token").response()
        try:
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp's own handler
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            self.problems.append(f"the fake is broken: {error!r}")
            raise

    async def _create_official(self, request: web.Request) -> web.StreamResponse:
        model = f"{request.match_info['owner']}/{request.match_info['name']}"
        self.tries += 1
        if model not in MODELS or model == COMMUNITY:
            return problem(404, "Not found", "The requested resource could not be found.").response()
        return await self._create(request, model, "hidden")

    async def _create_version(self, request: web.Request) -> web.StreamResponse:
        self.tries += 1
        version = (await request.json()).get("version")
        if version != VERSION:
            return problem(422, "Invalid version or not permitted", "The specified version does not exist").response()
        return await self._create(request, COMMUNITY, version)

    async def _create(self, request: web.Request, model: str, version: str) -> web.StreamResponse:
        body = await request.json()
        script = self._scripts.popleft() if self._scripts else Script()
        if faults := self._faults_in(body, model, version):
            self.problems += faults
            return problem(422, "Input validation failed", "\n".join(faults)).response()

        async def carry_out() -> web.StreamResponse:
            made = Prediction(
                model, version, body["input"], script, self._output(body["input"], script),
                body.get("webhook"), body.get("webhook_events_filter"),
            )  # fmt: skip
            self.created.append(made)
            return web.json_response(made.as_json(self.url), status=201)

        return await faulty(script.on_create, request, carry_out, self._closed)  # type: ignore[no-any-return]  # what comes out of JSON is Any

    def _faults_in(self, body: dict[str, Any], model: str, version: str) -> list[str]:
        faults = [f"- {name}: Additional property {name} is not allowed" for name in body if name not in FIELDS]
        if ("version" in body) != (version == VERSION):
            faults.append("- version: Additional property version is not allowed")
        if "webhook" in body and not str(body["webhook"]).startswith(("https://", "http://127.0.0.1")):
            faults.append("- webhook: Does not match format 'uri'")
        if not set(body.get("webhook_events_filter", [])) <= EVENTS:
            faults.append("- webhook_events_filter: Invalid value")
        return faults + faults_in(model, body.get("input"))

    def _output(self, inputs: dict[str, Any], script: Script) -> Any:
        if script.output is not None:
            return script.output
        urls = [f"{self.url}/files/{next(self._numbers)}.png" for _ in range(inputs.get("num_outputs", 1))]
        return urls if "num_outputs" in inputs else urls[0]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        made = self._named(request)
        if made is None:
            return problem(404, "Not found", "The requested resource could not be found.").response()
        number = made.looks
        made.look()

        async def carry_out() -> web.StreamResponse:
            return web.json_response(made.as_json(self.url))

        faults = made.script.on_get
        fault = faults[number] if number < len(faults) else None
        return await faulty(fault, request, carry_out, self._closed)  # type: ignore[no-any-return]  # what comes out of JSON is Any

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        made = self._named(request)
        if made is None:
            return problem(404, "Not found", "The requested resource could not be found.").response()
        number = made.cancel_tries
        made.cancel_tries += 1

        async def carry_out() -> web.StreamResponse:
            made.cancel()
            return web.json_response(made.as_json(self.url))

        faults = made.script.on_cancel
        fault = faults[min(number, len(faults) - 1)] if faults else None
        return await faulty(fault, request, carry_out, self._closed)  # type: ignore[no-any-return]  # what comes out of JSON is Any

    def _named(self, request: web.Request) -> Prediction | None:
        return next((made for made in self.created if made.id == request.match_info["id"]), None)

    async def _model(self, request: web.Request) -> web.StreamResponse:
        owner, name = request.match_info["owner"], request.match_info["name"]

        async def carry_out() -> web.StreamResponse:
            if f"{owner}/{name}" not in MODELS:
                return problem(404, "Not found", "The requested resource could not be found.").response()
            return web.json_response({
                "url": f"https://replicate.com/{owner}/{name}", "owner": owner, "name": name, "description": "Draws.",
                "visibility": "public", "github_url": None, "paper_url": None, "license_url": None, "run_count": 7,
                "cover_image_url": None, "default_example": None,
                "latest_version": {
                    "id": VERSION, "created_at": STAMP, "cog_version": "0.16.0",
                    "openapi_schema": {"openapi": "3.0.2"},
                },
            })  # fmt: skip

        return await faulty(self.on_model, request, carry_out, self._closed)  # type: ignore[no-any-return]  # what comes out of JSON is Any

    async def _secret(self, request: web.Request) -> web.StreamResponse:
        self.secret_tries += 1

        async def carry_out() -> web.StreamResponse:
            return web.json_response({"key": self.secret})

        return await faulty(self.on_secret, request, carry_out, self._closed)  # type: ignore[no-any-return]  # what comes out of JSON is Any
