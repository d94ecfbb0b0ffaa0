"""The routes of the dashboard: who may see it, what is shown, and what goes wrong as a page, too."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from core.admin.model import Actor
from core.admin.rules import allow
from core.app import App
from core.errors import EaselError
from webhooks.dashboard import formats
from webhooks.dashboard.audit import AuditLog
from webhooks.dashboard.costs import Costs
from webhooks.dashboard.door import Door
from webhooks.dashboard.forms import fields
from webhooks.dashboard.jobs import Jobs
from webhooks.dashboard.orders import Orders
from webhooks.dashboard.overview import Overview
from webhooks.dashboard.periods import CHOICES
from webhooks.dashboard.providers import ProvidersPage
from webhooks.dashboard.rendering import HEADERS, Renderer
from webhooks.dashboard.users import Users
from webhooks.dashboard.views import ADMIN, SECTIONS, Shown, View, address
from webhooks.pay.guard import same_origin

STATIC = Path(__file__).parent / "static"
ASSETS = {
    "dashboard.css": "text/css", "dashboard.js": "text/javascript", "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}  # fmt: skip
SIGNED_OUT = 401


class Dashboard:
    """The pages, over a running core."""

    def __init__(self, app: App, door: Door) -> None:
        self._app = app
        self._door = door
        self._renderer = Renderer()
        self.router = APIRouter(include_in_schema=False)
        add = self.router.add_api_route
        add("/admin-static/{name}", self.asset, methods=["GET"], response_model=None)
        add(f"{ADMIN}/enter/{{secret}}", self.at_door, methods=["GET"], response_model=None)
        add(f"{ADMIN}/enter/{{secret}}", self.enter, methods=["POST"], response_model=None)
        add(f"{ADMIN}/leave", self.leave, methods=["POST"], response_model=None)
        for view in self._views():
            add(view.path, self._showing(view), methods=["GET"], response_model=None)
        add(f"{ADMIN}/{{rest:path}}", self.nowhere, methods=["GET"], response_model=None)

    def _views(self) -> tuple[View, ...]:
        app = self._app
        users, jobs = Users(app), Jobs(app)
        return (
            View(ADMIN, "stats", "overview", Overview(app).show),
            View(f"{ADMIN}/users", "users", "users", users.everybody),
            View(f"{ADMIN}/users/{{account}}", "user", "user", users.one),
            View(f"{ADMIN}/costs", "costs", "costs", Costs(app).show),
            View(f"{ADMIN}/jobs", "jobs", "jobs", jobs.all),
            View(f"{ADMIN}/jobs/{{job}}", "job", "job", jobs.one),
            View(f"{ADMIN}/providers", "providers", "providers", ProvidersPage(app).show),
            View(f"{ADMIN}/orders", "orders", "orders", Orders(app).show),
            View(f"{ADMIN}/audit", "audit", "audit", AuditLog(app).show),
        )

    async def asset(self, name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404, "There is no such file.")
        return FileResponse(STATIC / name, media_type=ASSETS[name], headers={"cache-control": "no-cache"})

    async def at_door(self, secret: str) -> Response:
        """A page with a button. Opening the link does not use it up: chats open links to show what is there."""
        return self._page("enter", {"action": f"{ADMIN}/enter/{secret}"})

    async def enter(self, secret: str, request: Request) -> Response:
        same_origin(request, self._app.settings.base_url)
        answer = RedirectResponse(ADMIN, 303, headers=HEADERS)
        try:
            await self._door.enter(secret, request, answer)
        except EaselError as error:
            return self._error(request, error)
        return answer

    async def leave(self, request: Request) -> Response:
        await self._form(request)
        answer = RedirectResponse(ADMIN, 303, headers=HEADERS)
        await self._door.leave(request, answer)
        return answer

    async def nowhere(self, request: Request) -> Response:
        return self._page("error", {"title": "This page is not there", "said": "", "signed_out": False}, 404)

    async def _form(self, request: Request) -> dict[str, str]:
        """What a form of a page of this session sends. Raises HTTPException for any other one."""
        same_origin(request, self._app.settings.base_url)
        form = await fields(request)
        if not hmac.compare_digest(form.get("csrf", "").encode(), self._door.csrf(request).encode()):
            raise HTTPException(403, "Send this form from the dashboard.")
        return form

    def _showing(self, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def showing(request: Request) -> Response:
            try:
                actor = await self._door.actor(request)
                allow(actor, view.action)
                shown = await view.show(request, actor)
            except EaselError as error:
                return self._error(request, error)
            return self._page(view.template, self._frame(request, actor, shown) | dict(shown.data))

        return showing

    def _frame(self, request: Request, actor: Actor, shown: Shown) -> dict[str, object]:
        """What is around every page of somebody who is in."""
        now = self._app.clock.now()
        return {
            "title": shown.title, "section": shown.section, "sections": SECTIONS, "actor": actor,
            "csrf": self._door.csrf(request), "path": request.url.path, "query": dict(request.query_params),
            "address": address, "choices": CHOICES, "now": now, "updated": formats.clock_time(now),
            "here": address(request.url.path, dict(request.query_params)),
        }  # fmt: skip

    def _error(self, request: Request, error: EaselError) -> Response:
        """A part of a page that is gone leads to the whole page, which says so."""
        is_out = error.http_status == SIGNED_OUT
        headers = {"hx-redirect": ADMIN} if is_out and request.headers.get("hx-request") else {}
        title = "You are not signed in" if is_out else "That did not work"
        context = {"title": title, "said": error.message, "signed_out": is_out}
        return self._page("error", context, error.http_status, headers)

    def _page(
        self, template: str, context: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        return self._renderer.page(template, context, status, headers)
