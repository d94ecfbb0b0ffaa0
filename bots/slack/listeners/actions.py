"""Buttons under results, and presses of anything that is no button of ours any more."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots import error_texts
from bots.replies import Reply
from bots.slack import buttons, modal, sentences
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.reading import Body, asking_of, place_of, shown
from bots.slack.refusals import Trouble, code_of
from bots.slack.telling import say
from bots.slack.traces import traces
from core.clock import MINUTE, SECOND
from core.errors import EaselError
from core.jobs.model import Job
from core.jobs.specs import ImageSpec
from core.log import logger

LOST_AFTER = MINUTE
"""Between its message and its request there is less than that, unless Easel stopped."""


def register(bolt: AsyncApp, desk: Desk) -> None:
    edit = next(command for command in desk.service.commands if command.name == "edit")

    @bolt.action(buttons.PRESSED)
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        container = body.get("container") or {}
        asking = asking_of(context, body, client, place_of(context, body, "", str(container.get("thread_ts") or "")))
        button = buttons.read(body["actions"][0])
        if button is None or (button.action == "delete" and not buttons.is_under(body.get("message") or {}, button)):
            desk.soon(say(client, asking.place, sentences.SLACK_BUTTON_UNREADABLE))
        elif button.action == "delete":
            desk.take(asking, delete(desk, asking, button.job, container))
        elif button.action == "edit":
            desk.soon(ask(asking, body, button))
        elif button.action == "cancel" and buttons.is_under(body.get("message") or {}, button):
            desk.take(asking, cancel(desk, asking, button.job, str(container.get("message_ts") or "")))
        else:
            desk.take(asking, desk.press(asking, button.action, button.job, button.index))

    async def ask(asking: Asking, body: Body, button: buttons.Pressed) -> None:
        """What to change in a picture; only its owner may."""
        if isinstance(why := await desk.owned(asking, button.job), EaselError):
            await say(asking.client, asking.place, error_texts.explain(why))
            return
        kept = replace(modal.Kept.of(asking.place), job=button.job, index=button.index or 1)
        await shown(desk, asking, body, modal.view(edit, kept))

    @bolt.action(buttons.LINK_PRESSED)
    async def followed(ack: AsyncAck) -> None:
        """The page was opened by Slack already."""
        await ack()

    @bolt.action(re.compile(r"."))
    async def unknown(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        container = body.get("container") or {}
        if container.get("type") == "message":
            thread = str(container.get("thread_ts") or "")
            desk.soon(say(client, place_of(context, body, "", thread), sentences.SLACK_BUTTON_UNREADABLE))


async def cancel(desk: Desk, asking: Asking, job: str, ts: str) -> None:
    """Stop a request. A message whose request was lost in a crash before it was made says so at last."""
    is_old = asking.place.channel and ts and desk.app.clock.now() - float(ts) * SECOND > LOST_AFTER
    if is_old and await desk.app.stores.jobs.get(job) is None:
        await desk.fill(asking, replace(asking.place, ts=ts), Reply("error", sentences.SLACK_LOST))
    else:
        await desk.press(asking, "cancel", job, None)


async def delete(desk: Desk, asking: Asking, job: str, container: Mapping[str, Any]) -> None:
    """Only who asked for a result may take it away. The message is known to be the job's."""
    mine = await desk.owned(asking, job)
    if isinstance(mine, EaselError):
        await say(asking.client, asking.place, error_texts.explain(mine))
        return
    pressed, channel = str(container.get("message_ts") or ""), asking.place.channel
    try:
        for ts in sorted({pressed, *await others(asking, mine, pressed)}, reverse=True):
            await removed(asking.client, channel, ts)
    except Trouble as error:
        logger().warning("not deleted", errorName=code_of(error) or type(error).__name__)
        await say(asking.client, asking.place, sentences.SLACK_NOT_DELETED)


async def others(asking: Asking, job: Job, pressed: str) -> set[str]:
    """The other messages of a long answer; pictures have one for all. The first goes last, it holds the thread."""
    if isinstance(job.spec, ImageSpec):
        return set()
    try:
        found = await traces(asking.client, job, asking.place.channel, asking.place.thread or pressed)
    except Trouble as error:
        logger().warning("other messages not found", errorName=code_of(error) or type(error).__name__)
        return set()
    return {trace.ts for trace in found}


async def removed(client: AsyncWebClient, channel: str, ts: str) -> None:
    """Raises Trouble; a message that is gone already is none."""
    try:
        await client.chat_delete(channel=channel, ts=ts)
    except Trouble as error:
        if code_of(error) != "message_not_found":
            raise
