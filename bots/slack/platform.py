"""Slack, as the wiring sees it."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter

from bots.commands import command_table
from bots.platform import Platform
from bots.service import Service
from bots.slack import app as slack
from bots.slack import places
from bots.slack.errands import Errands
from bots.slack.manifest import manifest
from bots.slack.messenger import SlackMessenger
from bots.slack.socket import connected
from bots.slack.workspaces import Workspaces
from core.app import App
from core.catalogue import find_catalogue, load_catalogue
from core.errors import ConfigError
from core.jobs.delivery import Messenger
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Office:
    """What the parts of one process share: its tokens, and what it has taken on."""

    workspaces: Workspaces
    errands: Errands


class SlackPlatform:
    """`Platform` for Slack."""

    name = places.PLATFORM

    def __init__(self) -> None:
        self._offices: dict[int, Office] = {}

    @asynccontextmanager
    async def messenger(self, app: App) -> AsyncIterator[Messenger]:
        """It closes when no event comes in any more; what was acknowledged until then is seen through."""
        office = self._offices[id(app)] = Office(Workspaces(app), Errands())
        try:
            yield SlackMessenger(app, office.workspaces)
        finally:
            del self._offices[id(app)]
            await office.errands.finished()

    def routers(self, app: App, service: Service) -> Sequence[APIRouter]:
        """Nothing can be taken in that is not signed, so without SLACK_SIGNING_SECRET there are no addresses."""
        if not app.settings.slack_signing_secret.get_secret_value():
            return []
        office = self._offices[id(app)]
        bolt = slack.bolt_app(app, service, office.workspaces, office.errands)
        return [slack.router(bolt, installs=office.workspaces.has_oauth)]

    async def run(self, app: App, service: Service) -> None:
        """By Socket Mode with SLACK_APP_TOKEN; else the web app takes the events in, and this only checks the token."""
        settings, office = app.settings, self._offices[id(app)]
        token = settings.slack_app_token.get_secret_value()
        if not token and not settings.slack_signing_secret.get_secret_value():
            raise ConfigError(
                ["SLACK_APP_TOKEN: is not set. Set it for Socket Mode (it starts with xapp-), or SLACK_SIGNING_SECRET "
                 "to take events in over HTTP."]
            )  # fmt: skip
        await office.workspaces.verified()
        if token:
            bolt = slack.bolt_app(app, service, office.workspaces, office.errands)
            await connected(bolt, office.workspaces.raw(), token)
        await asyncio.Event().wait()

    async def sync(self, settings: Settings, arguments: Sequence[str]) -> int:
        """Print the manifest, for "Create New App" or "App Manifest" at api.slack.com/apps."""
        chosen = _arguments().parse_args(list(arguments))
        over_http = chosen.http or (not chosen.socket and settings.public_url.startswith("https://"))
        commands = command_table(load_catalogue(find_catalogue(settings.easel_config)))
        has_oauth = bool(settings.slack_client_id)
        shown = manifest(
            commands, settings.base_url, slack.EVENTS_PATH, slack.REDIRECT_PATH, socket=not over_http, oauth=has_oauth
        )
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="easel sync slack", description="Print the app's manifest.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--socket", action="store_true", help="events come by Socket Mode (default without PUBLIC_URL)")
    how.add_argument("--http", action="store_true", help="events come to PUBLIC_URL (default with https)")
    return parser


PLATFORM: Platform = SlackPlatform()
