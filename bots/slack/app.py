"""Make the Bolt app, and the addresses at which the web app takes Slack's signed requests in."""

from fastapi import APIRouter, HTTPException, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings

from bots.service import Service
from bots.slack.desk import Desk
from bots.slack.errands import Errands
from bots.slack.listeners import register
from bots.slack.manifest import SCOPES
from bots.slack.wellformed import WellFormed
from bots.slack.workspaces import Authorize, Workspaces, sdk_logger
from core.app import App

EVENTS_PATH = "/webhooks/slack/events"
INSTALL_PATH = "/webhooks/slack/install"
REDIRECT_PATH = "/webhooks/slack/oauth_redirect"
MOST_BODY = 1_000_000
"""Slack's own requests are far smaller: a modal's view has at most 250 kB."""
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What Bolt raises for a body that is not one of Slack's; it reads the body before it checks the signature."""


def bolt_app(app: App, service: Service, workspaces: Workspaces, errands: Errands) -> AsyncApp:
    """Bolt with all our listeners."""
    settings = app.settings
    bolt = AsyncApp(
        name="easel", client=workspaces.raw(), logger=sdk_logger(),
        authorize=Authorize(workspaces),  # type: ignore[arg-type]  # Bolt takes both, and says so in a comment
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        oauth_settings=_oauth(app, workspaces) if workspaces.has_oauth else None, before_authorize=WellFormed(),
    )  # fmt: skip
    register(bolt, Desk(app, service, workspaces, errands))
    return bolt


def router(bolt: AsyncApp, *, installs: bool) -> APIRouter:
    """Signed requests at one address for events, commands and interactivity; with OAuth, the pages to install."""
    routes, handler = APIRouter(include_in_schema=False), AsyncSlackRequestHandler(bolt)

    async def take(request: Request) -> Response:
        body = await _body(request)
        try:
            asked = to_async_bolt_request(request, body)
        except MALFORMED:
            raise HTTPException(400, "This request is not one of Slack's.") from None
        return to_starlette_response(await bolt.async_dispatch(asked))

    routes.add_api_route(EVENTS_PATH, take, methods=["POST"])
    if installs:
        routes.add_api_route(INSTALL_PATH, handler.handle, methods=["GET"], response_model=None)
        routes.add_api_route(REDIRECT_PATH, handler.handle, methods=["GET"], response_model=None)
    return routes


async def _body(request: Request) -> bytes:
    """Not more than we are willing to hold: nothing is known yet about who sends it. Raises HTTPException."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise HTTPException(413, "This request is too large.")
    return bytes(body)


def _oauth(app: App, workspaces: Workspaces) -> AsyncOAuthSettings:
    """https://docs.slack.dev/authentication/installing-with-oauth"""
    return AsyncOAuthSettings(
        client_id=app.settings.slack_client_id, client_secret=app.settings.slack_client_secret.get_secret_value(),
        scopes=list(SCOPES), user_scopes=[], redirect_uri=f"{app.settings.base_url}{REDIRECT_PATH}",
        install_path=INSTALL_PATH, redirect_uri_path=REDIRECT_PATH,
        installation_store=workspaces.installations, state_store=workspaces.states, logger=sdk_logger(),
    )  # fmt: skip
