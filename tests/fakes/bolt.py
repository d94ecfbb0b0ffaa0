"""Real Bolt apps, wired to the fake Slack in both of Slack's modes."""

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.serving import serve
from tests.fakes.slack import SlackFake

PATH = "/slack/events"


def quiet() -> logging.Logger:
    """Bolt warns of what the tests provoke."""
    logger = logging.getLogger("tests.bolt")
    logger.setLevel(logging.CRITICAL)
    return logger


def bolt_app(fake: SlackFake, oauth: AsyncOAuthSettings | None = None) -> AsyncApp:
    """An app of one workspace, or of many if it has `oauth`."""
    client = AsyncWebClient(None if oauth else fake.team.bot_token, base_url=fake.api_url, logger=quiet())
    return AsyncApp(
        client=client, signing_secret=fake.app.signing_secret, oauth_settings=oauth, logger=quiet()
    )  # fmt: skip


async def refusal(call: Awaitable[Any]) -> Any:
    """What Slack answered to a call that was turned down."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return raised.value.response


@asynccontextmanager
async def over_socket(fake: SlackFake, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app is connected over Socket Mode inside."""
    fake.request_url = None
    handler = AsyncSocketModeHandler(app, fake.app.app_token, logger=quiet())
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK has no types here
        await fake.connected()
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # the SDK has no types


@asynccontextmanager
async def over_http(fake: SlackFake, app: AsyncApp) -> AsyncIterator[str]:
    """The app listens for signed requests inside, at the address that is given out (without the path)."""
    runner, url = await serve(app.server(path=PATH, host="127.0.0.1").web_app)
    fake.request_url = f"{url}{PATH}"
    try:
        yield url
    finally:
        fake.request_url = None
        await runner.cleanup()
