"""What each chat platform's package offers to the wiring, and where they are found."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from core.settings import Settings

if TYPE_CHECKING:  # `easel ask` starts faster without the web framework
    from fastapi import APIRouter

    from bots.service import Service
    from core.app import App
    from core.jobs.delivery import Messenger

MODULES = {"discord": "bots.discord.platform", "slack": "bots.slack.platform", "telegram": "bots.telegram.platform"}


class Platform(Protocol):
    """One chat platform. Its SDK is imported only when it is configured."""

    name: str

    def messenger(self, app: "App") -> "AbstractAsyncContextManager[Messenger]":
        """Delivers results over plain REST, from any process. Raises ConfigError."""

    def routers(self, app: "App", service: "Service") -> "Sequence[APIRouter]":
        """What the web app serves for it, such as webhooks."""

    async def run(self, app: "App", service: "Service") -> None:
        """Take events in until cancelled. Raises ConfigError when the platform refuses us, such as for a bad token."""

    async def sync(self, settings: Settings, arguments: Sequence[str]) -> int:
        """`easel sync`: register commands, or print what is to be registered by hand. The exit code."""


def configured(settings: Settings) -> list[str]:
    """The platforms whose token is set, in a fixed order."""
    tokens = {
        "discord": settings.discord_token, "slack": settings.slack_bot_token or settings.slack_client_secret,
        "telegram": settings.telegram_token,
    }  # fmt: skip
    return [name for name, token in tokens.items() if token.get_secret_value()]


def load(name: str) -> Platform:
    """A platform's package; the module's `PLATFORM` is the object."""
    return cast(Platform, import_module(MODULES[name]).PLATFORM)
