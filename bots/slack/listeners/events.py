"""Mentions in channels and threads, direct messages, and the end of an installation."""

import re

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import sentences
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.assistant import attend
from bots.slack.listeners.reading import Body, asking_of, bot_of, commanded, place_of, words_in
from bots.slack.mrkdwn import without_mention
from bots.slack.telling import say

SPOKEN = frozenset({None, "file_share"})
"""Subtypes of what people say: https://docs.slack.dev/reference/events/message#subtypes"""


def register(bolt: AsyncApp, desk: Desk) -> None:
    @bolt.event("app_mention")
    async def mentioned(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        event = body["event"]
        if event.get("bot_id") or not event.get("user"):
            return
        words = words_in(without_mention(str(event.get("text") or ""), bot_of(context, body)))
        place = place_of(context, body, event["channel"], event.get("thread_ts") or event["ts"])
        if not words and not event.get("files"):
            desk.soon(say(client, place, sentences.SLACK_NO_WORDS))
            return
        text = commanded(words, desk.service.commands)
        asking = asking_of(context, body, client, place, text, event.get("files") or ())
        desk.take(asking, desk.say(asking))

    @bolt.event("message")
    async def said(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """In a direct message; what our own bot says comes back here, too."""
        event = body["event"]
        is_ours = event.get("bot_id") or event.get("user") in {None, bot_of(context, body)}
        if event.get("channel_type") != "im" or event.get("subtype") not in SPOKEN or is_ours:
            return
        place = place_of(context, body, event.get("channel") or "", event.get("thread_ts") or "")
        text = commanded(words_in(str(event.get("text") or "")), desk.service.commands)
        asking = asking_of(context, body, client, place, text, event.get("files") or ())
        desk.take(asking, talk(asking))

    async def talk(asking: Asking) -> None:
        if asking.place.thread:
            await attend(desk, asking)
        await desk.say(asking)

    @bolt.event("app_uninstalled")
    async def uninstalled(body: Body, context: AsyncBoltContext) -> None:
        await forget(body, context)

    @bolt.event("tokens_revoked")
    async def revoked(body: Body, context: AsyncBoltContext) -> None:
        if body["event"].get("tokens", {}).get("bot"):
            await forget(body, context)

    async def forget(body: Body, context: AsyncBoltContext) -> None:
        whole, at = bool(context.is_enterprise_install), body.get("event_time")
        await desk.workspaces.installations.ended(context.enterprise_id, context.team_id, at, whole=whole)

    @bolt.event(re.compile(r"."))
    async def others() -> None:
        """Acknowledged, so that Slack does not send them again."""
