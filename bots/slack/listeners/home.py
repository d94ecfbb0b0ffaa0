"""The home tab, and its buttons. Answers to them are shown in a modal: nothing ephemeral can be said there."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import blocks, homepage, modal, sentences
from bots.slack.blocks import written
from bots.slack.desk import Asking, Desk
from bots.slack.listeners.reading import Body, asking_of, place_of, shown
from bots.slack.telling import tell
from core.log import logger

_TITLES = {"buy": "Buy credits", "daily": "Free credits", "history": "History", "help": "Help"}


def register(bolt: AsyncApp, desk: Desk) -> None:
    imagine = next(command for command in desk.service.commands if command.name == "imagine")

    @bolt.event("app_home_opened")
    async def opened(body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        if body["event"].get("tab") == "home":
            desk.soon(publish(desk, asking_of(context, body, client, place_of(context, body))))

    @bolt.action(re.compile(rf"^{re.escape(homepage.PREFIX)}(?:draw|buy|daily|history|help)$"))
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        name = body["actions"][0]["action_id"].removeprefix(homepage.PREFIX)
        asking = asking_of(context, body, client, place_of(context, body), f"/{name}")
        if name == "draw":
            desk.soon(shown(desk, asking, body, modal.view(imagine, modal.Kept())))
        else:
            desk.soon(answer(asking, body, name))

    async def answer(asking: Asking, body: Body, name: str) -> None:
        """Opened before the answer is there, which may take longer than Slack lets us wait."""
        view = await shown(desk, asking, body, modal.answer(_TITLES[name], written(sentences.SLACK_ONE_MOMENT)))
        reply = await desk.service.say(asking.incoming(asking.place))
        if view is None:
            await tell(asking.client, asking.place, reply)
        else:
            shows = modal.answer(_TITLES[name], blocks.pages(reply)[0].blocks)
            await asking.client.views_update(view_id=view, view=shows)
        if name == "daily":
            await publish(desk, asking)


async def publish(desk: Desk, asking: Asking) -> None:
    """Without pictures if one of them is gone. Raises StoreError, Trouble."""
    account = await desk.app.accounts.for_identity(asking.identity)
    user = asking.place.user
    try:
        await asking.client.views_publish(user_id=user, view=await homepage.home(desk.app, account, asking.place.team))
    except SlackApiError as error:
        logger().warning("home without pictures", errorName=str(error.response.get("error")))
        view = await homepage.home(desk.app, account, asking.place.team, pictures=False)
        await asking.client.views_publish(user_id=user, view=view)
