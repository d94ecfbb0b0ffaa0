"""A Slack that listens on 127.0.0.1: the server, and what tests do with it and learn from it."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from core.clock import Clock, SystemClock
from core.tasks import stopped
from tests.fakes.serving import serve
from tests.fakes.slack import payloads
from tests.fakes.slack.deliveries import ACK_SECONDS, RETRY_DELAYS, Attempt, Deliveries, Handle, Transport
from tests.fakes.slack.file_store import FileStore
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.http_mode import HttpMode
from tests.fakes.slack.model import File, Json, Message, View
from tests.fakes.slack.pace import Pace
from tests.fakes.slack.people import EVENTS, People
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.tokens import Tokens
from tests.fakes.slack.triggers import Triggers
from tests.fakes.slack.troubles import Troubles
from tests.fakes.slack.web_api import WebApi
from tests.fakes.slack.workspace import SCOPES, Team
from tests.fakes.slack.world import Call, SlackApp, World

MOST_BODY = 64 * 1024**2


class SlackFake(People):
    """One Slack with one app. `async with SlackFake() as fake:`, then `AsyncWebClient(base_url=fake.api_url)`.

    There is a first team, with alice (an admin) and bob, the channels general (with the bot) and random (without it).
    What is delivered goes over Socket Mode, or to `fake.request_url` once that is set.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        app: SlackApp | None = None,
        scopes: tuple[str, ...] = SCOPES,
        events: frozenset[str] = EVENTS,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        clock, self.app = clock or SystemClock(), app or SlackApp()
        world = World(
            clock, self.app, Tokens(clock), Triggers(clock), Pace(clock), Troubles(), self._announce
        )  # fmt: skip
        self.socket = SocketMode(world, ack_seconds)
        self.http = HttpMode(self.app.signing_secret, ack_seconds)
        self.troubles, self.pace = world.troubles, world.pace
        super().__init__(world, Deliveries(self._transport, retry_delays), Hooks(world), events)
        self._scopes = scopes
        self._runner: web.AppRunner | None = None
        self._announcements: set[asyncio.Task[Handle]] = set()
        self.team = self.add_team("Easel HQ")

    async def __aenter__(self) -> Self:
        server = web.Application(client_max_size=MOST_BODY)
        for part in (WebApi(self._world, self.socket.open), FileStore(self._world), self.socket, self._hooks):
            server.add_routes(part.routes())
        self._runner, self._world.base_url = await serve(server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await stopped(set(self._announcements))
        await self._deliveries.close()
        await self.socket.close()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """For `AsyncWebClient(base_url=...)`; ends in `/api/`."""
        return f"{self._world.base_url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where the app takes signed requests. None: everything goes over Socket Mode."""
        return self.http.url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.http.url = url

    def add_team(self, name: str, *, installed: bool = True, enterprise_id: str | None = None) -> Team:
        """Another workspace, with the same people and channels, and the app if it is `installed`."""
        team = self._world.add_team(name, enterprise_id)
        team.add_user("alice", is_admin=True)
        team.add_user("bob", locale="de-DE")
        team.add_channel("general")
        team.add_channel("random", with_bot=False)
        if installed:
            self._world.install(team, self._scopes)
        return team

    async def connected(self, opened: int = 1) -> None:
        """Wait until the app has opened this many Socket Mode connections in all, and one is live."""
        await self.socket.connected(opened)

    def ack_within(self, seconds: float) -> None:
        """Wait for acknowledgements less long than Slack's 3 seconds."""
        self.socket.ack_seconds = self.http.ack_seconds = seconds

    async def verify_url(self) -> bool:
        """Whether the app's address passes Slack's check."""
        return await self.http.verify_url(self.app.verification_token)

    async def redeliver(self, handle: Handle, times: int = 1, reason: str = "http_timeout") -> list[Attempt]:
        """Send the same once more, as happens when an acknowledgement is lost on its way."""
        return [await self._deliveries.again(handle, reason) for _ in range(times)]

    async def send(self, event: Json, team: str = "") -> Handle:
        """Any other event, whatever the app is subscribed to."""
        payload = payloads.event_callback(self._world, self._team(team), event)
        return await self._deliveries.send(Handle("events_api", payload))

    # --- what tests look at ---

    @property
    def messages(self) -> list[Message]:
        """Every message that ever was, ephemeral and deleted ones too, oldest first."""
        return self._world.messages

    @property
    def replies_of_app(self) -> list[Message]:
        """The app's messages that are still there."""
        return [message for message in self.messages if message.bot_id and not message.deleted]

    @property
    def files(self) -> list[File]:
        """Every file of every team, oldest first."""
        return [file for team in self._world.teams.values() for file in team.files.values()]

    @property
    def views(self) -> list[View]:
        """Modals that are open, the top one last."""
        return [view for view in self._world.views.values() if view.is_open and view.type == "modal"]

    def home(self, user: str, team: str = "") -> View:
        """The home tab that the app published for this person. Raises KeyError."""
        return self._world.homes[self._team(team).user(user).id]

    def thread(self, channel: str, ts: str) -> Json:
        """What the app set for an assistant thread: `status`, `statuses`, `prompts`, `title`."""
        return self._world.threads[channel, ts]

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API."""
        return self._world.calls

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def problems(self) -> list[str]:
        """What a correct app would never have sent. A good test ends with `assert not fake.problems`."""
        return self._world.problems

    @property
    def deliveries(self) -> list[Handle]:
        """Everything that was sent to the app, its own echoes too."""
        return self._deliveries.handles

    def _transport(self) -> Transport:
        return self.http if self.http.url else self.socket

    def _announce(self, team: Team, kind: str, event: Json) -> None:
        if kind in self._events and set(payloads.EVENT_SCOPES.get(kind, ())) <= set(team.scopes):
            task = asyncio.create_task(self.send(event, team.id))
            self._announcements.add(task)
            task.add_done_callback(self._announcements.discard)
