"""Who and what there is in a Telegram that has one bot: people, chats, and messages with their whole past."""

from dataclasses import dataclass, field
from typing import Any

from core.clock import SECOND, Millis
from tests.fakes.telegram.errors import Json


@dataclass(frozen=True)
class User:
    """https://core.telegram.org/bots/api#user"""

    id: int
    first_name: str
    username: str | None = None
    last_name: str | None = None
    language_code: str | None = "en"
    is_bot: bool = False

    def json(self) -> Json:
        return filled(
            id=self.id, is_bot=self.is_bot, first_name=self.first_name, last_name=self.last_name,
            username=self.username, language_code=self.language_code,
        )  # fmt: skip


@dataclass
class Record:
    """A message. `json` is its last version, `history` the earlier ones, `buttons` its inline keyboard now."""

    json: Json
    by_bot: bool
    history: list[Json] = field(default_factory=list)
    deleted: bool = False
    reactions: list[Json] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """Content by file name, as the bot uploaded it."""

    @property
    def id(self) -> int:
        return int(self.json["message_id"])

    @property
    def chat_id(self) -> int:
        return int(self.json["chat"]["id"])

    @property
    def text(self) -> str:
        """Text or caption, without markup."""
        return str(self.json.get("text", self.json.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        return list(self.json.get("entities") or self.json.get("caption_entities") or [])

    @property
    def buttons(self) -> list[list[Json]]:
        return list(self.json.get("reply_markup", {}).get("inline_keyboard", []))

    def change(self, version: Json) -> None:
        self.history.append(self.json)
        self.json = version


@dataclass
class Chat:
    """https://core.telegram.org/bots/api#chat. `status` is the bot's place in it, as in ChatMember."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    person: User | None = None
    is_forum: bool = False
    status: str = "member"
    migrated_to: int | None = None
    members: dict[int, User] = field(default_factory=dict)
    administrators: set[int] = field(default_factory=set)
    threads: set[int] = field(default_factory=set)
    records: dict[int, Record] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    drafts: list[Json] = field(default_factory=list)
    counter: int = 0

    @property
    def private(self) -> bool:
        return self.type == "private"

    def json(self) -> Json:
        named = self.person
        return filled(
            id=self.id, type=self.type, title=self.title, username=named.username if named else self.username,
            first_name=named and named.first_name, last_name=named and named.last_name,
            is_forum=self.is_forum or None,
        )  # fmt: skip

    def next_id(self) -> int:
        self.counter += 1
        return self.counter

    def shown(self) -> list[Record]:
        """The messages that are still there, oldest first."""
        return [record for record in self.records.values() if not record.deleted]


def filled(**fields: Any) -> Json:
    """An object without what is None: Telegram leaves such fields out."""
    return {name: value for name, value in fields.items() if value is not None}


def seconds(at: Millis) -> int:
    """Unix time, as Telegram writes dates."""
    return at // SECOND
