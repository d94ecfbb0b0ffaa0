"""The fake's side of the wire: read, check, record, answer."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.faults import Fault, hang_up
from tests.fakes.openai.answers import CHAT_USAGE, Break, Draws, Says, chunk, completion, counted, pictures, pieces
from tests.fakes.openai.checks import EDIT, GENERATE, Check, Rejected, Upload, check, check_uploads

MOST_BYTES = 64 * 2**20
WHOLE_NUMBERS = ("n",)  # a form has only texts


@dataclass(slots=True)
class Recorded:
    """One call as it came. Headers in small letters."""

    path: str
    headers: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


class Handlers:
    """See OpenAIFake."""

    def __init__(
        self, key: str | None, models: tuple[str, ...], chat: Mapping[str, Check], unknown: tuple[str, ...],
        worded: Callable[[str], Fault] | None, counts: bool,
    ) -> None:  # fmt: skip
        self._key = key
        self._models = models
        self._chat = chat
        self._unknown = unknown
        self._worded = worded
        self._counts = counts
        self.behaviours: deque[Says | Draws | Fault] = deque()
        self.calls: list[Recorded] = []
        self.asked = asyncio.Event()
        self.stuck = asyncio.Event()
        self.left = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guarded], client_max_size=MOST_BYTES)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_post("/v1/images/generations", self.generate)
        app.router.add_post("/v1/images/edits", self.edit)
        app.router.add_get("/v1/models", self.models)
        return app

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            if self._key is not None and request.headers.get("Authorization") != f"Bearer {self._key}":
                raise Rejected("Incorrect API key provided.", code="invalid_api_key", status=401)
            return await handler(request)
        except Rejected as error:
            return web.json_response({"error": error.body}, status=error.status)
        except (asyncio.CancelledError, ConnectionResetError):
            self.left.set()
            raise

    async def chat(self, request: web.Request) -> web.StreamResponse:
        call = self._recorded(request)
        call.fields = json.loads(await request.read())
        if (unknown := self._first_unknown(call)) and self._worded is not None:
            return await self._worded(unknown)(request)
        behaviour = self._next(Says())
        if not isinstance(behaviour, Says):
            return await self._fault(behaviour, request)
        check(call.fields, self._chat, ("model", "messages"))
        self._check_model(call)
        if not call.fields.get("stream"):
            return web.json_response(completion(call.fields["model"], behaviour))
        return await self._streamed(request, call, behaviour)

    async def generate(self, request: web.Request) -> web.StreamResponse:
        call = self._recorded(request)
        call.fields = json.loads(await request.read())
        return await self._drawn(request, call, GENERATE)

    async def edit(self, request: web.Request) -> web.StreamResponse:
        call = self._recorded(request)
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            await self._read(part, call)
        return await self._drawn(request, call, EDIT, is_edit=True)

    async def models(self, request: web.Request) -> web.StreamResponse:
        self._recorded(request)
        if self.behaviours:
            return await self._fault(self.behaviours.popleft(), request)
        listed = [{"id": name, "object": "model", "created": 1, "owned_by": "openai"} for name in self._models]
        return web.json_response({"object": "list", "data": listed})

    async def _drawn(
        self, request: web.Request, call: Recorded, known: Mapping[str, Check], *, is_edit: bool = False
    ) -> web.StreamResponse:
        behaviour = self._next(Draws())
        if not isinstance(behaviour, Draws):
            return await self._fault(behaviour, request)
        known = {name: test for name, test in known.items() if name not in self._unknown}
        check(call.fields, known, ("model", "prompt"))
        if is_edit:
            check_uploads(call.files)
        self._check_model(call)
        size = call.fields.get("size", "1024x1024")
        return web.json_response(pictures(behaviour, size, call.fields.get("n", 1), len(call.files)))

    async def _streamed(self, request: web.Request, call: Recorded, says: Says) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        model = call.fields["model"]
        for extra in says.extra:
            await _event(response, extra)
        await _event(response, chunk(model, {"role": "assistant", "content": "", "refusal": None}))
        for number, piece in enumerate(pieces(says.text)):
            if says.breaks and number == says.breaks.after:
                return await self._broken(request, response, says.breaks)
            await asyncio.sleep(says.pause)
            await _event(response, chunk(model, {"content": piece}))
        if says.refusal:
            await _event(response, chunk(model, {"refusal": says.refusal}))
        if says.finish:
            await _event(response, chunk(model, {}, says.finish))
        if says.breaks:
            return await self._broken(request, response, says.breaks)
        if self._counts and call.fields.get("stream_options", {}).get("include_usage"):
            await _event(response, counted(model, says.usage or CHAT_USAGE))
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _broken(self, request: web.Request, response: web.StreamResponse, breaks: Break) -> web.StreamResponse:
        match breaks.how:
            case "drop":
                hang_up(request)
            case "hang":
                self.stuck.set()
                await asyncio.Event().wait()
            case "malformed":
                await response.write(b'data: {"id": "chatcmpl-1", "cho\n\n')
            case "error":
                await _event(response, {"error": breaks.error})
        return response

    def _recorded(self, request: web.Request) -> Recorded:
        call = Recorded(request.path, {name.lower(): value for name, value in request.headers.items()})
        self.calls.append(call)
        self.asked.set()
        return call

    def _next(self, good: Says | Draws) -> Says | Draws | Fault:
        return self.behaviours.popleft() if self.behaviours else good

    def _first_unknown(self, call: Recorded) -> str | None:
        return next((name for name in call.fields if name in self._unknown), None)

    def _check_model(self, call: Recorded) -> None:
        if call.fields["model"] not in self._models:
            message = f"The model `{call.fields['model']}` does not exist or you do not have access to it."
            raise Rejected(message, code="model_not_found", status=404)

    @staticmethod
    async def _fault(behaviour: Says | Draws | Fault, request: web.Request) -> web.StreamResponse:
        assert not isinstance(behaviour, Says | Draws), "this call was scripted for another endpoint"
        return await behaviour(request)

    @staticmethod
    async def _read(part: BodyPartReader, call: Recorded) -> None:
        name, data = str(part.name), bytes(await part.read(decode=True))
        if part.filename is not None:
            call.files.append(Upload(name, part.filename, part.headers.get("Content-Type", ""), data))
        else:
            text = data.decode()
            call.fields[name] = int(text) if name in WHOLE_NUMBERS else text


async def _event(response: web.StreamResponse, data: Any) -> None:
    await response.write(f"data: {json.dumps(data)}\n\n".encode())
