"""What all methods that send have in common: where to, in which thread, as a reply to what, with which buttons."""

from dataclasses import dataclass

from tests.fakes.telegram import texts
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.markup import inline_keyboard
from tests.fakes.telegram.model import Chat, Record
from tests.fakes.telegram.world import World, quoted


@dataclass(frozen=True)
class Place:
    """Where a message goes, and the fields that depend on it."""

    chat: Chat
    thread: int | None
    fields: Json


class Posting:
    """Writes the bot's messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def place(self, call: Call, *, invoice: bool = False) -> Place:
        """Raises ApiError 400 or 403 when the bot cannot write there, or not like this."""
        markup = inline_keyboard(call.json("reply_markup"), invoice=invoice)
        chat = self._world.open_chat(call.text("chat_id"))
        thread = self.thread(chat, call.number("message_thread_id"))
        protected = {"has_protected_content": True} if call.flag("protect_content") else {}
        return Place(chat, thread, self._reply(chat, call) | protected | markup)

    def thread(self, chat: Chat, number: int) -> int | None:
        if number and number not in chat.threads:
            raise bad("message thread not found")
        return number or None

    def post(self, place: Place, body: Json, files: dict[str, bytes] | None = None) -> Record:
        record = self._world.write(place.chat, self._world.bot, place.fields | body, place.thread)
        record.files = files or {}
        return record

    def text(self, call: Call) -> Json:
        body = texts.message_text(call.text("text"), call.text("parse_mode"), call.json("entities"), self._world.people)
        options = call.json("link_preview_options")
        return body | ({"link_preview_options": options} if options else {})

    def caption(self, call: Call) -> Json:
        body = texts.caption(
            call.text("caption"), call.text("parse_mode"), call.json("caption_entities"), self._world.people
        )
        return body | ({"show_caption_above_media": True} if call.flag("show_caption_above_media") else {})

    def _reply(self, chat: Chat, call: Call) -> Json:
        parameters = call.json("reply_parameters") or {}
        number = int(parameters.get("message_id", 0) or call.number("reply_to_message_id"))
        if not number:
            return {}
        target = self._world.chat(str(parameters.get("chat_id", chat.id)))
        record = target.records.get(number)
        if record is not None and not record.deleted:
            return {"reply_to_message": quoted(record)}
        if parameters.get("allow_sending_without_reply"):
            return {}
        raise bad("message to be replied not found")
