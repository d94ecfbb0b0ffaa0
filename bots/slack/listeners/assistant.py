"""The assistant's pane: a greeting with prompts to begin with, a title, and a sign that somebody listens.

https://docs.slack.dev/ai/developing-ai-apps
"""

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import sentences
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.reading import Body
from bots.slack.refusals import Trouble, code_of
from core.errors import StoreError
from core.log import logger

TITLE = 60


def register(bolt: AsyncApp, desk: Desk) -> None:
    @bolt.event("assistant_thread_started")
    async def started(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        thread = body["event"]["assistant_thread"]
        desk.soon(greet(client, thread["channel_id"], thread["thread_ts"]))

    async def greet(client: AsyncWebClient, channel: str, ts: str) -> None:
        prompts = [{"title": title, "message": message} for title, message in sentences.SLACK_PROMPTS]
        await client.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=ts, prompts=prompts)
        await client.chat_postMessage(channel=channel, thread_ts=ts, text=sentences.SLACK_WELCOME)

    @bolt.event("assistant_thread_context_changed")
    async def changed() -> None:
        """What people look at meanwhile is their own business."""


async def attend(desk: Desk, asking: Asking) -> None:
    """Before an answer in a thread of a direct message. In threads that are no assistant's Slack refuses it."""
    channel, ts = asking.place.channel, asking.place.thread
    try:
        await asking.client.assistant_threads_setStatus(
            channel_id=channel, thread_ts=ts, status=sentences.SLACK_THINKING
        )
        if not await desk.app.conversations.history(asking.incoming(asking.place).talk):
            title = " ".join(asking.text.split())[:TITLE] or sentences.SLACK_THINKING
            await asking.client.assistant_threads_setTitle(channel_id=channel, thread_ts=ts, title=title)
    except (*Trouble, StoreError) as error:
        logger().debug("not an assistant's thread", errorName=code_of(error) or type(error).__name__)
