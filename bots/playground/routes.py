"""The playground's page and its three calls. The cookie is the account: whoever has it, is it."""

import asyncio
import base64
import re
import secrets
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from bots.commands import describe
from bots.incoming import Incoming
from bots.playground.bodies import read_message, read_press
from bots.playground.events import EventStream
from bots.playground.feed import PLATFORM, PlaygroundMessenger, channel_of
from bots.playground.previews import previews
from bots.replies import Reply
from bots.service import Service
from core.accounts.model import Identity
from core.generation.wishes import Upload
from core.ids import digest
from core.wire import success

COOKIE = "easel_playground"
COOKIE_DAYS = 365
STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_SECRET = re.compile(r"[0-9a-f]{48}")
_ASSET = re.compile(r"[a-z0-9][a-z0-9-]*\.(?:js|css|svg)")


def identity_of(request: Request) -> Identity:
    """The account's identity is a digest of the cookie: logs and links never show what would log one in."""
    cookie = request.cookies.get(COOKIE, "")
    if not _SECRET.fullmatch(cookie):
        raise HTTPException(401, "Open the playground's page first; it gives this browser its account.")
    return Identity("playground", digest(cookie)[:20])


def same_origin(request: Request) -> None:
    """Only our own page may act: browsers say where a call comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This call must come from the playground's own page.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and media_type != "application/json":
        raise HTTPException(415, "Send JSON.")


Who = Annotated[Identity, Depends(identity_of)]


class Playground:
    """The routes. `stop` ends the live streams so that the server can end."""

    def __init__(self, service: Service, messenger: PlaygroundMessenger) -> None:
        self.service = service
        self._messenger = messenger
        self._stopping = asyncio.Event()
        self.router = APIRouter(include_in_schema=False)
        guarded = [Depends(same_origin)]
        self.router.add_api_route("/", self.page, methods=["GET", "HEAD"])
        self.router.add_api_route("/playground/static/{name}", self.asset, methods=["GET"])
        self.router.add_api_route("/playground/commands", self.commands, methods=["GET"], dependencies=guarded)
        self.router.add_api_route("/playground/messages", self.message, methods=["POST"], dependencies=guarded)
        self.router.add_api_route("/playground/actions", self.press, methods=["POST"], dependencies=guarded)
        self.router.add_api_route("/playground/events", self.events, methods=["GET"], dependencies=guarded)

    def stop(self) -> None:
        self._stopping.set()

    async def page(self, request: Request) -> Response:
        headers = {"content-security-policy": CSP, "cache-control": "no-store"}
        response = FileResponse(STATIC / "index.html", headers=headers)
        if not _SECRET.fullmatch(request.cookies.get(COOKIE, "")):
            response.set_cookie(
                COOKIE, secrets.token_hex(24), max_age=COOKIE_DAYS * 86_400, httponly=True, samesite="strict",
                secure=self.service.app.settings.base_url.startswith("https:"),
            )  # fmt: skip
        return response

    async def asset(self, name: str) -> Response:
        path = STATIC / name
        if not _ASSET.fullmatch(name) or not path.is_file():
            raise HTTPException(404, "There is no such file.")
        return FileResponse(path, headers={"cache-control": "no-cache"})

    async def commands(self, request: Request) -> dict[str, Any]:
        return success({"commands": describe(self.service.commands)}, request.state.request_id)

    async def message(self, request: Request, identity: Who) -> dict[str, Any]:
        sent = await read_message(request)
        channel = channel_of(identity)
        uploads = tuple(Upload(picture.data) for picture in sent.images)
        await self._messenger.echo(channel.channel, sent.id, sent.text[:BODY_SHOWN], await previews(uploads))
        message = Incoming(
            f"playground:{identity.user}:{sent.id}", identity, sent.text, channel, uploads=uploads, server=PLATFORM
        )
        reply = await self.service.say(message)
        await self._show(channel.channel, sent.id, reply)
        return success({"attachments": _attachments(reply)}, request.state.request_id)

    async def press(self, request: Request, identity: Who) -> dict[str, Any]:
        pressed = await read_press(request)
        channel = channel_of(identity)
        message = Incoming(f"playground:{identity.user}:{pressed.id}", identity, pressed.text, channel, server=PLATFORM)
        reply = await self.service.press(message, pressed.action, pressed.job, pressed.index)
        if pressed.action != "cancel" or reply.error is not None:
            await self._show(channel.channel, pressed.id, reply)
        return success({"attachments": []}, request.state.request_id)

    async def events(self, request: Request, identity: Who) -> Response:
        seen = request.headers.get("last-event-id", "")
        stream = EventStream(self.service.app, identity, int(seen) if re.fullmatch(r"\d{1,15}", seen) else 0)
        return StreamingResponse(
            stream.run(self._stopping),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def _show(self, channel: str, message_id: str, reply: Reply) -> None:
        """A placeholder is known by its job, so that pressing or sending twice shows one."""
        shown_as = f"job:{reply.job.id}" if reply.kind == "job" and reply.job else f"re:{message_id}"
        await self._messenger.post(channel, shown_as, reply)


BODY_SHOWN = 4_000
"""How much of a message is kept in the conversation; a longer one is refused anyway."""


def _attachments(reply: Reply) -> list[dict[str, str]]:
    return [
        {"name": file.name, "mime": file.mime, "base64": base64.b64encode(file.data).decode()}
        for file in reply.attachments
    ]
