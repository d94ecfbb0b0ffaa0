"""editMessageText, editMessageCaption, editMessageMedia, editMessageReplyMarkup.

https://core.telegram.org/bots/api#updating-messages. An edit without `reply_markup` takes the buttons away.
"""

from collections.abc import Awaitable, Callable

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.markup import inline_keyboard, same
from tests.fakes.telegram.media import Media
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.model import Record
from tests.fakes.telegram.posting import Posting
from tests.fakes.telegram.world import World

UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
TEXT = ("text", "entities", "link_preview_options")
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
MEDIUM = ("photo", "document", "has_media_spoiler")
Change = Callable[[Record], Awaitable[Json] | Json]


class Editing:
    """New versions of the bot's own messages, those sent through inline mode included (`inline`)."""

    def __init__(self, world: World, posting: Posting, media: Media) -> None:
        self._world = world
        self._posting = posting
        self._media = media
        self.inline: dict[str, Record] = {}

    def handlers(self) -> Handlers:
        return {
            "editMessageText": self.text, "editMessageCaption": self.caption,
            "editMessageMedia": self.medium, "editMessageReplyMarkup": self.markup,
        }  # fmt: skip

    def text(self, call: Call) -> Json | bool:
        body = self._posting.text(call)
        record = self._target(call)
        if "text" not in record.json:
            raise bad("there is no text in the message to edit")
        return self._edit(call, record, without(record.json, TEXT) | body)

    def caption(self, call: Call) -> Json | bool:
        body = self._posting.caption(call)
        record = self._target(call)
        if not any(name in record.json for name in MEDIUM):
            raise bad("there is no caption in the message to edit")
        return self._edit(call, record, without(record.json, CAPTION) | body)

    async def medium(self, call: Call) -> Json | bool:
        record = self._target(call)
        item = call.json("media")
        if "media_group_id" in record.json and item["type"] not in record.json:
            raise bad("message can't be edited: it is part of an album of another type")
        content = await self._media.item(call, item, uploads=not call.text("inline_message_id"))
        record.files |= content.files
        return self._edit(call, record, without(record.json, TEXT + CAPTION + MEDIUM) | content.body)

    def markup(self, call: Call) -> Json | bool:
        record = self._target(call)
        return self._edit(call, record, record.json)

    def _target(self, call: Call) -> Record:
        """The message to edit. Raises ApiError 400 unless it is there and the bot's own."""
        if inline_id := call.text("inline_message_id"):
            if inline_id not in self.inline:
                raise bad("MESSAGE_ID_INVALID")
            return self.inline[inline_id]
        if not call.number("message_id"):
            raise bad("message identifier is not specified")
        chat = self._world.open_chat(call.text("chat_id"))
        record = self._world.record(chat, call.number("message_id"), "message to edit")
        if not record.by_bot or "forward_origin" in record.json:
            raise bad("message can't be edited")
        return record

    def _edit(self, call: Call, record: Record, version: Json) -> Json | bool:
        keyboard = inline_keyboard(call.json("reply_markup"), invoice="invoice" in record.json)
        version = without(version, ("reply_markup",)) | keyboard
        if same(without(version, ("edit_date",)), without(record.json, ("edit_date",))):
            raise bad(UNCHANGED)
        record.change(version | {"edit_date": self._world.now()})
        return True if call.text("inline_message_id") else record.json


def without(message: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in message.items() if name not in names}
