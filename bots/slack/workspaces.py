"""Which token speaks for which workspace: the one of SLACK_BOT_TOKEN, or those that OAuth has brought."""

import asyncio
import logging
import math
import time
from collections import defaultdict
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.installations import Installations, States
from bots.slack.refusals import PASSING, NotInstalled, Trouble, code_of
from core.app import App
from core.errors import ConfigError, EaselError
from core.log import logger

API_URL = "https://slack.com/api/"
CALL_SECONDS = 15
AGAIN_SECONDS = 2.0
RATE_LIMIT_TRIES = 3
ROTATE_BEFORE_MINUTES = 120
"""Tokens live for 12 hours: https://docs.slack.dev/authentication/using-token-rotation"""


def sdk_logger() -> logging.Logger:
    """For Slack's libraries: they warn of what we handle, and log what people write when they debug."""
    quiet = logging.getLogger("easel.slack")
    quiet.setLevel(logging.ERROR)
    return quiet


class Workspaces:
    """Makes clients. `repeatable` ones try again after a broken connection: only for calls that may happen twice."""

    def __init__(self, app: App) -> None:
        self._settings = app.settings
        self._logger = sdk_logger()
        self._bot: Bot | None = None
        self._renewals: dict[str, asyncio.Task[None]] = {}
        self._rotating: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.installations = Installations(app.stores.settings, self._logger)
        secret = self._settings.slack_client_secret.get_secret_value()
        self.states = States(secret, app.stores.limits, app.clock, self._logger)

    @property
    def has_oauth(self) -> bool:
        return bool(self._settings.slack_client_id and self._settings.slack_client_secret.get_secret_value())

    def raw(self, token: str | None = None, *, repeatable: bool = False, patient: bool = True) -> AsyncWebClient:
        """A client of this token. One that is not `patient` does not wait when Slack asks it to slow down."""
        handlers: list[AsyncRetryHandler] = []
        if patient:
            handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_LIMIT_TRIES))
        if repeatable:
            handlers += [AsyncConnectionErrorRetryHandler(), AsyncServerErrorRetryHandler()]
        return AsyncWebClient(
            token, self._settings.slack_api_url or API_URL, timeout=CALL_SECONDS, logger=self._logger,
            retry_handlers=handlers,
        )  # fmt: skip

    async def client(self, team: str, enterprise: str = "", *, repeatable: bool = False) -> AsyncWebClient:
        """Raises NotInstalled, StoreError."""
        if not self.has_oauth:
            return self.raw(self._settings.slack_bot_token.get_secret_value(), repeatable=repeatable)
        return self.raw((await self._installed(team, enterprise)).bot_token, repeatable=repeatable)

    async def speaker(self, team: str, enterprise: str = "") -> Bot:
        """Whose token to use for an event. Acknowledging waits for this, so Slack is only asked when there is no way
        around it: for a token that has ended. One that ends soon is renewed meanwhile. Raises NotInstalled, StoreError.
        """
        if not self.has_oauth:
            return self._bot or _bot_of(self._settings.slack_bot_token.get_secret_value())
        bot = await self._kept(team, enterprise)
        left = (bot.bot_token_expires_at or math.inf) - time.time()
        if left <= 0:
            return await self._installed(team, enterprise)
        if left < ROTATE_BEFORE_MINUTES * 60 and (name := f"{enterprise}:{team}") not in self._renewals:
            task = self._renewals[name] = asyncio.create_task(self._renewed(team, enterprise))
            task.add_done_callback(lambda _: self._renewals.pop(name, None))
        return bot

    async def own_bot(self) -> Bot:
        """Whom SLACK_BOT_TOKEN speaks for; asked for once. Raises ConfigError if Slack does not accept it, Trouble."""
        if self._bot is None:
            token = self._settings.slack_bot_token.get_secret_value()
            try:
                who = await self.raw(token, repeatable=True).auth_test()
            except SlackApiError as error:
                if code_of(error) in PASSING:
                    raise
                raise ConfigError(
                    [f"SLACK_BOT_TOKEN: Slack does not accept it ({code_of(error)}). Copy it anew."]
                ) from None
            self._bot = _bot_of(token, who["team_id"], who.get("bot_id", ""), who["user_id"])
        return self._bot

    async def verified(self) -> None:
        """Until Slack has said whether it accepts the bot's token. Raises ConfigError."""
        if not self.has_oauth and self._settings.slack_client_secret.get_secret_value():
            raise ConfigError(["SLACK_CLIENT_ID: is not set, but SLACK_CLIENT_SECRET is. Set both, or none of them."])
        while not self.has_oauth:
            try:
                await self.own_bot()
            except Trouble as error:
                logger().warning("slack not reached", errorName=code_of(error) or type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _kept(self, team: str, enterprise: str) -> Bot:
        bot = await self.installations.async_find_bot(enterprise_id=enterprise or None, team_id=team or None)
        if bot is None:
            raise NotInstalled(f"Easel is not installed in {team or enterprise}")
        return bot

    async def _renewed(self, team: str, enterprise: str) -> None:
        try:
            await self._installed(team, enterprise)
        except (NotInstalled, EaselError) as error:
            logger().warning("slack token not rotated", team=team, errorName=type(error).__name__)

    async def _installed(self, team: str, enterprise: str) -> Bot:
        """With a token that is good for a while."""
        bot = await self._kept(team, enterprise)
        if bot.bot_token_expires_at is None:
            return bot
        async with self._rotating[f"{enterprise}:{team}"]:
            return await self._rotated(team, enterprise)

    async def _rotated(self, team: str, enterprise: str) -> Bot:
        """A fresh token in time. Another process may be quicker: then its token is in the store, and ours still good.

        A crash between Slack's answer and our saving it loses the new refresh token: then install again.
        """
        bot = await self._kept(team, enterprise)
        rotator = AsyncTokenRotator(
            client_id=self._settings.slack_client_id,
            client_secret=self._settings.slack_client_secret.get_secret_value(), client=self.raw(),
        )  # fmt: skip
        try:
            renewed = await rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=ROTATE_BEFORE_MINUTES)
        except (SlackTokenRotationError, *Trouble) as error:  # the token that is there is good for hours yet
            logger().warning("slack token not rotated", team=team, errorName=str(error)[:80])
            again = await self.installations.async_find_bot(enterprise_id=enterprise or None, team_id=team or None)
            return again or bot
        if renewed is not None:
            await self.installations.async_save_bot(renewed)
        return renewed or bot


def _bot_of(token: str, team: str = "", bot: str = "", user: str = "") -> Bot:
    return Bot(team_id=team, bot_token=token, bot_id=bot, bot_user_id=user, installed_at=0.0)


class Authorize(AsyncAuthorize):
    """Bolt asks for each event whose token to use, before it acknowledges. Slack's envelope says who our bot is."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the SDK has no types here
        self._workspaces = workspaces

    async def __call__(
        self, *, context: Any, enterprise_id: str | None, team_id: str | None, user_id: str | None, **actor: Any
    ) -> AuthorizeResult | None:
        try:
            bot = await self._workspaces.speaker(team_id or "", enterprise_id or "")
        except NotInstalled:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_user_id=bot.bot_user_id or None,
            bot_id=bot.bot_id or None, bot_token=bot.bot_token, user_id=user_id,
        )  # fmt: skip
