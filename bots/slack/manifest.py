"""The app's manifest: all that Slack has to know of Easel, made from the command table.

https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Sequence
from typing import Any

from bots.commands import Command
from bots.slack import sentences
from bots.slack.listeners.commands import UMBRELLA
from bots.slack.listeners.shortcuts import ASK_MESSAGE, CHANGE_MESSAGE, DRAW, DRAW_MESSAGE

SCOPES = (
    "app_mentions:read",  # mentions in channels and threads
    "assistant:write",  # the assistant's pane
    "channels:history",  # to find our own message again after a crash
    "channels:read",
    "chat:write",
    "commands",
    "files:read",  # pictures that people attach
    "files:write",  # pictures that we make
    "groups:history",
    "groups:read",
    "im:history",  # direct messages
    "im:read",
    "im:write",
    "usergroups:read",  # who belongs to a group that admins let use a command
    "users:read",  # who administers the workspace
)
EVENTS = (
    "app_home_opened", "app_mention", "app_uninstalled", "assistant_thread_context_changed",
    "assistant_thread_started", "message.im", "tokens_revoked",
)  # fmt: skip
DESCRIPTION = 140
USAGE_HINT = 1000
COMMAND_DESCRIPTION = 2000
SHORTCUT_NAME = 24
"""https://docs.slack.dev/reference/app-manifest#features"""
_SHORTCUTS = (
    ("global", DRAW, "Draw a picture", "Everything /imagine can do"),
    ("message", DRAW_MESSAGE, "Draw this message", "Make a picture of its words"),
    ("message", CHANGE_MESSAGE, "Change this picture", "Say what should be different"),
    ("message", ASK_MESSAGE, "Ask about this", "Ask about its words and pictures"),
)


def manifest(commands: Sequence[Command], base_url: str, events_path: str, redirect_path: str, *, socket: bool,
             oauth: bool) -> dict[str, Any]:  # fmt: skip
    """As a JSON value. `socket`: events come by Socket Mode, and no address of ours is named."""
    url = {} if socket else {"url": f"{base_url}{events_path}"}
    request_url = {} if socket else {"request_url": f"{base_url}{events_path}"}
    redirects = {"redirect_urls": [f"{base_url}{redirect_path}"]} if oauth else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Easel", "description": "Pictures from words, and answers to questions.",
            "long_description": _long_description(), "background_color": "#2c2d72",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Easel", "always_online": True},
            "assistant_view": {
                "assistant_description": "Draws pictures from words and answers questions.",
                "suggested_prompts": [{"title": title, "message": said} for title, said in sentences.SLACK_PROMPTS],
            },
            "shortcuts": [
                {"type": kind, "callback_id": name, "name": title[:SHORTCUT_NAME], "description": about}
                for kind, name, title, about in _SHORTCUTS
            ],
            "slash_commands": [_umbrella() | url, *(_slash(command) | url for command in commands)],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}, **redirects},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False, "socket_mode_enabled": socket, "token_rotation_enabled": oauth,
        },
    }  # fmt: skip


def _slash(command: Command) -> dict[str, Any]:
    hint = command.usage.removeprefix(f"/{command.name}").strip()
    shown = {
        "command": f"/{command.name}", "description": command.help[:COMMAND_DESCRIPTION], "should_escape": True,
    }  # fmt: skip
    return shown | ({"usage_hint": hint[:USAGE_HINT]} if hint else {})


def _umbrella() -> dict[str, Any]:
    """Where another app has a command of the same name: `/easel history`."""
    return {
        "command": UMBRELLA, "description": "Any command of Easel, such as /easel imagine a red fox",
        "usage_hint": "<command> ...", "should_escape": True,
    }  # fmt: skip


def _long_description() -> str:
    """At least 174 characters: https://docs.slack.dev/reference/app-manifest#display_information"""
    return (
        "Easel turns words into pictures and answers questions, in channels, threads, direct messages and the "
        "assistant's pane. It is paid by credits from one wallet that is the same in Discord, Slack and Telegram. "
        "Type /easel for all commands."
    )
