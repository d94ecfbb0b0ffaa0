"""Who may call the admin API. Asked before anything of a request is read, by one rule table (`core.admin.rules`)."""

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from core.admin.access import Access
from core.admin.model import Actor
from core.admin.refusals import BadParameter, NotSignedIn
from core.admin.rules import allow
from core.app import App
from core.clock import Clock
from webhooks.pay.guard import Tries, same_origin
from webhooks.sessions import SAFE_METHODS, Sessions

MAX_BODY = 2**16
"""Bytes. The longest thing to say is a custom event."""
TRIES = 300
"""Wrong tokens a minute. Tokens are too long to be guessed; this tells a program with a stale one to stop."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guard:
    """Tokens and sessions, checked against the rule table."""

    def __init__(self, access: Access, base_url: str, clock: Clock) -> None:
        self._access = access
        self._sessions = Sessions(access, base_url)
        self._base_url = base_url
        self._strangers = Tries(clock, TRIES)

    async def actor(self, request: Request, action: str) -> Actor:
        """Whoever asks, if they may do this. Raises NotSignedIn, IssuerAway, StoreError, HTTPException, or as `allow`.

        A good token is always served; addresses that show wrong ones again and again are told to stop. Whoever shows
        none learns each time that one is needed.
        """
        try:
            actor = await self._known(request)
        except NotSignedIn:
            if _shows_something(request) and self._strangers.too_many(request.client.host if request.client else ""):
                raise HTTPException(429, "Too many wrong tokens.", {"retry-after": "60"}) from None
            raise
        allow(actor, action)
        return actor

    async def _known(self, request: Request) -> Actor:
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise NotSignedIn
            return await self._access.bearer(token.strip())
        actor = await self._sessions.actor(request)
        if request.method not in SAFE_METHODS:
            same_origin(request, self._base_url)
        return actor


class GuardedRoute(APIRoute):
    """Whose name is an action of the rule table. It is of no core: the web app that serves it knows its own."""

    def get_route_handler(self) -> Handler:
        handle, action = super().get_route_handler(), self.name
        known = {each.alias for each in self.dependant.query_params}

        async def guarded(request: Request) -> Response:
            guard: Guard = request.app.state.guard
            request.state.actor = await guard.actor(request, action)
            _check_names(request, known)
            response = await handle(Request(request.scope, _limited(request.receive)))
            response.headers.setdefault("cache-control", "no-store")
            return response

        return guarded


def guards(web: FastAPI, app: App) -> None:
    """Let this web app serve `GuardedRoute`s, over this running core."""
    web.state.core = app
    web.state.guard = Guard(app.access, app.settings.base_url, app.clock)


def core_of(request: Request) -> App:
    """What the web app that was asked is over."""
    app: App = request.app.state.core
    return app


def actor_of(request: Request) -> Actor:
    """Who was let in."""
    actor: Actor = request.state.actor
    return actor


def _check_names(request: Request, known: Collection[str]) -> None:
    """Of a misspelt filter nobody shall get everything instead. Raises BadParameter."""
    if unknown := next((name for name in request.query_params if name not in known), None):
        there = ", ".join(sorted(known)) or "none"
        raise BadParameter(f"{unknown[:40]} is no parameter here. There are: {there}.")


def _shows_something(request: Request) -> bool:
    return "authorization" in request.headers or "cookie" in request.headers


def _limited(receive: Receive) -> Receive:
    """A body is read up to a limit, however long it says it is."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, f"The body is too big: at most {MAX_BODY:,} bytes.")
        return message

    return limited
