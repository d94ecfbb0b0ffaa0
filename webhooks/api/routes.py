"""`/api/v1`: the admin API and its description.

Its routes are made once per process, as FastAPI takes a tenth of a second to understand them: what they are over, each
request says (`webhooks.api.guard.core_of`).
"""

from typing import Any

from fastapi import APIRouter, FastAPI, Security
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from core import __version__
from core.app import App
from webhooks.api import acting, codes, insight, lists, people, state
from webhooks.api.envelope import FAILURES
from webhooks.api.guard import GuardedRoute, guards

PREFIX = "/api/v1"
ABOUT = (
    "Reports, lists and actions of an Easel. Send `Authorization: Bearer`, with a token of `easel token create` "
    "(scopes read, events, admin) or one of your sign-in service."
)
BEARER = HTTPBearer(auto_error=False, description="A token of `easel token create`, or an OIDC one.")


def _admin() -> APIRouter:
    routes = APIRouter(
        prefix=f"{PREFIX}/admin", route_class=GuardedRoute, responses=FAILURES, dependencies=[Security(BEARER)]
    )
    for part in (insight, people, lists, state, acting, codes):
        part.add_to(routes)
    return routes


ADMIN = _admin()


def add_to(web: FastAPI, app: App) -> None:
    """All of it, over a running core."""
    guards(web, app)
    web.router.routes += ADMIN.routes  # `include_router` would have them understood once more
    web.add_api_route(f"{PREFIX}/openapi.json", description, include_in_schema=False)


async def description() -> dict[str, Any]:
    return get_openapi(title="Easel admin API", version=__version__, description=ABOUT, routes=ADMIN.routes)
