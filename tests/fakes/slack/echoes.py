"""The app hears its own voice: what its bot posts, changes and deletes comes back as events where it listens.

https://docs.slack.dev/reference/events/message, .../message_changed, .../message_deleted
"""

from tests.fakes.slack.model import Json, Message
from tests.fakes.slack.world import World

KINDS = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}


def posted(world: World, message: Message) -> None:
    """Nobody but its reader hears of an ephemeral message."""
    if not message.ephemeral:
        shown = message.to_json()
        _announce(world, message, shown | {"event_ts": message.ts, "bot_profile": _profile(message)})


def changed(world: World, message: Message, before: Json) -> None:
    if not message.ephemeral:
        _announce(world, message, {
            "type": "message", "subtype": "message_changed", "message": message.to_json(), "previous_message": before,
            "hidden": True, "ts": world.ts(),
        })  # fmt: skip


def deleted(world: World, message: Message) -> None:
    if not message.ephemeral:
        _announce(world, message, {
            "type": "message", "subtype": "message_deleted", "deleted_ts": message.ts,
            "previous_message": message.to_json(), "hidden": True, "ts": world.ts(),
        })  # fmt: skip


def _announce(world: World, message: Message, event: Json) -> None:
    team = world.teams[message.team_id]
    channel = team.channels[message.channel]
    if team.bot.id in channel.members:
        event |= {"channel": channel.id, "channel_type": channel.kind}
        world.announce(team, KINDS[channel.kind], event)


def _profile(message: Message) -> Json:
    return {"id": message.bot_id, "app_id": message.app_id, "name": "easel", "team_id": message.team_id}
