"""Threads: https://docs.discord.com/developers/topics/threads"""

from tests.fakes.discord.errors import MISSING_PERMISSIONS, THREAD_EXISTS, WRONG_CHANNEL_KIND, DiscordError
from tests.fakes.discord.flags import ChannelKind
from tests.fakes.discord.people import Channel
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.routes.channels import MESSAGE, reachable, writable
from tests.fakes.discord.world import World


class Threads:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/channels/{channel_id}/threads", self.create),
            Route("POST", MESSAGE + "/threads", self.create_from_message),
            Route("PATCH", "/channels/{channel_id}", self.edit),
            Route("PUT", "/channels/{channel_id}/thread-members/@me", self.join),
            Route("DELETE", "/channels/{channel_id}/thread-members/@me", self.join),
        ]

    def create(self, call: Call) -> Answer:
        return self._thread(call, ChannelKind(call.value.get("type") or ChannelKind.PRIVATE_THREAD))

    def create_from_message(self, call: Call) -> Answer:
        """A thread has the id of the message that it starts from."""
        message = self._world.message(reachable(self._world, call), call.params["message_id"])
        if message.id in self._world.channels:
            raise DiscordError(THREAD_EXISTS)
        return self._thread(call, ChannelKind.PUBLIC_THREAD, message.id)

    def edit(self, call: Call) -> Answer:
        channel = writable(self._world, call)
        if not channel.thread:
            raise DiscordError(MISSING_PERMISSIONS)
        channel.name = call.value.get("name") or channel.name
        channel.archived = bool(call.value.get("archived", channel.archived))
        self._world.dispatch("THREAD_UPDATE", channel.payload(), channel.guild)
        return 200, channel.payload()

    def join(self, call: Call) -> Answer:
        reachable(self._world, call)
        return 204, None

    def _thread(self, call: Call, kind: ChannelKind, id: str | None = None) -> Answer:
        parent: Channel = writable(self._world, call)
        if parent.guild is None or parent.thread:
            raise DiscordError(WRONG_CHANNEL_KIND)
        world = self._world
        thread = Channel(id or world.ids.new(), kind, call.value["name"], parent.guild, (), parent, world.bot)
        thread.created_at = world.clock.now()
        world.add_channel(thread)
        world.dispatch("THREAD_CREATE", thread.payload() | {"newly_created": True}, parent.guild)
        return 201, thread.payload()
