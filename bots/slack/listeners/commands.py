"""Slash commands: each of the table, and /easel in front of any of them where another app has the same name."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import modal
from bots.slack.desk import Desk
from bots.slack.listeners.reading import Body, asking_of, place_of, shown, words_in

UMBRELLA = "/easel"


def typed(command: str, words: str) -> str:
    """What the person means, with a slash in front."""
    if command != UMBRELLA:
        return f"{command} {words}".strip()
    return f"/{words.lstrip('/')}" if words else "/help"


def register(bolt: AsyncApp, desk: Desk) -> None:
    imagine = next(command for command in desk.service.commands if command.name == "imagine")

    @bolt.command(re.compile(r"^/"))
    async def take(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        text = words_in(typed(str(body.get("command")), str(body.get("text") or "").strip()))
        place = place_of(context, body)
        asking = asking_of(context, body, client, place, text)
        if text == "/imagine":
            desk.soon(shown(desk, asking, body, modal.view(imagine, modal.Kept.of(place))))
        else:
            desk.take(asking, desk.say(asking))
