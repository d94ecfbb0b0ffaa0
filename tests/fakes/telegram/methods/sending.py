"""sendMessage, sendPhoto, sendDocument, sendMediaGroup, forwardMessage, copyMessage.

https://core.telegram.org/bots/api#available-methods
"""

from itertools import count

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.media import Media
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.model import Record
from tests.fakes.telegram.posting import Posting
from tests.fakes.telegram.world import World

ALBUM = range(2, 11)
FIRST_ALBUM = 13_000_000_000_001
CONTENT = ("text", "entities", "photo", "document", "caption", "caption_entities", "has_media_spoiler", "invoice")


class Sending:
    """Messages with a content of their own, or with another message's."""

    def __init__(self, world: World, posting: Posting, media: Media) -> None:
        self._world = world
        self._posting = posting
        self._media = media
        self._albums = count(FIRST_ALBUM)

    def handlers(self) -> Handlers:
        return {
            "sendMessage": self.message, "sendPhoto": self.photo, "sendDocument": self.document,
            "sendMediaGroup": self.album, "forwardMessage": self.forward, "copyMessage": self.copy,
        }  # fmt: skip

    def message(self, call: Call) -> Json:
        body = self._posting.text(call)
        return self._posting.post(self._posting.place(call), body).json

    async def photo(self, call: Call) -> Json:
        return await self._file(call, "photo")

    async def document(self, call: Call) -> Json:
        return await self._file(call, "document")

    async def _file(self, call: Call, kind: str) -> Json:
        caption = self._posting.caption(call)
        place = self._posting.place(call)
        content = await self._media.argument(call, kind)
        return self._posting.post(place, content.body | caption, content.files).json

    async def album(self, call: Call) -> list[Json]:
        items = call.json("media") or []
        if len(items) < ALBUM.start:
            raise bad("there are not enough messages to send as an album")
        if len(items) >= ALBUM.stop:
            raise bad("too many messages to send as an album")
        place = self._posting.place(call)
        contents = [await self._media.item(call, item) for item in items]
        if len({content.kind for content in contents}) > 1:
            raise bad("document can't be mixed with other media types")
        group = {"media_group_id": str(next(self._albums))}
        return [self._posting.post(place, content.body | group, content.files).json for content in contents]

    def forward(self, call: Call) -> Json:
        record = self._source(call, "message to forward")
        origin = {"type": "user", "sender_user": record.json["from"], "date": record.json["date"]}
        if record.json.get("has_protected_content") or "successful_payment" in record.json:
            raise bad("the message can't be forwarded")
        return self._posting.post(self._posting.place(call), content_of(record) | {"forward_origin": origin}).json

    def copy(self, call: Call) -> Json:
        record = self._source(call, "message to copy")
        if "invoice" in record.json or record.json.get("has_protected_content"):
            raise bad("the message can't be copied")
        caption = self._posting.caption(call) if "caption" in call.args else {}
        body = {name: value for name, value in content_of(record).items() if not (caption and "caption" in name)}
        return {"message_id": self._posting.post(self._posting.place(call), body | caption).id}

    def _source(self, call: Call, what: str) -> Record:
        chat = self._world.chat(call.text("from_chat_id"))
        return self._world.record(chat, call.number("message_id"), what)


def content_of(record: Record) -> Json:
    return {name: record.json[name] for name in CONTENT if name in record.json}
