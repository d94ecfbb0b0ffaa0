"""Sentences for one person only: in place if Slack lets us, else through the response_url, else by direct message."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bots.replies import Attachment, Reply
from bots.slack import blocks, placeholders, sentences
from bots.slack.pictures import uploaded
from bots.slack.places import Place
from bots.slack.refusals import CLOSED, Trouble, code_of
from core.log import logger


async def tell(client: AsyncWebClient, place: Place, reply: Reply) -> None:
    """Slack's troubles are logged: there is nobody else to tell."""
    try:
        sent = [await _handed_over(client, place, file) for file in reply.attachments]
        for page in blocks.pages(reply):
            await _told(client, place, page)
        if sent and not (all(sent) and place.is_private):
            await _told(client, place, blocks.Page(note := _note(sent), blocks.written(note)))
    except Trouble as error:
        logger().warning("nobody told", errorName=code_of(error) or type(error).__name__)


async def say(client: AsyncWebClient, place: Place, text: str) -> None:
    await tell(client, place, Reply("text", text))


async def tell_page(client: AsyncWebClient, place: Place, page: blocks.Page) -> None:
    """The same for what is put together already."""
    try:
        await _told(client, place, page)
    except Trouble as error:
        logger().warning("nobody told", errorName=code_of(error) or type(error).__name__)


def _note(sent: list[bool]) -> str:
    return sentences.SLACK_FILE_IN_DM if all(sent) else sentences.SLACK_FILE_LOST


async def _told(client: AsyncWebClient, place: Place, page: blocks.Page) -> None:
    """Raises Trouble."""
    try:
        if place.channel:
            await _in_place(client, place, page)
            return
    except SlackApiError as error:
        if code_of(error) not in CLOSED:
            raise
    if place.response_url and await _answered(client, place.response_url, page):
        return
    there = await placeholders.dm_of(client, place)
    await client.chat_postMessage(channel=there.channel, unfurl_links=False, **page.fields)


async def _in_place(client: AsyncWebClient, place: Place, page: blocks.Page) -> None:
    thread = place.thread or None
    if place.is_private:
        await client.chat_postMessage(channel=place.channel, thread_ts=thread, unfurl_links=False, **page.fields)
    else:
        await client.chat_postEphemeral(channel=place.channel, user=place.user, thread_ts=thread, **page.fields)


async def _answered(client: AsyncWebClient, url: str, page: blocks.Page) -> bool:
    """One of the five uses of a response_url, which works where the bot is not a member."""
    try:
        said = await AsyncWebhookClient(url, logger=client.logger, retry_handlers=[]).send(
            response_type="ephemeral", **page.fields
        )  # fmt: skip
    except Trouble as error:
        logger().warning("response_url failed", errorName=type(error).__name__)
        return False
    return said.status_code == 200


async def _handed_over(client: AsyncWebClient, place: Place, file: Attachment) -> bool:
    """Into the direct message. Slack may say ok and show the file nowhere, so we look."""
    there = place if place.is_private else await placeholders.dm_of(client, place)
    where = {"channel": there.channel} | ({"thread_ts": there.thread} if there.thread else {})
    name = await uploaded(client, file.name, file.data, **where)
    shown = (await client.files_info(file=name))["file"]
    return bool(shown.get("shares"))
