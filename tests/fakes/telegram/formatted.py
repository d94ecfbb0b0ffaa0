"""Text with entities: what the two markup languages are parsed into, and what Telegram finds in plain text by itself.

https://core.telegram.org/bots/api#messageentity, https://core.telegram.org/bots/api#formatting-options
"""

import re
from dataclasses import dataclass, field

from tests.fakes.telegram import utf16
from tests.fakes.telegram.errors import Json

MONOSPACED = ("code", "pre")
FOUND = {
    "url": re.compile(
        r"https?://[^\s<>\"]*[^\s<>\".,;:!?)']|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev)\b(?:/\S*)?", re.I
    ),
    "email": re.compile(r"(?<![\w.@])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "bot_command": re.compile(r"(?<![\w/<>])/\w{1,64}(?:@\w{3,32})?(?![\w/<>])", re.ASCII),
    "mention": re.compile(r"(?<!\w)@\w{4,32}(?!\w)", re.ASCII),
    "hashtag": re.compile(r"(?<!\w)#\w*[^\W\d]\w*"),
}


class MarkupError(Exception):
    """A text that its parse_mode does not allow, in Telegram's words and with the place's offset in bytes."""


@dataclass
class Formatted:
    """A text as it is shown, and its entities sorted by place."""

    text: str = ""
    entities: list[Json] = field(default_factory=list)


@dataclass
class Open:
    """A piece of markup whose end was not found yet. `at` counts characters of the source, `offset` UTF-16 units."""

    kind: str
    at: int
    offset: int
    start: int
    argument: str = ""


class Builder:
    """A text that grows, and the entities that were closed in it."""

    def __init__(self) -> None:
        self.text = ""
        self.length = 0
        self.entities: list[Json] = []

    def add(self, piece: str) -> None:
        self.text += piece
        self.length += utf16.length(piece)

    def opening(self, kind: str, at: int, argument: str = "") -> Open:
        return Open(kind, at, self.length, len(self.text), argument)

    def close(self, opened: Open, entity: str, **more: str) -> None:
        """An entity from there to here; an empty one is none."""
        if self.length > opened.offset:
            size = self.length - opened.offset
            self.entities.append({"type": entity, "offset": opened.offset, "length": size} | more)

    def link(self, opened: Open, url: str) -> None:
        """A link, or a mention of a user. An address that is none leaves the bare text, as Telegram does."""
        url = url or self.text[opened.start :]
        if user := re.fullmatch(r"tg:(?://)?user\?id=(\d+)", url, re.I):
            self.close(opened, "text_mention", user=user[1])
        elif checked := checked_link(url):
            self.close(opened, "text_link", url=checked)

    def done(self) -> Formatted:
        return Formatted(self.text, ordered(without_nested_code(self.entities)))


def checked_link(url: str) -> str | None:
    if re.match(r"(https?|ftp|tg|ton|mailto):\S+$", url, re.I):
        return re.sub(r"^(https?://[^/?#]+)(?=[?#]|$)", r"\1/", url, flags=re.I)
    bare = re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?", url)
    return None if bare is None else checked_link(f"http://{url}")


def ordered(entities: list[Json]) -> list[Json]:
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def without_nested_code(entities: list[Json]) -> list[Json]:
    """What shares characters with code is cut off there: code can neither hold nor be part of other markup."""
    kept = [entity for entity in entities if entity["type"] in MONOSPACED]
    codes = list(kept)
    for entity in entities:
        if entity["type"] in MONOSPACED:
            continue
        spans = [(entity["offset"], entity["offset"] + entity["length"])]
        if "quote" not in entity["type"]:
            for code in codes:
                spans = [rest for span in spans for rest in outside(span, code)]
        kept += [entity | {"offset": start, "length": end - start} for start, end in spans]
    return kept


def outside(span: tuple[int, int], code: Json) -> list[tuple[int, int]]:
    start, end = span
    first, last = code["offset"], code["offset"] + code["length"]
    if last <= start or first >= end:
        return [span]
    return [part for part in ((start, first), (last, end)) if part[0] < part[1]]


def with_found(text: Formatted) -> Formatted:
    """The entities that Telegram adds by itself: commands, mentions, addresses, hashtags."""
    taken = [entity for entity in text.entities if entity["type"] in ("code", "pre", "text_link", "text_mention")]
    found: list[Json] = []
    for kind, pattern in FOUND.items():
        for match in pattern.finditer(text.text):
            offset = utf16.length(text.text[: match.start()])
            entity = {"type": kind, "offset": offset, "length": utf16.length(match[0])}
            if not any(overlap(entity, other) for other in taken + found):
                found.append(entity)
    return Formatted(text.text, ordered(text.entities + found))


def overlap(one: Json, other: Json) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
