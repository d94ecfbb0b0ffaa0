"""Build the web app: request ids, the envelope around every answer and error, headers, and the routes."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core import __version__
from core.admin.refusals import NotSignedIn
from core.app import App
from core.errors import EaselError
from core.payments.demo import DemoGateway
from core.providers.ports import Announcing
from core.settings import LOOPBACK, Settings
from core.wire import failure, failure_of
from webhooks import health, media, payments, replicate
from webhooks.api import routes as api
from webhooks.hosts import OwnHosts
from webhooks.pay import demo as pay_demo
from webhooks.pay.routes import HEADERS, Pay
from webhooks.request_ids import RequestIds


def create_web_app(app: App, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The FastAPI application over a running core; `routers` are those of other packages."""
    web = FastAPI(title="Easel", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    if app.settings.is_local:
        web.add_middleware(OwnHosts, hosts=_own_hosts(app.settings))
    web.add_middleware(RequestIds)
    web.add_exception_handler(EaselError, _easel_error)
    web.add_exception_handler(RequestValidationError, _invalid)
    web.add_exception_handler(HTTPException, _http_error)
    for router in (
        media.router(app.media),
        health.router(app),
        api.router(app),
        *_announced(app),
        *routers,
        *_buying(app),
    ):
        web.include_router(router)
    return web


def _buying(app: App) -> list[APIRouter]:
    """After the others: `/webhooks/{gateway}` gives way to every route that is named."""
    demo = [
        pay_demo.router(gateway, app.settings.base_url, HEADERS)
        for gateway in app.checkout.gateways.values()
        if isinstance(gateway, DemoGateway)
    ]
    return [Pay(app).router, *demo, payments.router(app.checkout)]


def _announced(app: App) -> list[APIRouter]:
    """Where providers announce that something is done."""
    return [
        replicate.router(provider.announcements, provider.webhook_secret, app.clock)
        for provider in app.providers.images.values()
        if isinstance(provider, Announcing)
    ]


def request_id_of(request: Request) -> str:
    return str(request.state.request_id)


def _own_hosts(settings: Settings) -> frozenset[str]:
    public = urlsplit(settings.public_url).hostname
    return LOOPBACK | ({public} if public else frozenset())


async def _easel_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, EaselError)  # noqa: S101  # registered for this type only
    headers = {"www-authenticate": 'Bearer realm="easel"'} if isinstance(error, NotSignedIn) else None
    return JSONResponse(failure_of(error, request_id_of(request)), error.http_status, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this type only
    details = [{"field": ".".join(map(str, item["loc"])), "problem": item["msg"]} for item in error.errors()]
    return JSONResponse(
        failure("invalid", "The request has wrong or missing fields.", request_id_of(request), details), 422
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type only
    body = failure(f"http_{error.status_code}", str(error.detail), request_id_of(request))
    return JSONResponse(body, error.status_code, headers=error.headers)
