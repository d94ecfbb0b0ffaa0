"""Where something was asked in Slack and where its result goes, and who asked: ids as Slack gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.accounts.model import Identity
from core.jobs.model import ReplyTo

PLATFORM = "slack"
UNDELIVERABLE = "undeliverable:"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a workspace, and the person who asked there.

    `team` and `enterprise` name the installation whose token reaches it. `thread` is the ts of the thread's first
    message. `ts` is our message there that becomes the result; `streamed`: it grows by chat.appendStream.
    `response_url` is good for half an hour and is never stored.
    """

    team: str
    channel: str
    user: str
    enterprise: str = ""
    thread: str = ""
    ts: str = ""
    streamed: bool = False
    response_url: str = ""

    @classmethod
    def of(cls, reply_to: ReplyTo) -> "Place":
        extra = reply_to.extra
        return cls(
            extra.get("team", ""), reply_to.channel, extra.get("user", ""), extra.get("enterprise", ""),
            extra.get("thread", ""), extra.get("ts", ""), bool(extra.get("streamed")),
        )  # fmt: skip

    @classmethod
    def of_person(cls, identity: Identity) -> "Place":
        """Somebody whose identity is `team/user`, in no channel yet."""
        team, _, user = identity.user.partition("/")
        return cls(team, "", user)

    @property
    def reply_to(self) -> ReplyTo:
        known = {
            "team": self.team, "user": self.user, "enterprise": self.enterprise, "thread": self.thread, "ts": self.ts,
            "streamed": "yes" if self.streamed else "",
        }  # fmt: skip
        extra = {name: value for name, value in known.items() if value}
        return ReplyTo(platform=PLATFORM, channel=self.channel, extra=extra)

    @property
    def is_private(self) -> bool:
        """Whether only the person and the bot are here: ids of direct messages begin with D."""
        return self.channel.startswith("D")

    @property
    def asker(self) -> str:
        """Who asked, as far as that has to be said here."""
        return "" if self.is_private else self.user

    @property
    def is_unseen(self) -> bool:
        """Whether others read along who have not seen what was asked, as a slash command is seen by nobody else."""
        return not self.is_private and not self.thread

    @property
    def server(self) -> str:
        return f"{PLATFORM}:{self.team or self.enterprise}"

    @property
    def talk(self) -> str:
        """Whose memory a chat here belongs to: each thread has its own."""
        return ":".join(filter(None, (PLATFORM, self.team, self.channel, self.thread)))

    def at(self, channel: str) -> "Place":
        """Another channel, with nothing of ours in it yet."""
        return replace(self, channel=channel, thread="", ts="", streamed=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """A result that was posted, as it is noted in its job: `C1/1700000000.000100/F1,F2`."""

    channel: str
    ts: str
    files: tuple[str, ...] = ()

    @classmethod
    def parse(cls, message_id: str | None) -> "Posted | None":
        if not message_id or message_id.startswith(UNDELIVERABLE):
            return None
        channel, _, rest = message_id.partition("/")
        ts, _, files = rest.partition("/")
        return cls(channel, ts, tuple(filter(None, files.split(",")))) if ts else None

    def __str__(self) -> str:
        return "/".join(filter(None, (self.channel, self.ts, ",".join(self.files))))


def identity_of(context: Mapping[str, Any], body: Mapping[str, Any]) -> Identity:
    """Who did it: the person's own workspace and id, so that guests of shared channels are kept apart.

    `context` is Bolt's. Slack Connect: https://docs.slack.dev/apis/slack-connect/using-slack-connect-api-methods
    """
    user = body.get("user")
    own = user.get("team_id") if isinstance(user, dict) else None
    elsewhere = (body.get("event") or {}).get("user_team")
    team = own or elsewhere or context.get("actor_team_id") or context.get("team_id")
    return Identity(PLATFORM, f"{team or context.get('enterprise_id') or ''}/{context.get('user_id') or ''}")
