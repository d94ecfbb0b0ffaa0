"""What somebody did in Discord, as the service takes it."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bots.discord.places import PLATFORM, Place
from bots.incoming import Incoming
from core.accounts.model import Identity
from core.generation.wishes import Upload


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that one person did, by Discord's own id of it. `within` is the channel that a thread belongs to."""

    id: str
    identity: Identity
    server: str | None = None
    is_admin: bool = False
    locale: str = "en"
    within: str | None = None
    groups: frozenset[str] = frozenset()

    def incoming(self, place: Place, text: str = "", uploads: Sequence[Upload] = ()) -> Incoming:
        return Incoming(
            self.id, self.identity, text, place.reply_to, tuple(uploads), self.locale, self.server, self.is_admin,
            within=self.within, groups=self.groups,
        )  # fmt: skip


def of_interaction(interaction: discord.Interaction) -> Asking:
    return Asking(
        f"{PLATFORM}:{interaction.id}", Identity(PLATFORM, str(interaction.user.id)), server_of(interaction.guild_id),
        interaction.permissions.manage_guild, str(interaction.locale), parent_of(interaction.channel),
        groups_of(interaction.user),
    )  # fmt: skip


def of_message(message: discord.Message) -> Asking:
    author = message.author
    is_admin = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
    server = server_of(message.guild.id if message.guild else None)
    return Asking(
        f"{PLATFORM}:{message.id}", Identity(PLATFORM, str(author.id)), server, is_admin,
        within=parent_of(message.channel), groups=groups_of(author),
    )  # fmt: skip


def server_of(guild: int | None) -> str | None:
    return None if guild is None else f"{PLATFORM}:{guild}"


def parent_of(channel: object) -> str | None:
    return str(channel.parent_id) if isinstance(channel, discord.Thread) else None


def groups_of(user: discord.User | discord.Member) -> frozenset[str]:
    """The ids of a member's roles, also of a server that is not in memory (discord.py's `roles` is empty then)."""
    return frozenset(str(role) for role in user._roles) if isinstance(user, discord.Member) else frozenset()
