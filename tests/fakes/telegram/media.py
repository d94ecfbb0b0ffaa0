"""Photos and documents of a call: uploaded, known by id, or fetched from an address.

https://core.telegram.org/bots/api#sending-files, https://core.telegram.org/bots/api#inputmedia
"""

from dataclasses import dataclass, field

import aiohttp

from tests.fakes.telegram import texts
from tests.fakes.telegram.call import Call, Upload
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.files import Stored
from tests.fakes.telegram.world import World

MAX_FETCHED = {"photo": 5 * 1024 * 1024, "document": 20 * 1024 * 1024}
FETCH_SECONDS = 5
KINDS = tuple(MAX_FETCHED)


@dataclass
class Content:
    """The fields of a message that carry its medium, and the bytes that came with the call."""

    kind: str
    body: Json
    files: dict[str, bytes] = field(default_factory=dict)


class Media:
    """Turns what a call says about files into what messages show."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def argument(self, call: Call, kind: str) -> Content:
        """The file that a parameter names or carries. Raises ApiError 400."""
        upload = call.files.get(kind)
        if upload is None and not call.text(kind):
            raise bad(f"there is no {kind} in the request")
        content = await self._content(call, kind, call.text(kind), upload)
        if call.flag("has_spoiler"):
            content.body["has_media_spoiler"] = True
        return content

    async def item(self, call: Call, item: Json, *, uploads: bool = True) -> Content:
        """One InputMedia with its caption. Raises ApiError 400."""
        if item["type"] not in KINDS:
            raise bad(f'can\'t parse InputMedia: type "{item["type"]}" is not known to this fake')
        if not uploads and item["media"].startswith("attach://"):
            raise bad("file upload is not possible here")
        content = await self._content(call, item["type"], item["media"], None)
        content.body |= texts.caption(
            item.get("caption", ""), item.get("parse_mode", ""), item.get("caption_entities"), self._world.people
        )
        shown = {"show_caption_above_media": "show_caption_above_media", "has_spoiler": "has_media_spoiler"}
        content.body |= {name: True for given, name in shown.items() if item.get(given)}
        return content

    async def _content(self, call: Call, kind: str, named: str, upload: Upload | None) -> Content:
        if named.startswith("attach://"):
            upload = call.files.get(named.removeprefix("attach://"))
            if upload is None:
                raise bad("can't parse InputMedia: media not found")
        if upload is not None:
            stored = self._store(kind, upload)
            return Content(kind, self._shown(kind, stored), {upload.name: upload.content})
        if named.startswith(("http://", "https://")):
            return Content(kind, self._shown(kind, self._store(kind, await fetched(named, kind))))
        return Content(kind, self._shown(kind, self._known(kind, named)))

    def _store(self, kind: str, upload: Upload) -> Stored:
        files = self._world.files
        if kind == "photo":
            return files.photo(upload.content, upload.name)
        return files.document(upload.content, upload.name, upload.content_type)

    def _known(self, kind: str, file_id: str) -> Stored:
        stored = self._world.files.known(file_id)
        if stored.path.startswith("photos/") != (kind == "photo"):
            raise bad(f"can't use file of type {stored.path.split('s/')[0].title()} as {kind.title()}")
        return stored

    def _shown(self, kind: str, stored: Stored) -> Json:
        files = self._world.files
        return {"photo": files.sizes(stored)} if kind == "photo" else {"document": files.document_json(stored)}


async def fetched(url: str, kind: str) -> Upload:
    """A file that Telegram gets by itself. Raises ApiError 400 when it cannot."""
    timeout = aiohttp.ClientTimeout(FETCH_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, ssl=False) as response:
            content = await response.read()
            mime = response.content_type
    except (aiohttp.ClientError, TimeoutError):
        raise bad("failed to get HTTP URL content") from None
    if not response.ok or len(content) > MAX_FETCHED[kind]:
        raise bad("failed to get HTTP URL content")
    if kind == "photo" and not mime.startswith("image/"):
        raise bad("wrong type of the web page content")
    return Upload(url.rpartition("/")[2] or "file", content, mime)
