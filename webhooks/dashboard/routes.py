"""The routes of the dashboard: who may see it, what is shown, and what goes wrong as a page, too."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from core.admin.model import Actor
from core.admin.refusals import NotSignedIn
from core.admin.rules import allow
from core.app import App
from core.errors import EaselError
from core.log import logger
from webhooks.assets import asset
from webhooks.dashboard import formats
from webhooks.dashboard.actions import ACTS, Actions, act_of
from webhooks.dashboard.audit import AuditLog
from webhooks.dashboard.changes import changes
from webhooks.dashboard.costs import Costs
from webhooks.dashboard.forms import fields
from webhooks.dashboard.jobs import Jobs
from webhooks.dashboard.orders import Orders
from webhooks.dashboard.overview import Overview
from webhooks.dashboard.periods import CHOICES
from webhooks.dashboard.providers import ProvidersPage
from webhooks.dashboard.rendering import HEADERS, Renderer
from webhooks.dashboard.users import Users
from webhooks.dashboard.views import ADMIN, SECTIONS, Shown, View, address
from webhooks.pay.guard import Tries, same_origin
from webhooks.sessions import Sessions

STATIC = Path(__file__).parent / "static"
ASSETS = {
    "dashboard.css": "text/css", "dashboard.js": "text/javascript", "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}  # fmt: skip
NOBODY_KNOWN = NotSignedIn().message
"""Words for programs; people are told where links come from instead."""
Handler = Callable[[Request], Awaitable[Response]]


class Dashboard:
    """The pages, over a running core."""

    def __init__(self, app: App, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions
        self._base_url = app.settings.base_url
        self._strangers = Tries(app.clock)
        self._renderer = Renderer()
        self._actions = Actions(app)
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/admin-static/{name}", self.asset, methods=["GET"], response_model=None)
        self._add("GET", "/enter/{secret}", self.at_door)
        self._add("POST", "/enter/{secret}", self.enter)
        self._add("POST", "/leave", self.leave)
        self._add("POST", "/do/{action}/{target}", self.do)
        for view in self._views():
            self._add("GET", view.path.removeprefix(ADMIN), self._showing(view))
        self._add("GET", "/{rest:path}", self.nowhere)

    def _views(self) -> tuple[View, ...]:
        app = self._app
        users, jobs, orders = Users(app), Jobs(app), Orders(app)
        return (
            View(ADMIN, "stats", "overview", Overview(app).show),
            View(f"{ADMIN}/users", "users", "users", users.everybody),
            View(f"{ADMIN}/users/{{account}}", "user", "user", users.one),
            View(f"{ADMIN}/costs", "costs", "costs", Costs(app).show),
            View(f"{ADMIN}/jobs", "jobs", "jobs", jobs.all),
            View(f"{ADMIN}/jobs/{{job}}", "job", "job", jobs.one),
            View(f"{ADMIN}/providers", "providers", "providers", ProvidersPage(app).show),
            View(f"{ADMIN}/orders", "orders", "orders", orders.show),
            View(f"{ADMIN}/orders/{{order}}", "orders", "order", orders.one),
            View(f"{ADMIN}/audit", "audit", "audit", AuditLog(app).show),
            View(f"{ADMIN}/do/{{action}}/{{target}}", "dashboard", "confirm", self._actions.confirm),
        )

    async def asset(self, name: str) -> Response:
        return asset(STATIC, ASSETS, name)

    async def at_door(self, request: Request) -> Response:
        """A page with a button. Opening the link does not use it up: chats open links to show what is there."""
        return self._renderer.page("enter", {"action": quote(request.url.path)})

    async def enter(self, request: Request) -> Response:
        same_origin(request, self._base_url)
        answer = RedirectResponse(ADMIN, 303, headers=HEADERS)
        try:
            await self._sessions.enter(request.path_params["secret"], request, answer)
        except NotSignedIn:
            if self._strangers.too_many(request.client.host if request.client else ""):
                raise HTTPException(429, "Too many unknown links. Wait a minute.") from None
            raise
        return answer

    async def leave(self, request: Request) -> Response:
        await self._form(request)
        answer = RedirectResponse(ADMIN, 303, headers=HEADERS)
        await self._sessions.leave(request, answer)
        return answer

    async def do(self, request: Request) -> Response:
        """303 to the page of what it was done to, which says so."""
        actor = await self._sessions.actor(request)
        form, act, target = await self._form(request), act_of(request.path_params), request.path_params["target"]
        line = await self._actions.do(act, target, form, actor)
        return RedirectResponse(address(act.page(quote(line.target)), {"done": line.id}), 303, headers=HEADERS)

    async def nowhere(self, request: Request) -> Response:
        if not request.path_params["rest"]:
            return RedirectResponse(ADMIN, 308, headers=HEADERS)
        raise HTTPException(404, "This page is not there.")

    async def _form(self, request: Request) -> dict[str, str]:
        """What a form of a page of this session sends. Raises HTTPException for any other one."""
        same_origin(request, self._base_url)
        form = await fields(request)
        if not hmac.compare_digest(form.get("csrf", "").encode(), self._sessions.csrf(request).encode()):
            raise HTTPException(403, "Send this form from the dashboard.")
        return form

    def _showing(self, view: View) -> Handler:
        async def showing(request: Request) -> Response:
            actor = await self._sessions.actor(request)
            allow(actor, view.action)
            shown = await view.show(request, actor)
            return self._renderer.page(view.template, await self._frame(request, actor, shown) | dict(shown.data))

        return showing

    def _add(self, method: str, path: str, handler: Handler) -> None:
        """A route on which everything that goes wrong is a page."""

        async def answering(request: Request) -> Response:
            try:
                return await handler(request)
            except EaselError as error:
                return self._error(request, error.http_status, error.message)
            except HTTPException as error:
                return self._error(request, error.status_code, str(error.detail))
            except Exception as error:
                logger().error("page crashed", exc_info=error)
                return self._error(request, 500, "Something went wrong on our side. It is in Easel's log.")

        self.router.add_api_route(ADMIN + path, answering, methods=[method], response_model=None)

    async def _frame(self, request: Request, actor: Actor, shown: Shown) -> dict[str, object]:
        """What is around every page of somebody who is in."""
        query = {name: value for name, value in request.query_params.items() if name != "done"}
        return {
            "title": shown.title, "section": shown.section, "sections": SECTIONS, "actor": actor,
            "csrf": self._sessions.csrf(request), "path": request.url.path, "query": query, "address": address,
            "choices": CHOICES, "updated": formats.clock_time(self._app.clock.now()),
            "here": address(request.url.path, query), "done": await self._done(request),
        }  # fmt: skip

    async def _done(self, request: Request) -> str:
        """What was just done, as the audit log has it: an address cannot make it up."""
        done = request.query_params.get("done")
        line = await self._app.stores.audit.get(done) if done else None
        return f"{line.action}. {changes(line.before, line.after)}" if line else ""

    def _error(self, request: Request, status: int, said: str) -> Response:
        """A part of a page that may not be seen any more leads to the whole page, which says so."""
        is_out = status == NotSignedIn.http_status
        headers: Mapping[str, str] = {"hx-redirect": ADMIN} if is_out and request.headers.get("hx-request") else {}
        title = "You are not signed in" if is_out else "That did not work"
        said = "" if said == NOBODY_KNOWN else said
        data = {"title": title, "said": said, "signed_out": is_out, "back": _section_of(request)}
        return self._renderer.page("error", data, status, headers)


def _section_of(request: Request) -> tuple[str, str]:
    """Where to go on after an error: address and name of the section where it happened."""
    act = ACTS.get(request.path_params.get("action", ""))
    path = f"{ADMIN}/{act.section}/" if act else request.url.path
    found = next(((href, name) for _, href, name in SECTIONS[1:] if f"{path}/".startswith(f"{href}/")), None)
    return found or (ADMIN, SECTIONS[0][2])
