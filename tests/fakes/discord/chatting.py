"""What people do without commands: write, buy, and take back; and the places where they do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fakes.discord.attachments import attached
from tests.fakes.discord.bodies import Upload
from tests.fakes.discord.content import Content
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import ChannelKind
from tests.fakes.discord.message import Message
from tests.fakes.discord.options import Impossible
from tests.fakes.discord.people import Channel, Guild, User, guild_payload
from tests.fakes.discord.waiting import PATIENCE_SECONDS
from tests.fakes.discord.world import World

PURCHASE = 1
DURABLE, CONSUMABLE, SUBSCRIPTION = 2, 3, 5
"""https://docs.discord.com/developers/resources/sku#sku-object-sku-types"""


@dataclass(frozen=True)
class Said:
    """A message of a person; `answer` waits for what the bot says after it there."""

    message: Message
    world: World

    async def answer(
        self, where: Callable[[Message], bool] = lambda message: True, seconds: float = PATIENCE_SECONDS
    ) -> Message:
        """The first message of the bot in this channel since, that fits `where`."""

        def found() -> Message | None:
            later = (one for one in self.world.messages.values() if int(one.id) > int(self.message.id))
            mine = (one for one in later if one.author is self.world.bot and one.channel is self.message.channel)
            return next((one for one in mine if not one.deleted and where(one)), None)

        return await self.world.bell.until(found, f"An answer to {self.message.text!r}", seconds)


class Chatting:
    world: World

    def user(self, name: str) -> User:
        return self.world.add_user(name)

    def guild(self, name: str = "home", *, installed: bool = True, channels: Sequence[str] = ("general",)) -> Guild:
        """A server with channels. `installed`: the bot is a member and hears of it."""
        guild = Guild(self.world.ids.new(), name, self.world.owner, installed)
        self.world.guilds[guild.id] = guild
        for channel in channels:
            self.world.add_channel(Channel(self.world.ids.new(), ChannelKind.TEXT, channel, guild))
        if installed:
            payload = guild_payload(guild, self.world.bot, self.world.clock.now())
            self.world.dispatch("GUILD_CREATE", payload, guild, 1)
        return guild

    def dm(self, user: User) -> Channel:
        """The bot's direct messages with this user."""
        return self.world.dm(user)

    def group(self, *users: User) -> Channel:
        """Direct messages among people, where the bot is only as somebody's app."""
        return self.world.add_channel(Channel(self.world.ids.new(), ChannelKind.GROUP_DM, "group", recipients=users))

    def message(
        self,
        content: str,
        user: User,
        channel: Channel,
        *,
        reply_to: Message | None = None,
        files: Sequence[Upload] = (),
    ) -> Said:
        """Write into a channel. People mention others by `user.mention` in the text."""
        mint = self.world.ids.new
        attachments = [attached(one, mint(), channel.id) for one in files]
        message = self.world.draft(channel, user, reply_to)
        self.world.post(message, Content(content, attachments=attachments))
        return Said(message, self.world)

    def sku(self, name: str, kind: int = CONSUMABLE) -> Json:
        """Something for sale."""
        slug = name.lower().replace(" ", "-")
        sku = {"id": self.world.ids.new(), "type": kind, "application_id": self.world.application, "name": name,
               "slug": slug, "flags": 1 << 2, "dependent_sku_id": None, "access_type": 1, "features": [],
               "manifest_labels": None, "release_date": None, "show_age_gate": False}  # fmt: skip
        self.world.skus[str(sku["id"])] = sku
        return sku

    def entitlement(self, user: User, sku: Json) -> Json:
        """Buy it. Raises Impossible while an earlier one is not consumed."""
        mine = [
            one for one in self.world.entitlements.values() if (one["user_id"], one["sku_id"]) == (user.id, sku["id"])
        ]
        if any(not one["deleted"] and not one.get("consumed") for one in mine):
            raise Impossible(f"{user.username} has {sku['name']} already")
        entitlement: Json = {
            "id": self.world.ids.new(), "sku_id": sku["id"], "application_id": self.world.application,
            "user_id": user.id, "type": PURCHASE, "deleted": False, "starts_at": None, "ends_at": None,
            "gift_code_flags": 0, "promotion_id": None,
        }  # fmt: skip
        if sku["type"] == CONSUMABLE:
            entitlement["consumed"] = False
        self.world.entitlements[entitlement["id"]] = entitlement
        self.world.dispatch("ENTITLEMENT_CREATE", dict(entitlement))
        return entitlement

    def revoke(self, entitlement: Json) -> None:
        """Discord refunds it."""
        entitlement["deleted"] = True
        self.world.dispatch("ENTITLEMENT_DELETE", dict(entitlement))

    async def posted(
        self, channel: Channel, where: Callable[[Message], bool] = lambda message: True,
        seconds: float = PATIENCE_SECONDS,
    ) -> Message:  # fmt: skip
        """The bot's first message in a channel that fits `where`."""

        def found() -> Message | None:
            mine = (one for one in self.world.messages.values() if one.author is self.world.bot)
            return next((one for one in mine if one.channel is channel and not one.deleted and where(one)), None)

        return await self.world.bell.until(found, f"A message in {channel.name}", seconds)
