"""Contents as Discord answers them: with every default spelled out and every attachment as an address."""

import copy
from typing import Any

from tests.fakes.discord.attachments import Attachment
from tests.fakes.discord.components import ATTACHMENT
from tests.fakes.discord.content import EMBED_MEDIA, Content
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import SELECTS, Part

OF_SELECTS: Json = {"min_values": 1, "max_values": 1, "disabled": False}
DEFAULTS: dict[int, Json] = {
    **dict.fromkeys(SELECTS, OF_SELECTS),
    Part.SEPARATOR: {"spacing": 1, "divider": True},
    Part.CONTAINER: {"accent_color": None, "spoiler": False},
    Part.THUMBNAIL: {"description": None, "spoiler": False},
    Part.FILE: {"name": None, "size": None, "spoiler": False},
}


def rendered(content: Content, base: str) -> Json:
    """The parts of a message that change with edits."""
    by_name = {one.filename: one for one in content.attachments}
    return {
        "content": content.text,
        "embeds": [_embed(embed, by_name, base) for embed in content.embeds],
        "components": [_component(part, by_name, base) for part in content.components],
        "attachments": [one.payload(base) for one in content.attachments if not one.embedded],
        "flags": int(content.flags),
    }


def _told(given: Json) -> Json:
    """Without what is null."""
    return {key: value for key, value in given.items() if value is not None}


def _embed(embed: Json, by_name: dict[str, Attachment], base: str) -> Json:
    answer = _told(copy.deepcopy(embed)) | {"type": "rich"}
    for key in EMBED_MEDIA:
        if key in answer:
            answer[key] = _media(answer[key], by_name, base)
    return answer


def _component(part: Json, by_name: dict[str, Attachment], base: str) -> Json:
    given = _told(part)
    answer = copy.deepcopy(DEFAULTS.get(part["type"], {})) | given
    if "emoji" in answer:
        answer["emoji"] = _told(answer["emoji"])
    if "components" in answer:
        answer["components"] = [_component(one, by_name, base) for one in answer["components"]]
    if "accessory" in answer:
        answer["accessory"] = _component(answer["accessory"], by_name, base)
    if "items" in answer:
        answer["items"] = [
            {"description": None, "spoiler": False} | item | {"media": _unfurled(item["media"], by_name, base)}
            for item in answer["items"]
        ]
    if "media" in answer:
        answer["media"] = _unfurled(answer["media"], by_name, base)
    if part["type"] == Part.FILE:
        answer |= _file(answer["file"], by_name, base)
    return answer


def _file(file: Json, by_name: dict[str, Attachment], base: str) -> Json:
    one = by_name.get(str(file["url"]).removeprefix(ATTACHMENT))
    named: Json = {"name": one.filename, "size": len(one.data)} if one else {}
    return named | {"file": _unfurled(file, by_name, base)}


def _unfurled(media: Json, by_name: dict[str, Attachment], base: str) -> Json:
    one = by_name.get(str(media["url"]).removeprefix(ATTACHMENT))
    ids: Json = {"id": one.id, "attachment_id": one.id} if one else {"id": "1"}
    return ids | _media(media, by_name, base)


def _media(media: Json, by_name: dict[str, Attachment], base: str) -> Json:
    url: Any = media.get("url")
    one = by_name.get(str(url).removeprefix(ATTACHMENT))
    if one is None:
        return {"url": url, "proxy_url": url, "width": 0, "height": 0}
    return one.media(base)
