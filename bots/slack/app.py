"""Make the Bolt app, and connect it: by Socket Mode, or by signed requests to the web app."""

import asyncio

from fastapi import APIRouter, HTTPException, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError

from bots.service import Service
from bots.slack.desk import Desk
from bots.slack.listeners import register
from bots.slack.manifest import SCOPES
from bots.slack.refusals import Trouble, code_of
from bots.slack.workspaces import Authorize, Workspaces, sdk_logger
from core.app import App
from core.errors import ConfigError
from core.log import logger

EVENTS_PATH = "/webhooks/slack/events"
INSTALL_PATH = "/webhooks/slack/install"
REDIRECT_PATH = "/webhooks/slack/oauth_redirect"
MOST_BODY = 1_000_000
"""Slack's own requests are far smaller: a modal's view has at most 250 kB."""
CONNECT_AGAIN_SECONDS = (1, 2, 5, 10, 30)
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What Bolt raises for a body that is not one of Slack's; it reads the body before it checks the signature."""


def bolt_app(app: App, service: Service, workspaces: Workspaces) -> AsyncApp:
    """Bolt with all our listeners."""
    settings = app.settings
    bolt = AsyncApp(
        name="easel", client=workspaces.raw(), logger=sdk_logger(),
        authorize=Authorize(workspaces),  # type: ignore[arg-type]  # Bolt takes both, and says so in a comment
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        oauth_settings=_oauth(app, workspaces) if workspaces.has_oauth else None,
    )  # fmt: skip
    register(bolt, Desk(app, service, workspaces))
    return bolt


async def connected(bolt: AsyncApp, token: str) -> None:
    """Take events in by Socket Mode until cancelled; connections are renewed when Slack says so, or when they break.

    Raises ConfigError when Slack does not accept the token.
    """
    handler = AsyncSocketModeHandler(bolt, token, logger=sdk_logger())
    try:
        await _connect(handler)
        await asyncio.Event().wait()
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # the SDK has no types here


async def _connect(handler: AsyncSocketModeHandler) -> None:
    for tries in range(1_000_000):
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
        except Trouble as error:
            if isinstance(error, SlackApiError) and (code := code_of(error)) not in {"", "internal_error"}:
                raise ConfigError(
                    [f"SLACK_APP_TOKEN: Slack does not accept it ({code}). It starts with xapp- and needs the scope "
                     "connections:write; make it under Basic Information, App-Level Tokens."]
                ) from None  # fmt: skip
            logger().warning("slack not reached", errorName=type(error).__name__)
            await asyncio.sleep(CONNECT_AGAIN_SECONDS[min(tries, len(CONNECT_AGAIN_SECONDS) - 1)])
        else:
            logger().info("slack connected")
            return


def router(bolt: AsyncApp, *, installs: bool) -> APIRouter:
    """Signed requests at one address for events, commands and interactivity; with OAuth, the pages to install."""
    routes, handler = APIRouter(include_in_schema=False), AsyncSlackRequestHandler(bolt)

    async def take(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BODY:
            raise HTTPException(413, "This request is too large.")
        try:
            to_async_bolt_request(request, body)
        except MALFORMED:
            raise HTTPException(400, "This request is not one of Slack's.") from None
        return await handler.handle(request)

    routes.add_api_route(EVENTS_PATH, take, methods=["POST"])
    if installs:
        routes.add_api_route(INSTALL_PATH, handler.handle, methods=["GET"], response_model=None)
        routes.add_api_route(REDIRECT_PATH, handler.handle, methods=["GET"], response_model=None)
    return routes


def _oauth(app: App, workspaces: Workspaces) -> AsyncOAuthSettings:
    """https://docs.slack.dev/authentication/installing-with-oauth"""
    return AsyncOAuthSettings(
        client_id=app.settings.slack_client_id, client_secret=app.settings.slack_client_secret.get_secret_value(),
        scopes=list(SCOPES), user_scopes=[], redirect_uri=f"{app.settings.base_url}{REDIRECT_PATH}",
        install_path=INSTALL_PATH, redirect_uri_path=REDIRECT_PATH,
        installation_store=workspaces.installations, state_store=workspaces.states, logger=sdk_logger(),
    )  # fmt: skip
