"""Events by Socket Mode: a connection that Slack's own client renews, and what it does not see itself.

The client tries for ever and with the same address, whose ticket is good once
(`SocketModeClient.connect`, slack-sdk 3.47). So the first address is asked for here, where a wrong token can be told
from a network that is down; and while there is no connection, the client is made to ask for a new address.
"""

import asyncio
import logging
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.refusals import PASSING, Trouble, code_of
from core.errors import ConfigError
from core.log import logger

PING_SECONDS = 2.5
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 2.0
AGAIN_SECONDS = (1, 2, 5, 10, 30)


async def connected(bolt: AsyncApp, web: AsyncWebClient, token: str) -> None:
    """Take events in until cancelled. Raises ConfigError when Slack does not accept the token."""
    quiet = logging.getLogger("easel.slack.socket")
    quiet.setLevel(logging.CRITICAL)  # what it says over and over while Slack is away, we say once
    handler = AsyncSocketModeHandler(bolt, token, logger=quiet, web_client=web, ping_interval=PING_SECONDS)
    try:
        await _connect(handler, web, token)
        await _watch(handler.client)
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # the SDK has no types here


async def _connect(handler: AsyncSocketModeHandler, web: AsyncWebClient, token: str) -> None:
    tries = 0
    while True:
        with suppress(TimeoutError):
            if await _begin(handler, web, token):
                logger().info("slack connected")
                return
        logger().warning("slack not reached")
        await asyncio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
        tries += 1


async def _begin(handler: AsyncSocketModeHandler, web: AsyncWebClient, token: str) -> bool:
    """Whether it is connected now. Raises ConfigError, TimeoutError."""
    try:
        handler.client.wss_uri = str((await web.apps_connections_open(app_token=token))["url"])
    except Trouble as error:
        if isinstance(error, SlackApiError) and code_of(error) not in PASSING:
            raise ConfigError(
                [f"SLACK_APP_TOKEN: Slack does not accept it ({code_of(error)}). It starts with xapp- and needs "
                 "connections:write; make it under Basic Information, App-Level Tokens."]
            ) from None  # fmt: skip
        return False
    async with asyncio.timeout(CONNECT_SECONDS):
        await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK has no types
    return True


async def _watch(client: SocketModeClient) -> None:
    was_connected = True
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        is_connected = await client.is_connected()
        if not is_connected:
            client.wss_uri = None
        if is_connected != was_connected:
            logger().warning("slack connected again" if is_connected else "slack connection lost")
        was_connected = is_connected
