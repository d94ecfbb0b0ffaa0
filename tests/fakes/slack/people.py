"""What people do in a workspace: type commands and messages, mention the app, open its pages, install and remove it."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.slack import payloads
from tests.fakes.slack.deliveries import Deliveries, Handle
from tests.fakes.slack.echoes import KINDS
from tests.fakes.slack.forms import NotPossible
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.interactions import Interactions
from tests.fakes.slack.methods_auth import uninstalled
from tests.fakes.slack.model import Channel, File, Json, Message, User
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import Code, World

EVENTS = frozenset({
    "app_mention", "message.im", "app_home_opened", "assistant_thread_started", "assistant_thread_context_changed",
    "app_uninstalled", "tokens_revoked", "member_joined_channel",
})  # fmt: skip
"""What the app is subscribed to by default. With `message.channels` a mention comes twice, as it does with Slack."""

Upload = tuple[str, bytes]
"""A file name and its bytes."""


class People(Interactions):
    """People and channels are named by name or by id; the team by name or id, and is the first one if left out."""

    def __init__(self, world: World, deliveries: Deliveries, hooks: Hooks, events: frozenset[str]) -> None:
        super().__init__(world, deliveries, hooks)
        self._events = events

    async def command(self, text: str, user: str = "alice", channel: str = "general", team: str = "") -> Handle:
        """A slash command, such as `/imagine a red fox`. What the acknowledgement says appears in the channel."""
        place = self._team(team)
        if "commands" not in place.scopes:
            raise NotPossible("the app was not granted `commands`")
        person, where = place.user(user), self._where(place, channel, user)
        url = self._hooks.issue(place, where.id, person.id)
        payload = payloads.command(self._world, place, person, where, text, url)
        handle = await self._deliveries.send(Handle("slash_commands", payload))
        if handle.acked and handle.answer:
            self._answered(url, handle.answer)
        return handle

    async def message(
        self, text: str, user: str = "alice", channel: str = "im", team: str = "", thread_ts: str | None = None,
        files: Sequence[Upload] = (),
    ) -> Handle:  # fmt: skip
        """A message in the person's direct message with the bot, or in a channel (`handle.message`).

        In a channel the app learns of it only if it is subscribed to `message.channels` or `message.groups`.
        """
        place = self._team(team)
        where = self._where(place, channel, user)
        said = self._say(place, place.user(user), where, text, thread_ts, files)
        return await self._event(place, KINDS[where.kind], payloads.message_event(said, where, "message"), said, where)

    async def mention(
        self, text: str, user: str = "alice", channel: str = "general", team: str = "", thread_ts: str | None = None,
        files: Sequence[Upload] = (),
    ) -> Handle:  # fmt: skip
        """`@easel ...` in a channel or one of its threads."""
        place = self._team(team)
        where = self._where(place, channel, user)
        if where.kind == "im":
            raise NotPossible("a mention in a direct message is no app_mention: use message()")
        said = self._say(place, place.user(user), where, f"<@{place.bot.id}> {text}", thread_ts, files)
        handle = await self._event(
            place, "app_mention", payloads.message_event(said, where, "app_mention"), said, where
        )
        if KINDS[where.kind] in self._events:
            await self._event(place, KINDS[where.kind], payloads.message_event(said, where, "message"), said, where)
        return handle

    async def open_home(self, user: str = "alice", team: str = "", tab: str = "home") -> Handle:
        """The app's page: `tab` is `home` or `messages`."""
        place = self._team(team)
        person = place.user(user)
        event: Json = {"type": "app_home_opened", "user": person.id, "channel": place.dm(user).id, "tab": tab}
        if person.id in self._world.homes:
            event["view"] = self._world.homes[person.id].to_json()
        return await self._event(place, "app_home_opened", event)

    async def assistant_thread_started(self, user: str = "alice", team: str = "", viewing: str = "general") -> Handle:
        """The person opens a new chat with the assistant while looking at the channel `viewing`.

        `handle.message` is the thread's root: talk on with `message(..., thread_ts=handle.message.ts)`.
        """
        place = self._team(team)
        person, where = place.user(user), place.dm(user)
        root = Message(place.id, where.id, self._world.ts(), place.bot.id, "New chat", subtype="assistant_app_thread")
        root.thread_ts = root.ts
        self._world.messages.append(root)
        context = {
            "channel_id": place.channel(viewing).id, "team_id": place.id, "enterprise_id": place.enterprise_id,
        }  # fmt: skip
        thread = {"user_id": person.id, "context": context, "channel_id": where.id, "thread_ts": root.ts}
        event = {"type": "assistant_thread_started", "assistant_thread": thread}
        return await self._event(place, "assistant_thread_started", event, root)

    async def invite(self, channel: str, user: str = "alice", team: str = "") -> Handle:
        """`/invite @easel`: the bot joins the channel."""
        place = self._team(team)
        where = place.channel(channel)
        where.members.append(place.bot.id)
        event = {
            "type": "member_joined_channel", "user": place.bot.id, "channel": where.id, "channel_type": "C",
            "team": place.id, "inviter": place.user(user).id,
        }  # fmt: skip
        return await self._event(place, "member_joined_channel", event)

    def stop_stream(self, message: Message) -> None:
        """The reader presses "stop" on a growing message."""
        if message.stream is None or message.stream.state != "open":
            raise NotPossible("the message is not growing")
        message.stream.state = "stopped_by_user"

    def uninstall(self, team: str = "") -> None:
        """An admin removes the app; its last events are sent in the background."""
        uninstalled(self._world, self._team(team))

    def approve(self, authorize_url: str, user: str = "alice", team: str = "") -> str:
        """The person consents on the page that the app sent them to; the address they are led back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        if asked.get("client_id") != self._world.app.client_id:
            raise NotPossible("invalid_client_id")
        if not asked.get("scope"):
            raise NotPossible("no scopes requested")
        place = self._team(team)
        code = self._world.fresh("code-")
        redirect = asked.get("redirect_uri")
        self._world.codes[code] = Code(
            place.id, place.user(user).id, tuple(asked["scope"].split(",")), redirect, self._world.clock.now()
        )
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return f"{redirect or ''}?{back}"

    def _where(self, team: Team, channel: str, user: str) -> Channel:
        """Raises NotPossible if the person is not in the channel."""
        found = team.dm(user) if channel == "im" else team.channel(channel)
        if team.user(user).id not in found.members or found.is_archived:
            raise NotPossible(f"{user} cannot write in {channel}")
        return found

    def _say(
        self, team: Team, user: User, channel: Channel, text: str, thread_ts: str | None, files: Sequence[Upload]
    ) -> Message:
        message = Message(team.id, channel.id, self._world.ts(), user.id, text, thread_ts=thread_ts)
        message.blocks = payloads.rich_text(text, self._world.short()) if text else []
        message.files = [self._attach(team, user, channel, message.ts, *upload) for upload in files]
        message.remember()
        self._world.messages.append(message)
        return message

    def _attach(self, team: Team, user: User, channel: Channel, ts: str, name: str, data: bytes) -> File:
        file_id = self._world.fresh("F")
        url = f"{self._world.base_url}/files-pri/{team.id}-{file_id}/{name}"
        file = File(file_id, team.id, user.id, name, len(data), url, data=data, completed=True)
        file.mimetype = "image/png" if name.endswith(".png") else "application/octet-stream"
        file.shares[channel.id] = [{"ts": ts}]
        team.files[file_id] = file
        return file

    async def _event(
        self, team: Team, kind: str, event: Json, message: Message | None = None, channel: Channel | None = None
    ) -> Handle:
        """Raises NotPossible when Slack would keep this event from the app."""
        self._must_reach(team, kind, channel)
        handle = Handle("events_api", payloads.event_callback(self._world, team, event), message=message)
        return await self._deliveries.send(handle)

    def _must_reach(self, team: Team, kind: str, channel: Channel | None) -> None:
        needed = payloads.EVENT_SCOPES.get(kind, ())
        if kind not in self._events:
            raise NotPossible(f"the app is not subscribed to {kind}")
        if not team.installed or not set(needed) <= set(team.scopes):
            raise NotPossible(f"the app was not granted {', '.join(needed)} in {team.name}")
        if channel and team.bot.id not in channel.members:
            raise NotPossible(f"the bot is not in {channel.name}")

    def _answered(self, url: str, answer: object) -> None:
        try:
            self._hooks.answered(url, answer if isinstance(answer, dict) else {"text": str(answer)})
        except Refused as refused:
            self._world.problems.append(f"acknowledgement: {refused.error}")
