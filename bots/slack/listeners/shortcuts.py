"""Shortcuts: one for everywhere, and three on a message, which also work in threads, where slash commands do not."""

from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import modal, sentences
from bots.slack.desk import Desk
from bots.slack.listeners.reading import Body, asking_of, place_of, shown
from bots.slack.mrkdwn import plain
from bots.slack.places import Place
from bots.slack.telling import say

DRAW, DRAW_MESSAGE, CHANGE_MESSAGE, ASK_MESSAGE = (
    "easel_draw", "easel_draw_message", "easel_change_message", "easel_ask_message",
)  # fmt: skip
FILES = 4


def register(bolt: AsyncApp, desk: Desk) -> None:
    commands = {command.name: command for command in desk.service.commands}

    @bolt.shortcut(DRAW)
    async def draw(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        asking = asking_of(context, body, client, place_of(context, body))
        desk.soon(shown(desk, asking, body, modal.view(commands["imagine"], modal.Kept())))

    @bolt.shortcut(DRAW_MESSAGE)
    async def draw_message(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        asking = asking_of(context, body, client, in_thread(context, body))
        view = modal.view(commands["imagine"], modal.Kept.of(asking.place), words_of(body))
        desk.soon(shown(desk, asking, body, view))

    @bolt.shortcut(CHANGE_MESSAGE)
    async def change_message(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        asking, files = asking_of(context, body, client, in_thread(context, body)), pictures_of(body)
        if not files:
            desk.soon(say(client, asking.place, sentences.SLACK_NO_PICTURE_IN_MESSAGE))
            return
        view = modal.view(commands["edit"], replace(modal.Kept.of(asking.place), files=files))
        desk.soon(shown(desk, asking, body, view))

    @bolt.shortcut(ASK_MESSAGE)
    async def ask_message(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        asking = asking_of(context, body, client, in_thread(context, body))
        kept = replace(modal.Kept.of(asking.place), files=pictures_of(body))
        view = modal.view(commands["chat"], kept, words_of(body))
        desk.soon(shown(desk, asking, body, view))


def in_thread(context: AsyncBoltContext, body: Body) -> Place:
    """Under the message that the shortcut was used on."""
    message = body["message"]
    return place_of(context, body, "", str(message.get("thread_ts") or body.get("message_ts") or message["ts"]))


def words_of(body: Body) -> str:
    return plain(str(body["message"].get("text") or "")).strip()


def pictures_of(body: Body) -> tuple[str, ...]:
    """The ids of the pictures in a message: those attached, or those that our own blocks show."""
    message = body["message"]
    attached = [file["id"] for file in message.get("files") or [] if str(file.get("mimetype")).startswith("image/")]
    shown = [block["slack_file"].get("id") for block in message.get("blocks") or [] if block.get("slack_file")]
    return tuple(str(file) for file in [*attached, *shown] if file)[:FILES]
