"""One workspace: its people, its channels, and the app's installation in it."""

from collections.abc import Callable, Sequence

from tests.fakes.slack.model import Channel, File, Json, User

SCOPES = (
    "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands", "files:read",
    "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write", "usergroups:read",
    "users:read",
)  # fmt: skip
"""What a default installation was granted. Without `chat:write.public` the bot must be invited."""


class Team:
    """A workspace where the app is installed. Names and ids both find people and channels."""

    def __init__(self, team_id: str, name: str, fresh: Callable[[str], str], enterprise_id: str | None = None) -> None:
        self.id = team_id
        self.name = name
        self.enterprise_id = enterprise_id
        self.installed = False
        self.scopes: tuple[str, ...] = ()
        self.bot_token = ""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.groups: dict[str, list[str]] = {}
        self._fresh = fresh
        self.bot_id = fresh("B")
        self.bot = self._joins(User(fresh("U"), team_id, "easel", is_bot=True))

    @property
    def domain(self) -> str:
        return self.name.lower().replace(" ", "-")

    @property
    def enterprise(self) -> Json | None:
        return {"id": self.enterprise_id, "name": "The enterprise"} if self.enterprise_id else None

    def add_user(
        self, name: str, *, is_admin: bool = False, tz: str = "Europe/Berlin", tz_offset: int = 3600,
        locale: str = "en-US",
    ) -> User:  # fmt: skip
        return self._joins(User(self._fresh("U"), self.id, name, is_admin, False, tz, tz_offset, locale))

    def add_group(self, *members: str) -> str:
        """The id of a new user group of these people."""
        group = self._fresh("S")
        self.groups[group] = [self.user(name).id for name in members]
        return group

    def add_channel(
        self, name: str, *, private: bool = False, with_bot: bool = True, archived: bool = False,
        without: Sequence[str] = (),
    ) -> Channel:  # fmt: skip
        """A channel with everybody but `without`, and with the bot if it was invited."""
        members = [user.id for user in self.users.values() if user.name not in without]
        members = [user for user in members if with_bot or user != self.bot.id]
        kind = "group" if private else "channel"
        channel = Channel(self._fresh("C"), self.id, name, kind, members, archived)  # type: ignore[arg-type]  # a Kind
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: str) -> Channel:
        """The direct message of the bot with this person, opened if need be."""
        person = self.user(user)
        for channel in self.channels.values():
            if channel.user == person.id:
                return channel
        channel = Channel(self._fresh("D"), self.id, person.name, "im", [person.id, self.bot.id], user=person.id)
        self.channels[channel.id] = channel
        return channel

    def user(self, name: str) -> User:
        """Raises LookupError when nobody is called so."""
        for user in self.users.values():
            if name in {user.id, user.name}:
                return user
        raise LookupError(f"nobody is called {name} in {self.name}")

    def channel(self, name: str) -> Channel:
        """Raises LookupError when there is no such channel."""
        for channel in self.channels.values():
            if name == channel.id or (channel.kind != "im" and name.removeprefix("#") == channel.name):
                return channel
        raise LookupError(f"there is no channel {name} in {self.name}")

    def _joins(self, user: User) -> User:
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.kind != "im":
                channel.members.append(user.id)
        return user
