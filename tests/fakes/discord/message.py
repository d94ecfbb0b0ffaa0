"""A message with all its revisions, so that a test sees what was said and when it was changed."""

import re
from dataclasses import dataclass, field

from core.clock import Millis, to_datetime
from tests.fakes.discord.components import walk
from tests.fakes.discord.content import Content
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import MessageFlag
from tests.fakes.discord.people import Channel, User
from tests.fakes.discord.rendering import rendered

DEFAULT_TYPE = 0
REPLY_TYPE = 19
COMMAND_TYPE = 20
MENTION = re.compile(r"<@!?(\d+)>")


@dataclass(eq=False)
class Message:
    """`revisions` are oldest first; `metadata` names the interaction that it answers."""

    id: str
    channel: Channel
    author: User
    created_at: Millis
    revisions: list[Content]
    reply_to: "Message | None" = None
    metadata: Json | None = None
    application: str | None = None
    nonce: str | None = None
    mentions: list[User] = field(default_factory=list)
    edited_at: Millis | None = None
    deleted: bool = False

    @property
    def now(self) -> Content:
        return self.revisions[-1]

    @property
    def text(self) -> str:
        """What it says now, wherever that stands."""
        return self.now.said

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of its files by their names."""
        return self.now.files

    @property
    def loading(self) -> bool:
        return MessageFlag.LOADING in self.now.flags

    @property
    def ephemeral(self) -> bool:
        return MessageFlag.EPHEMERAL in self.now.flags

    @property
    def controls(self) -> dict[str, Json]:
        """What can be pressed or selected, by custom id."""
        return {part["custom_id"]: part for _, part in walk(self.now.components) if part.get("custom_id")}

    def payload(self, base: str) -> Json:
        """It, as Discord answers and tells it."""
        answer: Json = {
            "id": self.id,
            "type": self._type,
            "channel_id": self.channel.id,
            "author": self.author.payload(),
            "timestamp": to_datetime(self.created_at).isoformat(),
            "edited_timestamp": to_datetime(self.edited_at).isoformat() if self.edited_at is not None else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [user.payload() for user in self.mentions],
            "mention_roles": [],
            "pinned": False,
        } | rendered(self.now, base)
        if self.application is not None:
            answer |= {"application_id": self.application, "webhook_id": self.application}
        if self.metadata is not None:
            answer["interaction_metadata"] = self.metadata
        if self.nonce is not None:
            answer["nonce"] = self.nonce
        return answer | self._reference(base)

    def _reference(self, base: str) -> Json:
        if self.reply_to is None:
            return {}
        other = self.reply_to
        reference = {"type": 0, "channel_id": other.channel.id, "message_id": other.id}
        if other.channel.guild:
            reference["guild_id"] = other.channel.guild.id
        referenced = None if other.deleted else {**other.payload(base)}
        if referenced:
            referenced.pop("referenced_message", None)
        return {"message_reference": reference, "referenced_message": referenced}

    @property
    def _type(self) -> int:
        if self.reply_to is not None:
            return REPLY_TYPE
        return COMMAND_TYPE if self.metadata is not None and self.metadata["type"] == COMMAND_METADATA else DEFAULT_TYPE


COMMAND_METADATA = 2
