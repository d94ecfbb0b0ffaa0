"""Everything that this Discord knows: who and where, what was said, sold and asked, and what went wrong."""

from dataclasses import dataclass, field
from typing import Protocol

from core.clock import Clock
from tests.fakes.discord.attachments import Attachment
from tests.fakes.discord.bodies import Body
from tests.fakes.discord.content import Content, Writer
from tests.fakes.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, DiscordError, Json, Problem
from tests.fakes.discord.flags import ChannelKind, Intent
from tests.fakes.discord.ids import Snowflakes
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.limits import MAX_FILE_BYTES
from tests.fakes.discord.message import MENTION, Message
from tests.fakes.discord.people import Channel, Guild, User, member_payload
from tests.fakes.discord.waiting import Bell

LIMITED_FLAGS = {Intent.GUILD_PRESENCES: 1 << 13, Intent.GUILD_MEMBERS: 1 << 15, Intent.MESSAGE_CONTENT: 1 << 19}
VEIL: Json = {"content": "", "embeds": [], "components": [], "attachments": []}


class Dispatch(Protocol):
    """Tells the bot's sessions of an event. `veiled` is what those without the message content intent hear."""

    def __call__(
        self, event: str, data: Json, guild: Guild | None = None, intent: int = 0, veiled: Json | None = None
    ) -> None: ...


@dataclass(frozen=True)
class Exchange:
    """One request with its answer. `status` is 0 when the answer was lost on purpose."""

    method: str
    route: str
    path: str
    body: Body
    headers: dict[str, str]
    status: int


@dataclass
class World:
    """By ids, except `dms` by user, `files` by place and `interactions` by token. `base` is this server's address.

    `verify_key` and `endpoint` (of interactions) are what the application's page says.
    """

    clock: Clock
    token: str
    allowed: int
    base: str = ""
    verify_key: str = "0" * 64
    endpoint: str | None = None
    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    dms: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    files: dict[str, Attachment] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    commands: dict[str, Json] = field(default_factory=dict)
    entitlements: dict[str, Json] = field(default_factory=dict)
    skus: dict[str, Json] = field(default_factory=dict)
    typing: list[Channel] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    requests: list[Exchange] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def __post_init__(self) -> None:
        self.ids = Snowflakes(self.clock)
        self.bot = self.add_user("easel", bot=True)
        self.owner = self.add_user("owner")
        self.application = self.bot.id
        self.dispatch: Dispatch = lambda *_, **__: None

    @property
    def application_flags(self) -> int:
        """Which privileged intents it may use, as a small app has them: .../resources/application#application-flags"""
        return sum(flag for intent, flag in LIMITED_FLAGS.items() if self.allowed & intent)

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.ids.new(), name, bot)
        self.users[user.id] = user
        return user

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels.append(channel)
        return channel

    def dm(self, user: User) -> Channel:
        """The channel of the bot and this user; there is one."""
        if user.id not in self.dms:
            channel = Channel(self.ids.new(), ChannelKind.DM, user.username, recipients=(user,))
            self.dms[user.id] = self.add_channel(channel)
        return self.dms[user.id]

    def channel(self, id: str) -> Channel:
        """Raises DiscordError 10003."""
        channel = self.channels.get(id)
        if channel is None or channel.deleted:
            raise DiscordError(UNKNOWN_CHANNEL)
        return channel

    def message(self, channel: Channel, id: str) -> Message:
        """Raises DiscordError 10008, also for what only one user sees."""
        message = self.messages.get(id)
        if message is None or message.deleted or message.ephemeral or message.channel is not channel:
            raise DiscordError(UNKNOWN_MESSAGE)
        return message

    def writer(self, channel: Channel, size_limit: int = MAX_FILE_BYTES, *, ephemeral: bool = False) -> Writer:
        return Writer(self.ids.new, channel.id, size_limit, ephemeral)

    def post(self, message: Message, content: Content) -> Message:
        """Say something for the first time, and tell of it."""
        self.messages[message.id] = message
        message.channel.last_message_id = message.id
        self._say(message, content)
        self._tell("MESSAGE_CREATE", message)
        return message

    def draft(self, channel: Channel, author: User, reply_to: Message | None = None) -> Message:
        """A message that says nothing yet."""
        return Message(self.ids.new(), channel, author, self.clock.now(), [], reply_to)

    def response(self, interaction: Interaction, content: Content, reply_to: Message | None = None) -> Message:
        """A message that answers an interaction."""
        message = self.draft(interaction.channel, self.bot, reply_to)
        message.metadata, message.application = interaction.metadata(), self.application
        return self.post(message, content)

    def rewrite(self, message: Message, content: Content) -> None:
        """Change what was said, and tell of it."""
        if not message.loading:
            message.edited_at = self.clock.now()
        self._say(message, content)
        self._tell("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        message.deleted = True
        guild = message.channel.guild
        data = {"id": message.id, "channel_id": message.channel.id} | ({"guild_id": guild.id} if guild else {})
        self._heard(message, "MESSAGE_DELETE", data)

    def _say(self, message: Message, content: Content) -> None:
        message.revisions.append(content)
        for one in content.attachments:
            one.ephemeral = message.ephemeral
            self.files[one.place] = one
        found = {self.users[id]: None for id in MENTION.findall(content.said) if id in self.users}
        message.mentions = list(found)

    def _tell(self, event: str, message: Message) -> None:
        data = message.payload(self.base)
        if guild := message.channel.guild:
            data |= {"guild_id": guild.id, "member": member_payload(self.clock.now())}
        self._heard(message, event, data)

    def _heard(self, message: Message, event: str, data: Json) -> None:
        """The bot hears of a message where it is a member, unless only one user sees it."""
        self.bell.ring()
        guild = message.channel.guild
        if message.ephemeral or message.loading or (guild is not None and not guild.installed):
            return
        shown = guild is None or message.author is self.bot or self.bot in message.mentions
        intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
        self.dispatch(event, data, guild, intent, None if shown else data | VEIL)
