"""The things a workspace consists of, in the shapes that Slack shows them to an app."""

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["channel", "group", "im"]


@dataclass
class User:
    """One person, or the app's bot user."""

    id: str
    team_id: str
    name: str
    is_admin: bool = False
    is_bot: bool = False
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    locale: str = "en-US"
    deleted: bool = False

    def to_json(self, *, locale: bool = False) -> Json:
        shown: Json = {
            "id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted,
            "real_name": self.name.title(), "tz": self.tz, "tz_label": self.tz, "tz_offset": self.tz_offset,
            "profile": {"real_name": self.name.title(), "display_name": self.name, "team": self.team_id},
            "is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False, "is_restricted": False,
            "is_ultra_restricted": False, "is_bot": self.is_bot, "is_app_user": False, "updated": 1,
        }  # fmt: skip
        return shown | ({"locale": self.locale} if locale else {})


@dataclass
class Channel:
    """A channel, a private channel ("group") or a direct message with the bot. `members` are user ids."""

    id: str
    team_id: str
    name: str
    kind: Kind
    members: list[str]
    is_archived: bool = False
    user: str | None = None

    @property
    def shown_name(self) -> str:
        """How slash commands and interactions name it."""
        return {"channel": self.name, "group": "privategroup", "im": "directmessage"}[self.kind]

    def to_json(self, bot: str) -> Json:
        shown: Json = {
            "id": self.id, "created": 1, "is_channel": self.kind == "channel", "is_group": self.kind == "group",
            "is_im": self.kind == "im", "is_mpim": False, "is_private": self.kind != "channel",
            "is_archived": self.is_archived, "context_team_id": self.team_id, "updated": 1,
        }  # fmt: skip
        if self.kind == "im":
            return shown | {"user": self.user, "is_open": True, "priority": 0}
        return shown | {"name": self.name, "name_normalized": self.name, "is_member": bot in self.members}


@dataclass
class Message:
    """One message and everything it ever was: `versions` holds each state, the present one last."""

    team_id: str
    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list["File"] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    only_for: str | None = None
    metadata: Json | None = None
    deleted: bool = False
    edited: bool = False
    stream: "Stream | None" = None
    versions: list[Json] = field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        return self.only_for is not None

    def remember(self) -> None:
        """Keep what it is now as its newest version."""
        self.versions.append(self.to_json())

    def to_json(self) -> Json:
        shown: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": self.team_id}
        if self.bot_id:
            shown |= {"bot_id": self.bot_id, "app_id": self.app_id}
        optional: Json = {
            "subtype": self.subtype, "thread_ts": self.thread_ts, "metadata": self.metadata,
            "blocks": copy.deepcopy(self.blocks), "attachments": copy.deepcopy(self.attachments),
            "files": [file.to_json() for file in self.files],
            "edited": {"user": self.user, "ts": self.ts} if self.edited else None,
            "is_ephemeral": self.ephemeral or None,
        }  # fmt: skip
        return shown | {name: value for name, value in optional.items() if value}


@dataclass
class Stream:
    """A message that grows. `chunks` are all chunks in order, `state` is "open", "done" or "stopped_by_user"."""

    recipient: str | None
    chunks: list[Json] = field(default_factory=list)
    state: str = "open"

    @property
    def text(self) -> str:
        return "".join(chunk["text"] for chunk in self.chunks if chunk["type"] == "markdown_text")

    @property
    def blocks(self) -> list[Json]:
        return [block for chunk in self.chunks if chunk["type"] == "blocks" for block in chunk["blocks"]]

    @property
    def tasks(self) -> dict[str, Json]:
        """The newest state of each task by its id."""
        return {chunk["id"]: chunk for chunk in self.chunks if chunk["type"] == "task_update"}


@dataclass
class File:
    """One upload. `data` is None until the bytes came, `completed` says that the app finished it."""

    id: str
    team_id: str
    user: str
    name: str
    length: int
    url: str
    title: str = ""
    alt_txt: str | None = None
    mimetype: str = ""
    upload_ticket: str = ""
    data: bytes | None = None
    completed: bool = False
    deleted: bool = False
    shares: dict[str, list[Json]] = field(default_factory=dict)

    def to_json(self, *, shares: bool = True) -> Json:
        kind = self.mimetype.partition("/")[2]
        return {
            "id": self.id, "created": 1, "timestamp": 1, "name": self.name, "title": self.title or self.name,
            "mimetype": self.mimetype, "filetype": kind, "pretty_type": kind.upper(), "user": self.user,
            "user_team": self.team_id, "size": self.length, "mode": "hosted", "is_external": False, "is_public": False,
            "url_private": self.url, "url_private_download": self.url, "alt_txt": self.alt_txt,
            "channels": list(self.shares) if shares else [], "groups": [], "ims": [],
            "shares": {"public": self.shares} if shares and self.shares else {},
        }  # fmt: skip


@dataclass
class View:
    """A modal or a home tab. `definition` is what the app sent, with ids filled in."""

    id: str
    team_id: str
    user: str
    definition: Json
    hash: str
    root: str
    previous: str | None
    app_id: str
    bot_id: str
    is_open: bool = True
    versions: list[Json] = field(default_factory=list)

    @property
    def type(self) -> str:
        return str(self.definition["type"])

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.definition["blocks"]
        return blocks

    def to_json(self, values: Json | None = None) -> Json:
        definition = copy.deepcopy(self.definition)
        defaults: Json = {
            "private_metadata": "", "callback_id": "", "external_id": "", "title": None, "close": None, "submit": None,
            "clear_on_close": False, "notify_on_close": False, "submit_disabled": False,
        }  # fmt: skip
        return defaults | definition | {
            "id": self.id, "team_id": self.team_id, "state": {"values": values or {}}, "hash": self.hash,
            "root_view_id": self.root, "previous_view_id": self.previous, "app_id": self.app_id,
            "app_installed_team_id": self.team_id, "bot_id": self.bot_id,
        }  # fmt: skip
