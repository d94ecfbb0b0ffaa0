"""What else a bot does in a chat: deleting, actions, drafts, reactions, pins; who is there; files to download.

https://core.telegram.org/bots/api#available-methods
"""

from core.clock import HOUR, SECOND
from tests.fakes.telegram import texts
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.members import member
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.model import Chat, Record
from tests.fakes.telegram.posting import Posting
from tests.fakes.telegram.world import World, quoted

DELETABLE = 48 * HOUR
"""https://core.telegram.org/bots/api#deletemessage"""
MAX_DELETED = 100
ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡 "
)
"""Of reactions. https://core.telegram.org/bots/api#reactiontypeemoji"""


class Chats:
    """Everything about chats but sending and editing."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def handlers(self) -> Handlers:
        return {
            "deleteMessage": self.delete, "deleteMessages": self.delete_many, "sendChatAction": self.act,
            "sendMessageDraft": self.draft, "setMessageReaction": self.react, "pinChatMessage": self.pin,
            "unpinChatMessage": self.unpin, "getChat": self.get, "getChatMember": self.get_member,
            "getChatAdministrators": self.administrators, "getChatMemberCount": self.count,
            "leaveChat": self.leave, "getFile": self.file,
        }  # fmt: skip

    def delete(self, call: Call) -> bool:
        chat = self._world.open_chat(call.text("chat_id"))
        record = self._world.record(chat, call.number("message_id"), "message to delete")
        if not self._deletable(chat, record):
            raise bad("message can't be deleted")
        record.deleted = True
        return True

    def delete_many(self, call: Call) -> bool:
        """What cannot be found is passed over."""
        chat = self._world.open_chat(call.text("chat_id"))
        numbers = call.json("message_ids")
        if not 1 <= len(numbers) <= MAX_DELETED:
            raise bad("too many message identifiers specified" if numbers else "message identifiers are not specified")
        for record in filter(None, map(chat.records.get, numbers)):
            record.deleted |= self._deletable(chat, record)
        return True

    def _deletable(self, chat: Chat, record: Record) -> bool:
        if self._world.clock.now() - record.json["date"] * SECOND > DELETABLE:
            return False
        return record.by_bot or chat.private or chat.status == "administrator"

    def act(self, call: Call) -> bool:
        if call.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self._world.open_chat(call.text("chat_id"))
        thread = self._posting.thread(chat, call.number("message_thread_id"))
        chat.actions.append({"action": call.text("action"), "thread": thread, "at": call.at})
        return True

    def draft(self, call: Call) -> bool:
        body = texts.take(call.text("text"), call.text("parse_mode"), call.json("entities"), self._world.people)
        if len(body.text) > texts.MAX_TEXT:
            raise bad("message is too long")
        if not call.number("draft_id"):
            raise bad("DRAFT_ID_INVALID")
        chat = self._world.open_chat(call.text("chat_id"))
        if not chat.private:
            raise bad("message drafts can be sent only to private chats")
        chat.drafts.append({"id": call.number("draft_id"), "text": body.text, "entities": body.entities, "at": call.at})
        return True

    def react(self, call: Call) -> bool:
        chat = self._world.open_chat(call.text("chat_id"))
        record = self._world.record(chat, call.number("message_id"), "message to react")
        reactions = call.json("reaction") or []
        if len(reactions) > 1:
            raise bad("REACTIONS_TOO_MANY")
        if any(reaction.get("emoji") not in EMOJI.split() for reaction in reactions):
            raise bad("REACTION_INVALID")
        record.reactions = reactions
        return True

    def pin(self, call: Call) -> bool:
        chat = self._pinnable(call)
        chat.pinned.append(self._world.record(chat, call.number("message_id"), "message to pin").id)
        return True

    def unpin(self, call: Call) -> bool:
        chat = self._pinnable(call)
        number = call.number("message_id") or (chat.pinned or [0])[-1]
        if number not in chat.pinned:
            raise bad("message to unpin not found")
        chat.pinned.remove(number)
        return True

    def _pinnable(self, call: Call) -> Chat:
        chat = self._world.open_chat(call.text("chat_id"))
        if not chat.private and chat.status != "administrator":
            raise bad("not enough rights to manage pinned messages in the chat")
        return chat

    def get(self, call: Call) -> Json:
        chat = self._world.open_chat(call.text("chat_id"))
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        full = chat.json() | {
            "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, chat.private),
        }  # fmt: skip
        return full | ({"pinned_message": quoted(chat.records[chat.pinned[-1]])} if chat.pinned else {})

    def get_member(self, call: Call) -> Json:
        chat = self._world.open_chat(call.text("chat_id"))
        user = self._world.people.get(call.number("user_id"))
        if user is None:
            raise bad("PARTICIPANT_ID_INVALID")
        if user.id == self._world.bot.id:
            return member(user, chat.status)
        if user.id in chat.administrators:
            return member(user, "administrator")
        return member(user, "member" if user.id in chat.members or user.id == chat.id else "left")

    def administrators(self, call: Call) -> list[Json]:
        chat = self._world.open_chat(call.text("chat_id"))
        if chat.private:
            raise bad("there are no administrators in the private chat")
        people = [self._world.people[number] for number in sorted(chat.administrators)]
        if chat.status == "administrator":
            people.append(self._world.bot)
        return [member(user, "administrator") for user in people]

    def count(self, call: Call) -> int:
        return len(self._world.open_chat(call.text("chat_id")).members) + 1

    def leave(self, call: Call) -> bool:
        self._world.open_chat(call.text("chat_id")).status = "left"
        return True

    def file(self, call: Call) -> Json:
        return self._world.files.to_download(call.text("file_id"))
