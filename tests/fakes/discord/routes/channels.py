"""Messages in channels: https://docs.discord.com/developers/resources/message"""

from core.clock import MINUTE, Millis
from tests.fakes.discord.errors import (
    DMS_BLOCKED,
    INVALID_BODY,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NOT_YOURS,
    DiscordError,
    Fault,
    Json,
)  # fmt: skip
from tests.fakes.discord.flags import ChannelKind
from tests.fakes.discord.message import Message
from tests.fakes.discord.people import Channel
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

NONCE_LIFE: Millis = 5 * MINUTE  # "in the past few minutes": .../resources/message#create-message
DEFAULT_LIMIT = 50
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"


class Channels:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/channels/{channel_id}", self.channel),
            Route("POST", "/channels/{channel_id}/typing", self.typing),
            Route("GET", MESSAGES, self.history),
            Route("POST", MESSAGES, self.post),
            Route("GET", MESSAGE, self.get),
            Route("PATCH", MESSAGE, self.edit),
            Route("DELETE", MESSAGE, self.delete),
        ]

    def channel(self, call: Call) -> Answer:
        return 200, reachable(self._world, call).payload()

    def typing(self, call: Call) -> Answer:
        self._world.typing.append(writable(self._world, call))
        return 204, None

    def history(self, call: Call) -> Answer:
        channel = reachable(self._world, call)
        before = int(call.query.get("before", 1 << 63))
        after = int(call.query.get("after", 0))
        found = [one for one in self._world.messages.values() if one.channel is channel and not one.deleted]
        shown = [one for one in found if not one.ephemeral and after < int(one.id) < before]
        newest = sorted(shown, key=lambda one: int(one.id), reverse=True)[: int(call.query.get("limit", DEFAULT_LIMIT))]
        return 200, [one.payload(self._world.base) for one in newest]

    def post(self, call: Call) -> Answer:
        channel = writable(self._world, call)
        nonce = call.value.get("nonce")
        if nonce is not None and call.value.get("enforce_nonce") and (known := self._same(channel, str(nonce))):
            return 200, known.payload(self._world.base)
        content = self._world.writer(channel).create(call.body, call.value)
        reply_to = self._referenced(channel, call.value.get("message_reference"))
        message = self._world.draft(channel, self._world.bot, reply_to)
        message.nonce = None if nonce is None else str(nonce)
        return 200, self._world.post(message, content).payload(self._world.base)

    def get(self, call: Call) -> Answer:
        channel = reachable(self._world, call)
        return 200, self._world.message(channel, call.params["message_id"]).payload(self._world.base)

    def edit(self, call: Call) -> Answer:
        channel = reachable(self._world, call)
        message = self._world.message(channel, call.params["message_id"])
        if message.author is not self._world.bot:
            raise DiscordError(NOT_YOURS)
        self._world.rewrite(message, self._world.writer(channel).edit(message.now, call.body, call.value))
        return 200, message.payload(self._world.base)

    def delete(self, call: Call) -> Answer:
        channel = reachable(self._world, call)
        message = self._world.message(channel, call.params["message_id"])
        if message.author is not self._world.bot and (channel.guild is None or not channel.writable):
            raise DiscordError(MISSING_PERMISSIONS)
        self._world.delete(message)
        return 204, None

    def _same(self, channel: Channel, nonce: str) -> Message | None:
        since = self._world.clock.now() - NONCE_LIFE
        mine = (one for one in self._world.messages.values() if one.author is self._world.bot and one.nonce == nonce)
        return next((one for one in mine if one.channel is channel and one.created_at >= since), None)

    def _referenced(self, channel: Channel, reference: Json | None) -> Message | None:
        if not reference or not reference.get("message_id"):
            return None
        message = self._world.messages.get(str(reference["message_id"]))
        if message is not None and not message.deleted and message.channel is channel:
            return message
        if reference.get("fail_if_not_exists", True):
            fault = Fault(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            raise DiscordError(INVALID_BODY, [fault])
        return None


def reachable(world: World, call: Call) -> Channel:
    """The channel, if the bot sees it. Raises DiscordError 10003 or 50001."""
    channel = world.channel(call.params["channel_id"])
    outside = channel.guild is not None and not channel.guild.installed
    if outside or not channel.visible or channel.kind is ChannelKind.GROUP_DM:
        raise DiscordError(MISSING_ACCESS)
    return channel


def writable(world: World, call: Call) -> Channel:
    """The channel, if the bot may write there. Raises DiscordError 10003, 50001, 50013 or 50007."""
    channel = reachable(world, call)
    if not channel.writable:
        raise DiscordError(MISSING_PERMISSIONS)
    if channel.kind is ChannelKind.DM and any(user.dms_blocked for user in channel.recipients):
        raise DiscordError(DMS_BLOCKED)
    return channel
