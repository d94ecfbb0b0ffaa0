"""What people do: write, press buttons, search inline, and let the bot in or put it out.

Each deed becomes the Update that Telegram would make of it; each method returns that update.
https://core.telegram.org/bots/api#update
"""

from itertools import count

from tests.fakes.telegram import utf16
from tests.fakes.telegram.errors import Json
from tests.fakes.telegram.formatted import Formatted, with_found
from tests.fakes.telegram.members import member
from tests.fakes.telegram.model import Chat, Record, User, filled
from tests.fakes.telegram.updates import Updates
from tests.fakes.telegram.world import OUTSIDE, World, closed, quoted

FIRST_PERSON = 7_000_001

Message = Record | Json
"""A message as it is recorded, or as an update or an answer showed it."""


class People:
    """Everybody but the bot."""

    def __init__(self, world: World, updates: Updates, *, privacy: bool) -> None:
        self._world = world
        self._updates = updates
        self._privacy = privacy
        self._ids = count(FIRST_PERSON)
        self.unseen: list[Json] = []
        """Messages in groups that privacy mode keeps from the bot."""

    def person(self, first_name: str, *, username: str | None = None, language_code: str | None = "en") -> User:
        """Somebody new, who has not talked to the bot yet."""
        return self._world.meet(User(next(self._ids), first_name, username, language_code=language_code))

    def group(
        self, title: str, *members: User, kind: str = "supergroup", username: str | None = None, forum: bool = False,
        joined: bool = True,
    ) -> Chat:  # fmt: skip
        """A group, with the bot as an ordinary member if `joined`; `kind` may be group or supergroup."""
        chat = self._world.group(title, kind, username, forum)
        chat.status = "member" if joined else "left"
        chat.members = {user.id: self._world.meet(user) for user in members}
        return chat

    def topic(self, chat: Chat, name: str, user: User) -> int:
        """A new topic of a forum: its message_thread_id."""
        thread = chat.counter + 1
        chat.threads.add(thread)
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        self._updates.add("message", self._world.write(chat, user, created, thread).json)
        return thread

    def send(
        self, text: str | None, user: User, chat: Chat | None = None, *, reply_to: Message | None = None,
        photo: bytes | None = None, document: tuple[str, bytes] | None = None, caption: str | None = None,
        thread: int | None = None, album: str | None = None,
    ) -> Json:  # fmt: skip
        """Somebody writes, to the bot itself if no chat is named."""
        place = chat or self._world.private(user)
        assert closed(place) is None, f"the bot is not in {place.title or place.id}: {closed(place)}"
        body = formatted("text", text) | self._attached(photo, document) | formatted("caption", caption)
        body |= filled(media_group_id=album)
        if reply_to is not None:
            body["reply_to_message"] = quoted(self.record(reply_to))
        if not place.private:
            place.members[user.id] = self._world.meet(user)
        record = self._world.write(place, user, body, thread)
        if place.private or self._reaches(place, record):
            return self._updates.add("message", record.json)
        self.unseen.append(record.json)
        return {"update_id": 0, "message": record.json}

    def edit(self, message: Message, text: str) -> Json:
        """Somebody changes what they wrote."""
        record = self.record(message)
        kept = {name: value for name, value in record.json.items() if name not in ("text", "entities")}
        record.change(kept | formatted("text", text) | {"edit_date": self._world.now()})
        return self._updates.add("edited_message", record.json)

    def record(self, message: Message) -> Record:
        if isinstance(message, Record):
            return message
        return self._world.chats[message["chat"]["id"]].records[message["message_id"]]

    def join(self, chat: Chat, by: User, *, administrator: bool = False) -> Json:
        """Somebody adds the bot to the group, which the group is told too, or makes it an administrator."""
        new = chat.status in OUTSIDE
        update = self._move(chat, by, "administrator" if administrator else "member")
        if new:
            added = {"new_chat_members": [self._world.bot.json()]}
            self._updates.add("message", self._world.write(chat, by, added).json)
        return update

    def kick(self, chat: Chat, by: User) -> Json:
        """Somebody removes the bot from the group for good."""
        return self._move(chat, by, "kicked")

    def block(self, user: User) -> Json:
        return self._move(self._world.private(user), user, "kicked")

    def unblock(self, user: User) -> Json:
        return self._move(self._world.private(user), user, "member")

    def migrate(self, chat: Chat, by: User) -> Chat:
        """The group becomes a supergroup with another id."""
        new = self._world.group(chat.title or "", "supergroup", None, forum=False)
        new.members, new.status, chat.migrated_to = dict(chat.members), chat.status, new.id
        for place, body in ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id})):
            self._updates.add("message", self._world.write(place, by, body).json)
        return new

    def _move(self, chat: Chat, by: User, status: str) -> Json:
        before, chat.status = chat.status, status
        bot = self._world.bot
        return self._updates.add("my_chat_member", {
            "chat": chat.json(), "from": by.json(), "date": self._world.now(),
            "old_chat_member": member(bot, before), "new_chat_member": member(bot, status),
        })  # fmt: skip

    def _attached(self, photo: bytes | None, document: tuple[str, bytes] | None) -> Json:
        files = self._world.files
        if photo is not None:
            return {"photo": files.sizes(files.photo(photo, "photo.jpg"))}
        if document is not None:
            return {
                "document": files.document_json(files.document(document[1], document[0], "application/octet-stream"))
            }
        return {}

    def _reaches(self, chat: Chat, record: Record) -> bool:
        """Whether a group's message is for the bot: https://core.telegram.org/bots/features#privacy-mode"""
        if not self._privacy or chat.status == "administrator":
            return True
        username = f"@{self._world.bot.username}".lower()
        replied = record.json.get("reply_to_message", {})
        if replied.get("from", {}).get("id") == self._world.bot.id:
            return True
        parts = [(e["type"], utf16.cut(record.text, e["offset"], e["length"]).lower()) for e in record.entities]
        for kind, part in parts:
            if kind == "mention" and part == username:
                return True
            if kind == "bot_command" and part.partition("@")[2] in ("", username[1:]):
                return True
        return False


def formatted(name: str, text: str | None) -> Json:
    """A text with the entities that clients find in it."""
    if text is None:
        return {}
    entities = with_found(Formatted(text)).entities
    listed = "entities" if name == "text" else "caption_entities"
    return {name: text} | ({listed: entities} if entities else {})
