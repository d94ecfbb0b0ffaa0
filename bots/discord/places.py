"""A place in Discord where a message is or will be, and how a job's document remembers it."""

from dataclasses import dataclass, replace

import discord

from core.clock import MINUTE, Millis
from core.jobs.model import ReplyTo

PLATFORM = "discord"
TOKEN_LIFE: Millis = 14 * MINUTE + 30_000
"""15 minutes, less what a slow post takes: https://docs.discord.com/developers/interactions/receiving-and-responding"""
DEFAULT_FILE_BYTES = 10 * 2**20
"""https://docs.discord.com/developers/reference#uploading-files"""


@dataclass(frozen=True, slots=True)
class Place:
    """Ids are texts, "" where there is none. `message` is ours, and the result takes it; `answers` is a person's.

    `token` is the interaction's, of `application`, `born` then. `limit` is the most bytes of one file there.
    `private`: only `user` sees it. `spoiler`: pictures are veiled until somebody clicks.
    """

    channel: str
    user: str
    message: str = ""
    application: str = ""
    token: str = ""
    born: Millis = 0
    server: str = ""
    answers: str = ""
    limit: int = DEFAULT_FILE_BYTES
    private: bool = False
    spoiler: bool = False

    @classmethod
    def of(cls, reply_to: ReplyTo) -> "Place":
        """What `reply_to` has made of a place."""
        extra = reply_to.extra
        return cls(
            reply_to.channel, extra.get("user", ""), extra.get("message", ""), extra.get("application", ""),
            extra.get("token", ""), int(extra.get("born") or 0), extra.get("server", ""), extra.get("answers", ""),
            int(extra.get("limit") or DEFAULT_FILE_BYTES), "private" in extra, "spoiler" in extra,
        )  # fmt: skip

    @classmethod
    def of_interaction(cls, interaction: discord.Interaction) -> "Place":
        return cls(
            str(interaction.channel_id or ""), str(interaction.user.id), "", str(interaction.application_id),
            interaction.token, round(interaction.created_at.timestamp() * 1000), str(interaction.guild_id or ""),
            limit=interaction.filesize_limit,
        )  # fmt: skip

    @property
    def reply_to(self) -> ReplyTo:
        texts = {
            "user": self.user, "message": self.message, "application": self.application, "token": self.token,
            "server": self.server, "answers": self.answers, "born": str(self.born or ""), "limit": str(self.limit),
            "private": "1" if self.private else "", "spoiler": "1" if self.spoiler else "",
        }  # fmt: skip
        return ReplyTo(
            platform=PLATFORM, channel=self.channel, extra={key: text for key, text in texts.items() if text}
        )

    def at(self, message: str) -> "Place":
        """The same place, with this message of ours."""
        return replace(self, message=message)

    def has_token(self, now: Millis) -> bool:
        """Whether the interaction can still be answered."""
        return bool(self.token) and now < self.born + TOKEN_LIFE
