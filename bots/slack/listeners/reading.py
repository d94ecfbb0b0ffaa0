"""Read who did what, where, from what Bolt hands to a listener."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.commands import Command
from bots.slack.desk import Asking
from bots.slack.places import PLATFORM, Place, identity_of

Body = dict[str, Any]
AT_ONCE = frozenset({"imagine", "edit", "upscale"})


def place_of(context: AsyncBoltContext, body: Body, channel: str = "", thread: str = "") -> Place:
    return Place(
        team=context.team_id or "", channel=channel or context.channel_id or "", user=context.user_id or "",
        enterprise=context.enterprise_id or "", thread=thread, response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def asking_of(
    context: AsyncBoltContext, body: Body, client: AsyncWebClient, place: Place, text: str = "",
    files: Sequence[Mapping[str, Any]] = (),
) -> Asking:  # fmt: skip
    """`slack:T1:Ev123`: the id of an event, or else of the trigger, is the same however often it is delivered."""
    event = body.get("event_id") or body.get("trigger_id") or ""
    own = f"{PLATFORM}:{place.team or place.enterprise}:{event}"
    return Asking(own, client, identity_of(context, body), place, text, files)


async def shown(client: AsyncWebClient, body: Body, view: dict[str, Any]) -> None:
    """Open a modal, for which there are three seconds. Raises Trouble."""
    await client.views_open(trigger_id=str(body.get("trigger_id")), view=view)


def commanded(words: str, commands: Sequence[Command]) -> str:
    """`imagine a fox` or `balance`, said to the bot, is the command of that name; other words are a chat."""
    first, _, rest = words.partition(" ")
    names = {command.name for command in commands}
    if first.lower() in AT_ONCE or (first.lower() in names and not rest.strip()):
        return f"/{words}"
    return re.sub(r"^/\s+", "/", words)
