"""The Web API over HTTP: reads arguments and tokens from wherever Slack takes them, and answers.

https://docs.slack.dev/apis/web-api
"""

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.methods_assistant import ASSISTANT
from tests.fakes.slack.methods_auth import AUTH, access
from tests.fakes.slack.methods_chat import CHAT
from tests.fakes.slack.methods_conversations import CONVERSATIONS
from tests.fakes.slack.methods_files import FILES
from tests.fakes.slack.methods_streams import STREAMS
from tests.fakes.slack.methods_views import VIEWS
from tests.fakes.slack.model import Json
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.world import Call, World

METHODS: Methods = {**ASSISTANT, **AUTH, **CHAT, **CONVERSATIONS, **FILES, **STREAMS, **VIEWS}
WRONG_CONTENT = frozenset({
    "invalid_blocks", "invalid_attachments", "invalid_arguments", "invalid_chunks", "msg_blocks_too_long",
    "msg_too_long", "markdown_text_conflict", "invalid_blocks_format", "no_text", "unknown_method",
})  # fmt: skip
"""Refusals that always are a fault of the app, so they are noted in `problems`."""


class WebApi:
    """Serves `/api/{method}`."""

    def __init__(self, world: World, open_connection: Callable[[], str]) -> None:
        self._world = world
        self._open_connection = open_connection

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/{method}", self._serve), web.get("/api/{method}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.match_info["method"], await arguments(request), self._world.clock.now())
        token = bearer(request) or str(call.args.pop("token", ""))
        self._world.calls.append(call)
        scopes: tuple[str, ...] = ()
        try:
            if trouble := self._world.troubles.next(call.method, "before"):
                raise trouble
            answer, scopes = self._answer(call, token, request)
        except Refused as refused:
            return self._refusal(call, refused)
        if self._world.troubles.next(call.method, "lost"):
            return cut_off(request)
        accepted = ",".join(METHODS[call.method].scopes) if call.method in METHODS else ""
        headers = {"x-oauth-scopes": ",".join(scopes), "x-accepted-oauth-scopes": accepted}
        return web.json_response({"ok": True, **answer}, headers=headers)

    def _answer(self, call: Call, token: str, request: web.Request) -> tuple[Json, tuple[str, ...]]:
        """What the method says, and the scopes of the token. Raises Refused."""
        if call.method == "apps.connections.open":
            return self._connection(bearer(request)), ("connections:write",)
        if call.method == "oauth.v2.access":
            return access(self._world, call.args | basic(request)), ()
        method = METHODS.get(call.method)
        if method is None:
            raise Refused("unknown_method", {"req_method": call.method})
        issued = self._world.tokens.check(token)
        call.team_id = issued.team_id
        ask = Ask(self._world, self._world.teams[issued.team_id], issued, call.args)
        return _asked(method, ask), issued.scopes

    def _connection(self, token: str) -> Json:
        """Only the app-level token, and only in the header, opens a Socket Mode connection."""
        if not token:
            raise Refused("not_authed")
        if token.startswith("xoxb-"):
            raise Refused("not_allowed_token_type")
        if token != self._world.app.app_token:
            raise Refused("invalid_auth")
        return {"url": self._open_connection()}

    def _refusal(self, call: Call, refused: Refused) -> web.Response:
        call.error, call.status = refused.error, refused.status
        if refused.error in WRONG_CONTENT:
            messages = refused.extra.get("response_metadata", {}).get("messages", [])
            self._world.problems.append(f"{call.method}: {refused.error} {'; '.join(messages)}".strip())
        return web.json_response(refused.to_json(), status=refused.status, headers=refused.headers)


def _asked(method: Method, ask: Ask) -> Json:
    if method.scopes:
        ask.need(*method.scopes)
    return method.answer(ask)


async def arguments(request: web.Request) -> Json:
    """From the query, a form, or a JSON body. Raises HTTPBadRequest for JSON that is none."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            args |= json.loads(await request.text() or "{}")
        except ValueError:
            raise web.HTTPBadRequest(text="invalid_json") from None
    elif request.content_type == "application/x-www-form-urlencoded":
        args |= dict(parse_qsl(await request.text(), keep_blank_values=True))
    elif request.content_type == "multipart/form-data":
        args |= dict(await request.post())
    return args


def bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def basic(request: web.Request) -> Json:
    """The client id and secret, if they came as HTTP Basic."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return {}
    client_id, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return {"client_id": client_id, "client_secret": secret}


def cut_off(request: web.Request) -> web.StreamResponse:
    """Break the connection before anything is answered."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
