"""Read who did what, where, from what Bolt hands to a listener."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.commands import Command
from bots.slack import sentences
from bots.slack.desk import Asking, Desk
from bots.slack.mrkdwn import plain, unescaped
from bots.slack.places import PLATFORM, Place, identity_of
from bots.slack.refusals import Trouble, code_of
from bots.slack.telling import say
from core.log import logger

Body = dict[str, Any]
_NAMES_PEOPLE = re.compile(r"\s*/(?:server|gift|admin(?!\s+announce))\b", re.IGNORECASE)
AT_ONCE = frozenset({"imagine", "edit", "upscale"})


def place_of(context: AsyncBoltContext, body: Body, channel: str = "", thread: str = "") -> Place:
    return Place(
        team=context.team_id or "", channel=channel or context.channel_id or "", user=context.user_id or "",
        enterprise=context.enterprise_id or "", thread=thread, response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def bot_of(context: AsyncBoltContext, body: Body) -> str:
    """The id of our bot user there: https://docs.slack.dev/apis/events-api#authorizations"""
    return context.bot_user_id or next((a["user_id"] for a in body.get("authorizations") or [] if a.get("is_bot")), "")


def asking_of(
    context: AsyncBoltContext, body: Body, client: AsyncWebClient, place: Place, text: str = "",
    files: Sequence[Mapping[str, Any]] = (),
) -> Asking:  # fmt: skip
    """`slack:T1:Ev123`: the id of an event, or else of the trigger, is the same however often it is delivered."""
    event = body.get("event_id") or body.get("trigger_id") or ""
    own = f"{PLATFORM}:{place.team or place.enterprise}:{event}"
    return Asking(own, client, identity_of(context, body), place, text, files)


async def shown(desk: Desk, asking: Asking, body: Body, view: dict[str, Any]) -> str | None:
    """Open a modal, for which there are three seconds; its id. If Slack does not, a private sentence says so."""
    hasty = desk.workspaces.raw(asking.client.token, patient=False)
    try:
        opened = await hasty.views_open(trigger_id=str(body.get("trigger_id")), view=view)
    except Trouble as error:
        logger().warning("modal not opened", errorName=code_of(error) or type(error).__name__)
        await say(asking.client, asking.place, sentences.SLACK_NO_MODAL)
        return None
    return str(opened["view"]["id"])


def words_in(text: str) -> str:
    """What a person typed. People and channels are their names, but where a command has to know who is meant."""
    return (unescaped(text) if _NAMES_PEOPLE.match(text) else plain(text)).strip()


def commanded(words: str, commands: Sequence[Command]) -> str:
    """`imagine a fox` or `balance`, said to the bot, is the command of that name; other words are a chat."""
    first, _, rest = words.partition(" ")
    names = {command.name for command in commands}
    if first.lower() in AT_ONCE or (first.lower() in names and not rest.strip()):
        return f"/{words}"
    return re.sub(r"^/\s+", "/", words)
