"""The message that lives: posted before a request is made, so that its job can name it; the result takes its place.

Crash table: posted, and no request made: it stays as it is until somebody presses Cancel, which says that the request
was lost (a process that is stopped says so itself, see bots/slack/errands.py). Posted, and Slack's answer lost: the job
names no message; the messenger finds it by its metadata. Growing, and the answer of its beginning lost: it is taken
away, and posted as one that does not grow.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from slack_sdk.web.async_client import AsyncWebClient

from bots import texts
from bots.slack import blocks
from bots.slack.places import Place
from bots.slack.refusals import CLOSED, STREAM_OVER, Trouble, code_of
from core.log import logger

EVENT_TYPE = "easel_result"
Sort = Literal["picture", "chat"]
CLOCKS_DIFFER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the message is; without a `ts` there is none. `refused`: the channel that did not let us in.

    `is_elsewhere`: it is in the direct message, because results are nobody else's business.
    """

    place: Place
    refused: str = ""
    is_elsewhere: bool = False


def metadata(job: str, **more: str) -> dict[str, Any]:
    """What tells our messages apart: https://docs.slack.dev/messaging/message-metadata"""
    return {"event_type": EVENT_TYPE, "event_payload": {"job": job, **more}}


def noted(message: Mapping[str, Any], job: str) -> dict[str, str] | None:
    """What a message's metadata says, if it is one of this job."""
    given = message.get("metadata") or {}
    payload = given.get("event_payload") or {}
    return dict(payload) if given.get("event_type") == EVENT_TYPE and payload.get("job") == job else None


async def dm_of(client: AsyncWebClient, place: Place) -> Place:
    """The person's direct message with the bot. Raises Trouble."""
    opened = await client.conversations_open(users=place.user)
    return place.at(str(opened["channel"]["id"]))


async def opened(
    client: AsyncWebClient, place: Place, job: str, words: str, sort: Sort, *, privately: bool = False
) -> Opened:
    """Post it where it was asked for, or else, or if it is to be private, in the direct message.

    Slack's troubles are logged, never raised, but for a direct message that is needed and cannot be had: Trouble.
    """
    if privately and not place.is_private:
        there = await dm_of(client, place)
        return replace(await opened(client, there, job, words, sort), is_elsewhere=True)
    try:
        return Opened(await _posted(client, place, job, words, sort))
    except Trouble as error:
        if code_of(error) not in CLOSED:
            logger().warning("no placeholder", errorName=code_of(error) or type(error).__name__)
            return Opened(place)
    try:
        there = await _posted(client, await dm_of(client, place), job, words, sort)
    except Trouble as error:
        logger().warning("no placeholder", errorName=code_of(error) or type(error).__name__)
        return Opened(place, refused=place.channel)
    return Opened(there, refused=place.channel)


async def filled(client: AsyncWebClient, place: Place, page: blocks.Page, job: str = "", **more: str) -> None:
    """Make it this page. Doing so again changes nothing. Raises Trouble."""
    if place.streamed:
        await stopped_growing(client, place)
    note: dict[str, Any] = {"metadata": metadata(job, **more)} if job else {}
    await client.chat_update(channel=place.channel, ts=place.ts, **page.fields, **note)


async def dropped(client: AsyncWebClient, place: Place) -> None:
    """Take it away again. Slack's troubles are logged: what is left then is a line and no result."""
    if not place.ts:
        return
    try:
        if place.streamed:
            await stopped_growing(client, place)
        await client.chat_delete(channel=place.channel, ts=place.ts)
    except Trouble as error:
        logger().warning("placeholder stays", errorName=code_of(error) or type(error).__name__)


async def stopped_growing(client: AsyncWebClient, place: Place) -> None:
    """Raises Trouble; a stream that is over already is none."""
    try:
        await client.chat_stopStream(channel=place.channel, ts=place.ts)
    except Trouble as error:
        if code_of(error) not in STREAM_OVER:
            raise


async def _posted(client: AsyncWebClient, place: Place, job: str, words: str, sort: Sort) -> Place:
    """Raises Trouble."""
    if sort == "chat" and place.thread and (growing := await _growing(client, place)) is not None:
        return growing
    page = blocks.waiting(job, "" if sort == "chat" else words, place.asker, texts.queued(0, None))
    if sort == "chat" and place.is_unseen:
        page = blocks.with_question(page, place.user, words)
    said = await client.chat_postMessage(
        channel=place.channel, thread_ts=place.thread or None, metadata=metadata(job), unfurl_links=False,
        unfurl_media=False, **page.fields,
    )  # fmt: skip
    return replace(place, channel=str(said["channel"]), ts=str(said["ts"]))


async def _growing(client: AsyncWebClient, place: Place) -> Place | None:
    """A message that grows as the answer is written; None where Slack does not offer that. Raises Trouble.

    https://docs.slack.dev/reference/methods/chat.startStream
    """
    asked_at = time.time()
    try:
        begun = await client.chat_startStream(
            channel=place.channel, thread_ts=place.thread, recipient_team_id=place.team, recipient_user_id=place.user
        )
    except Trouble as error:
        if code_of(error) in CLOSED:
            raise
        if not code_of(error):
            await _swept(client, place, asked_at - CLOCKS_DIFFER_SECONDS)
        return None
    return replace(place, ts=str(begun["ts"]), streamed=True)


async def _swept(client: AsyncWebClient, place: Place, since: float) -> None:
    """Nobody knows whether a message was begun whose answer got lost: take away what is there, empty and ours.

    A growing message has no metadata that would say whose it is. Should this be that of another answer in the same
    thread, begun in the same seconds, then its messenger posts it anew.
    """
    try:
        seen = await client.conversations_replies(channel=place.channel, ts=place.thread, oldest=f"{since:.6f}")
        for message in seen.get("messages") or []:
            if message.get("bot_id") and not message.get("text") and not message.get("blocks"):
                await dropped(client, replace(place, ts=str(message["ts"]), streamed=True))
    except Trouble as error:
        logger().warning("lost message not looked for", errorName=code_of(error) or type(error).__name__)
