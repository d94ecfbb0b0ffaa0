"""Buttons under results, and presses of anything that is no button of ours any more."""

import re
from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots import texts
from bots.slack import buttons, modal, sentences
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.reading import Body, asking_of, place_of, shown
from bots.slack.refusals import Trouble, code_of
from bots.slack.telling import say
from core.errors import EaselError
from core.log import logger


def register(bolt: AsyncApp, desk: Desk) -> None:
    edit = next(command for command in desk.service.commands if command.name == "edit")

    @bolt.action(buttons.PRESSED)
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        container = body.get("container") or {}
        asking = asking_of(context, body, client, place_of(context, body, "", str(container.get("thread_ts") or "")))
        desk.soon(take(asking, body, buttons.read(body["actions"][0])))

    async def take(asking: Asking, body: Body, button: buttons.Pressed | None) -> None:
        client, place = asking.client, asking.place
        if button is None or (button.action == "delete" and not buttons.is_under(body.get("message") or {}, button)):
            await say(client, place, sentences.SLACK_BUTTON_UNREADABLE)
        elif button.action == "delete":
            await delete(desk, asking, button.job, str(body.get("container", {}).get("message_ts") or ""))
        elif button.action == "edit" and isinstance(why := await desk.owned(asking, button.job), EaselError):
            await say(client, place, texts.explain(why))
        elif button.action == "edit":
            kept = replace(modal.Kept.of(place), job=button.job, index=button.index or 1)
            await shown(client, body, modal.view(edit, kept))
        else:
            await desk.press(asking, button.action, button.job, button.index)

    @bolt.action(re.compile(r"."))
    async def unknown(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        if body.get("container", {}).get("type") == "message":
            desk.soon(say(client, place_of(context, body), sentences.SLACK_BUTTON_UNREADABLE))


async def delete(desk: Desk, asking: Asking, job: str, ts: str) -> None:
    """Only who asked for a result may take it away. The message is known to be the job's."""
    mine = await desk.owned(asking, job)
    if isinstance(mine, EaselError):
        await say(asking.client, asking.place, texts.explain(mine))
        return
    try:
        await asking.client.chat_delete(channel=asking.place.channel, ts=ts)
    except Trouble as error:
        logger().warning("not deleted", errorName=code_of(error) or type(error).__name__)
        await say(asking.client, asking.place, sentences.SLACK_NOT_DELETED)
