"""Mentions in channels and threads, direct messages, and the end of an installation."""

import re

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import sentences
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.assistant import attend
from bots.slack.listeners.reading import Body, asking_of, commanded, place_of
from bots.slack.mrkdwn import plain, without_mention
from bots.slack.telling import say

SPOKEN = frozenset({None, "file_share"})
"""Subtypes of what people say: https://docs.slack.dev/reference/events/message#subtypes"""


def register(bolt: AsyncApp, desk: Desk) -> None:
    @bolt.event("app_mention")
    async def mentioned(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        event = body["event"]
        if event.get("bot_id") or not event.get("user"):
            return
        words = plain(without_mention(str(event.get("text") or ""), context.bot_user_id or "")).strip()
        place = place_of(context, body, event["channel"], event.get("thread_ts") or event["ts"])
        if not words and not event.get("files"):
            desk.soon(say(client, place, sentences.SLACK_NO_WORDS))
            return
        text = commanded(words, desk.service.commands)
        desk.soon(desk.say(asking_of(context, body, client, place, text, event.get("files") or ())))

    @bolt.event("message")
    async def said(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """In a direct message; what our own bot says comes back here, too."""
        event = body["event"]
        is_ours = event.get("bot_id") or event.get("user") in {None, context.bot_user_id}
        if event.get("channel_type") != "im" or event.get("subtype") not in SPOKEN or is_ours:
            return
        place = place_of(context, body, event["channel"], event.get("thread_ts") or "")
        text = commanded(plain(str(event.get("text") or "")).strip(), desk.service.commands)
        desk.soon(talk(asking_of(context, body, client, place, text, event.get("files") or ())))

    async def talk(asking: Asking) -> None:
        if asking.place.thread:
            await attend(desk, asking)
        await desk.say(asking)

    @bolt.event("app_uninstalled")
    async def uninstalled(body: Body, context: AsyncBoltContext) -> None:
        await desk.workspaces.installations.removed(context.enterprise_id, context.team_id, body.get("event_time"))

    @bolt.event("tokens_revoked")
    async def revoked(body: Body, context: AsyncBoltContext) -> None:
        if body["event"].get("tokens", {}).get("bot"):
            await desk.workspaces.installations.removed(context.enterprise_id, context.team_id, body.get("event_time"))

    @bolt.event(re.compile(r"."))
    async def others() -> None:
        """Acknowledged, so that Slack does not send them again."""
