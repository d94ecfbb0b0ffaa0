"""Everything Slack knows: the app, its workspaces, messages, files and views. No networking here."""

import itertools
import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from core.clock import Clock, Millis
from tests.fakes.slack.model import File, Json, Message, View
from tests.fakes.slack.pace import Pace
from tests.fakes.slack.tokens import Tokens
from tests.fakes.slack.triggers import Triggers
from tests.fakes.slack.troubles import Troubles
from tests.fakes.slack.workspace import Team


@dataclass(frozen=True)
class SlackApp:
    """The app's own identity and secrets."""

    app_id: str = "A0EASEL"
    client_id: str = "1000.2000"
    client_secret: str = "slack-client-secret"
    signing_secret: str = "slack-signing-secret"
    app_token: str = "xapp-1-A0EASEL-1-abcdef"
    verification_token: str = "legacy-verification-token"
    rotating: bool = False


@dataclass
class Call:
    """One call of the Web API. `error` is None when it was granted."""

    method: str
    args: Json
    at: Millis
    team_id: str | None = None
    error: str | None = None
    status: int = 200


Announce = Callable[[Team, str, Json], object]
"""Takes the team, the name under which apps subscribe (such as `message.im`), and the event."""


@dataclass
class World:
    """Shared by all parts of the fake. `announce` sends an event that the app is subscribed to."""

    clock: Clock
    app: SlackApp
    tokens: Tokens
    triggers: Triggers
    pace: Pace
    troubles: Troubles
    announce: Announce
    base_url: str = ""
    teams: dict[str, Team] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    threads: dict[tuple[str, str], Json] = field(default_factory=lambda: defaultdict(dict))
    codes: dict[str, "Code"] = field(default_factory=dict)
    _counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _last_micros: int = 0

    def fresh(self, kind: str) -> str:
        """A new id, such as `C0000000007`."""
        return f"{kind}{next(self._counter):010d}"

    def short(self) -> str:
        """A new block id or action id, as Slack makes them up."""
        return secrets.token_urlsafe(4)[:5]

    def ts(self) -> str:
        """Now, as Slack names messages: seconds and microseconds, never the same twice."""
        self._last_micros = max(self.clock.now() * 1000, self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def add_team(self, name: str, enterprise_id: str | None = None) -> Team:
        team = Team(self.fresh("T"), name, self.fresh, enterprise_id)
        self.teams[team.id] = team
        return team

    def install(self, team: Team, scopes: tuple[str, ...]) -> None:
        """The app is installed with these scopes, and gets a token."""
        team.installed, team.scopes = True, scopes
        team.bot_token = self.tokens.issue(team.id, scopes, rotating=self.app.rotating).value

    def message(self, channel: str, ts: str) -> Message | None:
        """A message that is still there and that everybody sees."""
        for message in self.messages:
            if (message.channel, message.ts) == (channel, ts) and not message.deleted and not message.ephemeral:
                return message
        return None

    def file_known(self, team: Team) -> Callable[[Json], bool]:
        """Whether a `slack_file` object names a finished upload of this team."""

        def known(reference: Json) -> bool:
            return any(
                file.completed
                and reference.get("id", file.id) == file.id
                and reference.get("url", file.url) == file.url
                for file in team.files.values()
            )

        return known

    def file(self, team: Team, file_id: object) -> File | None:
        return team.files.get(str(file_id))


@dataclass
class Code:
    """What a person's consent on the authorize page is exchanged for, once."""

    team_id: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str | None
    issued_at: Millis
