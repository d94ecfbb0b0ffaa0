"""`/api/v1`: the admin API and its description."""

from typing import Any

from fastapi import APIRouter, Security
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from core import __version__
from core.app import App
from webhooks.api.acting import Acting
from webhooks.api.codes import Handing
from webhooks.api.envelope import FAILURES
from webhooks.api.guard import Guard
from webhooks.api.insight import Insight
from webhooks.api.lists import Lists
from webhooks.api.people import People
from webhooks.api.state import State

PREFIX = "/api/v1"
ABOUT = (
    "Reports, lists and actions of an Easel. Send `Authorization: Bearer`, with a token of `easel token create` "
    "(scopes read, events, admin) or one of your sign-in service."
)
BEARER = HTTPBearer(auto_error=False, description="A token of `easel token create`, or an OIDC one.")


def router(app: App) -> APIRouter:
    """All of it, over a running core."""
    guard = Guard(app.access, app.settings.base_url, app.clock)
    admin = APIRouter(
        prefix=f"{PREFIX}/admin", route_class=guard.route(), responses=FAILURES, dependencies=[Security(BEARER)]
    )
    for part in (Insight(app), People(app), Lists(app), State(app), Acting(app), Handing(app)):
        part.add_to(admin)
    routes = APIRouter()
    routes.include_router(admin)

    @routes.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    async def description() -> dict[str, Any]:
        return get_openapi(title="Easel admin API", version=__version__, description=ABOUT, routes=admin.routes)

    return routes
