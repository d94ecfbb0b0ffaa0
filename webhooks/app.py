"""Build the web app: request ids, the envelope around every answer and error, headers, and the routes."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from core import __version__
from core.app import App
from core.errors import EaselError
from core.payments.demo import DemoGateway
from core.providers.ports import Announcing
from core.settings import LOOPBACK, Settings
from webhooks import assets, health, media, metrics, payments, replicate
from webhooks.answers import Answers
from webhooks.api import routes as api
from webhooks.bodies import SlowBodies
from webhooks.dashboard.routes import Dashboard
from webhooks.hosts import OwnHosts
from webhooks.pay import demo as pay_demo
from webhooks.pay.routes import Pay
from webhooks.request_ids import RequestIds
from webhooks.sessions import Sessions


def create_web_app(app: App, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The FastAPI application over a running core; `routers` are those of other packages."""
    web = FastAPI(
        title="Easel", version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False,  # its redirects repeat the caller's Host header
    )  # fmt: skip
    answers = Answers(app.settings.is_private)
    web.add_middleware(SlowBodies)
    if app.settings.is_local:
        web.add_middleware(OwnHosts, hosts=_own_hosts(app.settings))
    web.add_middleware(RequestIds, crashed=answers.crashed)
    web.add_exception_handler(EaselError, answers.easel_error)
    web.add_exception_handler(RequestValidationError, answers.invalid)
    web.add_exception_handler(HTTPException, answers.http_error)
    dashboard = Dashboard(app, Sessions(app.access, app.settings.base_url))
    own = (assets.router(), media.router(app.media), health.router(app), metrics.router(app), dashboard.router)
    api.add_to(web, app)
    for router in (*own, *_announced(app), *routers, *_buying(app)):
        web.include_router(router)
    return web


def _buying(app: App) -> list[APIRouter]:
    """After the others: `/webhooks/{gateway}` gives way to every route that is named."""
    demo = [
        pay_demo.router(gateway, app.checkout, app.settings.base_url)
        for gateway in app.checkout.gateways.values()
        if isinstance(gateway, DemoGateway)
    ]
    return [Pay(app).router, *demo, payments.router(app.checkout, app.watcher)]


def _announced(app: App) -> list[APIRouter]:
    """Where providers announce that something is done."""
    return [
        replicate.router(provider.announcements, provider.webhook_secret, app.clock)
        for provider in app.providers.images.values()
        if isinstance(provider, Announcing)
    ]


def _own_hosts(settings: Settings) -> frozenset[str]:
    public = urlsplit(settings.public_url).hostname
    return LOOPBACK | ({public} if public else frozenset())
