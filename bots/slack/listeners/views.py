"""Submitted modals: their fields are checked as typed options are, and complaints appear at the field."""

import re
from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots import error_texts
from bots.commands import Command
from bots.parse import Invocation, check
from bots.slack import modal, placeholders
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.reading import Body, asking_of, place_of
from core.errors import BadOption


def register(bolt: AsyncApp, desk: Desk) -> None:
    commands = {command.name: command for command in desk.service.commands}

    @bolt.view(re.compile(rf"^{re.escape(modal.CALLBACK)}(?:imagine|edit|chat)$"))
    async def submitted(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        view = body["view"]
        command = commands[view["callback_id"].removeprefix(modal.CALLBACK)]
        values = view["state"]["values"]
        given = modal.filled_in(values)
        try:
            invocation = Invocation(command, check(command, given))
        except BadOption as error:
            await ack(response_action="errors", errors={error.option: error_texts.explain(error)})
            return
        await ack()
        kept = modal.Kept.read(view.get("private_metadata") or "")
        files = [*modal.files_of(values), *({"id": name} for name in kept.files)]
        place = kept.place(place_of(context, body))
        asking = asking_of(context, body, client, place, words(command, given), files)
        desk.take(asking, proceed(desk, asking, invocation, kept, given.get(modal.WHERE)))

    @bolt.view(re.compile(r"."))
    async def unknown(ack: AsyncAck) -> None:
        """A modal of an older version: it closes."""
        await ack()


def words(command: Command, given: dict[str, str]) -> str:
    return given.get(command.rest.name, "") if command.rest else ""


async def proceed(desk: Desk, asking: Asking, invocation: Invocation, kept: modal.Kept, where: str | None) -> None:
    """To the chosen place, else to the direct message. The Edit button's picture goes by its job. Raises Trouble."""
    if not asking.place.channel:
        channel = where or (await placeholders.dm_of(asking.client, asking.place)).channel
        asking = replace(asking, place=replace(asking.place, channel=channel))
    if kept.job:
        options = invocation.options | {"request": kept.job, "picture": kept.index}
        invocation = Invocation(invocation.command, options)
    await desk.invoke(asking, invocation)
