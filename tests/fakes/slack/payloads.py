"""The payloads Slack sends, field by field.

https://docs.slack.dev/apis/events-api, https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads
"""

import copy

from tests.fakes.slack.model import Channel, File, Json, Message, User, View
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World

EVENT_SCOPES = {
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "assistant_thread_started": ("assistant:write",),
    "assistant_thread_context_changed": ("assistant:write",),
}
"""Events that an app only gets with these scopes."""


def event_callback(world: World, team: Team, event: Json) -> Json:
    """The envelope around an event."""
    authorization = {
        "enterprise_id": team.enterprise_id, "team_id": team.id, "user_id": team.bot.id, "is_bot": True,
        "is_enterprise_install": False,
    }  # fmt: skip
    payload: Json = {
        "token": world.app.verification_token, "team_id": team.id, "context_team_id": team.id,
        "context_enterprise_id": team.enterprise_id, "api_app_id": world.app.app_id,
        "event": {"event_ts": world.ts(), **event}, "type": "event_callback", "event_id": world.fresh("Ev"),
        "event_time": world.clock.now() // 1000, "authorizations": [authorization], "is_ext_shared_channel": False,
        "event_context": f"4-{world.short()}",
    }  # fmt: skip
    return payload | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


def command(world: World, team: Team, user: User, channel: Channel, text: str, response_url: str) -> Json:
    """A slash command: all values are strings, as in the form they travel in."""
    name, _, rest = text.partition(" ")
    payload = {
        "token": world.app.verification_token, "team_id": team.id, "team_domain": team.domain,
        "channel_id": channel.id, "channel_name": channel.shown_name, "user_id": user.id, "user_name": user.name,
        "command": name, "text": rest.strip(), "api_app_id": world.app.app_id, "is_enterprise_install": "false",
        "response_url": response_url, "trigger_id": world.triggers.issue(team.id, user.id),
    }  # fmt: skip
    if team.enterprise:
        payload |= {"enterprise_id": team.enterprise["id"], "enterprise_name": team.enterprise["name"]}
    return payload


def interaction(world: World, team: Team, user: User, kind: str, view: View | None = None) -> Json:
    """What all interactions have in common."""
    return {
        "type": kind, "token": world.app.verification_token, "api_app_id": world.app.app_id,
        "team": {"id": team.id, "domain": team.domain}
        | ({"enterprise_id": team.enterprise_id, "enterprise_name": "The enterprise"} if team.enterprise_id else {}),
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team.id},
        "enterprise": team.enterprise, "is_enterprise_install": False,
        "trigger_id": world.triggers.issue(team.id, user.id, view.id if view else None),
    }  # fmt: skip


def on_message(message: Message, channel: Channel, response_url: str) -> Json:
    """The fields of a press on a message."""
    container = {
        "type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": message.ephemeral,
    }  # fmt: skip
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    fields: Json = {
        "container": container, "channel": {"id": channel.id, "name": channel.shown_name},
        "state": {"values": {}}, "response_url": response_url,
    }  # fmt: skip
    return fields if message.ephemeral else fields | {"message": message.to_json()}


def on_view(view: View, values: Json) -> Json:
    """The fields of a press in a modal or a home tab."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.to_json(values)}


def action(block: Json, element: Json, ts: str, chosen: Json) -> Json:
    """What was pressed or chosen."""
    kept: Json = {name: copy.deepcopy(element[name]) for name in ("text", "value", "style") if name in element}
    return {
        "type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts,
    } | (kept if element["type"] == "button" else {}) | chosen  # fmt: skip


def message_event(message: Message, channel: Channel, kind: str) -> Json:
    """A person's message: `kind` is `message` or `app_mention`."""
    event: Json = {
        "type": kind, "user": message.user, "ts": message.ts, "client_msg_id": f"client-{message.ts}",
        "text": message.text, "team": message.team_id, "blocks": message.blocks, "channel": channel.id,
        "event_ts": message.ts,
    }  # fmt: skip
    if kind == "message":
        event["channel_type"] = channel.kind
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if message.files:
        event |= {"files": [_file(file) for file in message.files], "upload": False}
        event |= {"subtype": "file_share"} if kind == "message" else {}
    return event


def rich_text(text: str, block_id: str) -> list[Json]:
    """How Slack's own editor wraps what a person types."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def _file(file: File) -> Json:
    return file.to_json() | {"file_access": "visible"}
