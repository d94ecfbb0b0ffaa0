"""The manifest: all of the command table, and all that our listeners need."""

import json
from typing import Any

import pytest

from bots.slack.manifest import EVENTS, SCOPES, manifest
from core.app import App
from tests.bots.conftest import Typed
from tests.bots.slack.test_blocks import command_table_of


def made(**changes: bool) -> dict[str, Any]:
    how = {"socket": True, "oauth": False} | changes
    return manifest(command_table_of(), "https://easel.example", "/events", "/redirect", **how)


def test_every_command_of_the_table_is_in_it_with_its_options() -> None:
    commands = made()["features"]["slash_commands"]
    assert [command["command"] for command in commands] == [
        "/easel", *(f"/{command.name}" for command in command_table_of())
    ]  # fmt: skip
    [imagine] = [command for command in commands if command["command"] == "/imagine"]
    assert imagine["usage_hint"].startswith("<prompt> [--aspect ")
    assert "url" not in imagine


def test_slacks_limits_are_kept() -> None:
    shown = made()
    display = shown["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 174 <= len(display["long_description"]) <= 4000
    assert len(shown["features"]["slash_commands"]) <= 50
    for command in shown["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command.get("usage_hint", "")) <= 1000
    assert len(shown["features"]["shortcuts"]) <= 10
    for shortcut in shown["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    assert len(shown["features"]["assistant_view"]["suggested_prompts"]) <= 4


def test_over_http_every_address_is_named() -> None:
    shown = made(socket=False, oauth=True)
    address = "https://easel.example/events"
    assert {command["url"] for command in shown["features"]["slash_commands"]} == {address}
    assert shown["settings"]["event_subscriptions"]["request_url"] == address
    assert shown["settings"]["interactivity"] == {"is_enabled": True, "request_url": address}
    assert shown["settings"]["socket_mode_enabled"] is False
    assert shown["settings"]["token_rotation_enabled"] is True
    assert shown["oauth_config"]["redirect_urls"] == ["https://easel.example/redirect"]


def test_the_fake_grants_and_sends_no_more_than_the_manifest_asks_for() -> None:
    from tests.fakes.slack import EVENTS as SENT
    from tests.fakes.slack import SCOPES as GRANTED

    assert set(GRANTED) <= set(SCOPES)
    assert {event for event in SENT if event != "member_joined_channel"} == set(EVENTS)


@pytest.mark.parametrize(
    ("arguments", "env", "socket"),
    [
        ((), {}, True),
        ((), {"PUBLIC_URL": "https://easel.example"}, False),
        (("--socket",), {"PUBLIC_URL": "https://easel.example"}, True),
        (("--http",), {}, False),
    ],
)
def test_sync_prints_it(typed: Typed, arguments: tuple[str, ...], env: dict[str, str], socket: bool) -> None:
    done = typed("sync", "slack", *arguments, **env)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["settings"]["socket_mode_enabled"] is socket
    assert shown["settings"]["event_subscriptions"].get("request_url", "").startswith("http") is not socket


def test_the_small_catalogues_table_makes_one_too(app: App) -> None:
    from bots.commands import command_table

    shown = manifest(command_table(app.catalogue), "http://x", "/e", "/r", socket=True, oauth=False)
    assert json.loads(json.dumps(shown)) == shown
