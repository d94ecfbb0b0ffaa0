"""Who and where: users, guilds and channels, with what a test may do to them, and how Discord describes them."""

from dataclasses import dataclass, field

from core.clock import Millis, to_datetime
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import ChannelKind

ALL_PERMISSIONS = str((1 << 53) - 1)


@dataclass(eq=False)
class User:
    """`dms_blocked` can be set: nobody's direct messages reach them then (50007)."""

    id: str
    username: str
    bot: bool = False
    dms_blocked: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> Json:
        return {
            "id": self.id,
            "username": self.username,
            "global_name": None if self.bot else self.username.title(),
            "discriminator": "0001" if self.bot else "0",
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        } | ({"bot": True} if self.bot else {})


@dataclass(eq=False)
class Guild:
    """`installed` says whether the bot is a member; otherwise only people who installed the app use it there."""

    id: str
    name: str
    owner: User
    installed: bool = True
    locale: str = "en-US"
    channels: list["Channel"] = field(default_factory=list)


@dataclass(eq=False)
class Channel:
    """`deleted` (10003), `visible` (50001) and `writable` (50013) can be set."""

    id: str
    kind: ChannelKind
    name: str
    guild: Guild | None = None
    recipients: tuple[User, ...] = ()
    parent: "Channel | None" = None
    owner: User | None = None
    created_at: Millis = 0
    deleted: bool = False
    visible: bool = True
    writable: bool = True
    archived: bool = False
    last_message_id: str | None = None

    @property
    def thread(self) -> bool:
        return self.kind in {ChannelKind.PUBLIC_THREAD, ChannelKind.PRIVATE_THREAD}

    def payload(self) -> Json:
        """A channel as `GET /channels/{id}` gives it."""
        common: Json = {"id": self.id, "type": self.kind, "flags": 0, "last_message_id": self.last_message_id}
        if self.guild is None:
            return common | {"recipients": [user.payload() for user in self.recipients]}
        common |= {"guild_id": self.guild.id, "name": self.name, "rate_limit_per_user": 0}
        return common | (self._of_thread() if self.thread else self._of_text())

    def partial(self) -> Json:
        """A channel inside an interaction: with the permissions of the person who acts."""
        return self.payload() | ({"permissions": ALL_PERMISSIONS} if self.guild else {})

    def _of_text(self) -> Json:
        place = self.guild.channels.index(self) if self.guild and self in self.guild.channels else 0
        return {"position": place, "permission_overwrites": [], "topic": None, "nsfw": False, "parent_id": None}

    def _of_thread(self) -> Json:
        moment = to_datetime(self.created_at).isoformat()
        return {
            "parent_id": self.parent.id if self.parent else None,
            "owner_id": self.owner.id if self.owner else "0",
            "thread_metadata": {
                "archived": self.archived, "archive_timestamp": moment, "auto_archive_duration": 4320,
                "locked": False, "create_timestamp": moment,
            },
            "message_count": 0, "member_count": 1, "total_message_sent": 0,
        }  # fmt: skip


def member_payload(joined_at: Millis) -> Json:
    """A member of a guild; the user is added by whoever needs it inside."""
    return {
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": to_datetime(joined_at).isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def guild_payload(guild: Guild, bot: User, joined_at: Millis) -> Json:
    """A guild as GUILD_CREATE tells it: https://docs.discord.com/developers/events/gateway-events#guild-create"""
    people = [member_payload(joined_at) | {"user": user.payload()} for user in (bot, guild.owner)]
    everyone = {
        "id": guild.id, "name": "@everyone", "permissions": ALL_PERMISSIONS, "position": 0, "color": 0,
        "hoist": False, "managed": False, "mentionable": False, "flags": 0,
    }  # fmt: skip
    return {
        "id": guild.id, "name": guild.name, "icon": None, "owner_id": guild.owner.id, "unavailable": False,
        "preferred_locale": guild.locale, "features": [], "roles": [everyone], "emojis": [], "stickers": [],
        "channels": [one.payload() for one in guild.channels if not one.thread and not one.deleted],
        "threads": [one.payload() for one in guild.channels if one.thread and not one.deleted],
        "members": people, "member_count": len(people), "large": False, "presences": [], "voice_states": [],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "afk_timeout": 300,
        "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
        "nsfw_level": 0, "premium_tier": 0, "premium_progress_bar_enabled": False, "system_channel_flags": 0,
        "joined_at": to_datetime(joined_at).isoformat(),
    }  # fmt: skip
