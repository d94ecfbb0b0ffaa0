"""The dashboard over a running core, behind a door that knows two cookies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response

from core.accounts.model import Role
from core.admin.model import Actor, Scope
from core.app import App
from core.errors import EaselError
from tests.support import ManualClock, opened, settings_in
from webhooks.app import create_web_app
from webhooks.dashboard.routes import Dashboard

ADMIN = Actor("a1", "playground:root", Role.ADMIN, frozenset({Scope.READ, Scope.ADMIN}), "a1")
OURS = {"sec-fetch-site": "same-origin"}
LINK = "l" * 32


class SignedOut(EaselError):
    code = "not_signed_in"
    http_status = 401


@dataclass
class OneCookie:
    """`Door` for people with the cookie `who`."""

    people: dict[str, Actor] = field(default_factory=lambda: {"root": ADMIN})

    async def actor(self, request: Request) -> Actor:
        if (known := self.people.get(request.cookies.get("who", ""))) is None:
            raise SignedOut("Nobody knows you.")
        return known

    async def enter(self, secret: str, request: Request, response: Response) -> None:
        if secret != LINK:
            raise SignedOut("This link was used or has expired.")
        response.set_cookie("who", "root")

    async def leave(self, request: Request, response: Response) -> None:
        response.delete_cookie("who")

    def csrf(self, request: Request) -> str:
        return f"csrf-{request.cookies.get('who', '')}"


@dataclass
class Place:
    app: App
    client: httpx.AsyncClient
    clock: ManualClock
    door: OneCookie

    async def page(self, path: str, status: int = 200, **headers: str) -> str:
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Where root is signed in."""
    clock, door = ManualClock(), OneCookie()
    async with opened(settings_in(tmp_path), clock) as app:
        web = create_web_app(app, [Dashboard(app, door).router])
        transport = httpx.ASGITransport(web)
        async with httpx.AsyncClient(
            transport=transport, base_url=app.settings.base_url, cookies={"who": "root"}
        ) as client:
            yield Place(app, client, clock, door)
