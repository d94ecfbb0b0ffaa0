"""The state of this Telegram: who knows the bot, where it is a member, and what was written there.

A bot cannot write to people who never started it, nor to groups that it was not added to or was removed from.
"""

from itertools import count

from core.clock import Clock
from tests.fakes.telegram.errors import ApiError, Json, bad, forbidden, migrated
from tests.fakes.telegram.files import Files
from tests.fakes.telegram.model import Chat, Record, User, seconds

FIRST_GROUP = 4_000_001
SUPERGROUPS = -1_000_000_000_000
"""Ids of supergroups and channels are below this. https://core.telegram.org/api/bots/ids"""
OUTSIDE = {"kicked": "bot was kicked from the {} chat", "left": "bot is not a member of the {} chat"}


class World:
    """Chats by id, people by id, files, and the bot itself."""

    def __init__(self, bot: User, clock: Clock) -> None:
        self.bot = bot
        self.clock = clock
        self.files = Files()
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, User] = {bot.id: bot}
        self._groups = count(FIRST_GROUP)

    def now(self) -> int:
        """Unix time of the injected clock."""
        return seconds(self.clock.now())

    def meet(self, user: User) -> User:
        self.people[user.id] = user
        return user

    def private(self, user: User) -> Chat:
        """The chat of this person with the bot, as it is from the first message on."""
        if user.id not in self.chats:
            self.meet(user)
            self.chats[user.id] = Chat(user.id, "private", person=user)
        return self.chats[user.id]

    def group(self, title: str, kind: str, username: str | None, forum: bool) -> Chat:
        number = next(self._groups)
        chat_id = -number if kind == "group" else SUPERGROUPS - number
        chat = Chat(chat_id, kind, title, username, is_forum=forum)
        self.chats[chat_id] = chat
        return chat

    def chat(self, named: str) -> Chat:
        """The chat that a call names by id or @username, wherever the bot stands in it. Raises ApiError 400."""
        if not named:
            raise bad("chat_id is empty")
        for chat in self.chats.values():
            if named in (str(chat.id), f"@{chat.username}" if not chat.private else None):
                return chat
        raise bad("chat not found")

    def open_chat(self, named: str) -> Chat:
        """A chat that the bot may write in. Raises ApiError 400 or 403, with `migrate_to_chat_id` if it moved."""
        chat = self.chat(named)
        if error := closed(chat):
            raise error
        return chat

    def record(self, chat: Chat, message_id: int, what: str) -> Record:
        """A message that is still there. Raises ApiError 400: `<what> not found`."""
        record = chat.records.get(message_id)
        if record is None or record.deleted:
            raise bad(f"{what} not found")
        return record

    def write(self, chat: Chat, author: User, body: Json, thread: int | None = None) -> Record:
        """A new message in the chat."""
        head: Json = {"message_id": chat.next_id(), "from": author.json(), "chat": chat.json(), "date": self.now()}
        if thread is not None:
            head |= {"message_thread_id": thread, "is_topic_message": True}
        record = Record(head | body, by_bot=author.id == self.bot.id)
        chat.records[record.id] = record
        return record


def closed(chat: Chat) -> ApiError | None:
    """Why the bot cannot write there."""
    if chat.migrated_to is not None:
        return migrated(chat.migrated_to)
    if chat.status not in OUTSIDE:
        return None
    if chat.private:
        return forbidden("bot was blocked by the user")
    return forbidden(OUTSIDE[chat.status].format(chat.type))


def quoted(record: Record) -> Json:
    """A message inside another, where Telegram shows no further one."""
    return {name: value for name, value in record.json.items() if name != "reply_to_message"}
