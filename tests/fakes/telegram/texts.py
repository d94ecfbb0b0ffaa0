"""Texts and captions as Telegram takes them: parsed, trimmed, measured in UTF-16 units after parsing.

Limits: https://core.telegram.org/bots/api#sendmessage and https://core.telegram.org/bots/api#sendphoto. The old
`parse_mode=Markdown` is not spoken here: it is kept for backward compatibility only and nothing new should use it.
"""

from collections.abc import Callable

from tests.fakes.telegram import html, markdown, utf16
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.formatted import Formatted, MarkupError, with_found
from tests.fakes.telegram.model import User

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BYTES = 1 << 15
"""Of a text before parsing, on Telegram's own server."""
PARSERS: dict[str, Callable[[str], Formatted]] = {"html": html.parse, "markdownv2": markdown.parse}


def message_text(text: str, parse_mode: str, entities: list[Json] | None, known: dict[int, User]) -> Json:
    """The fields `text` and `entities` of a message. Raises ApiError 400."""
    if not text:
        raise bad("message text is empty")
    formatted = take(text, parse_mode, entities, known)
    if not formatted.text:
        raise bad("text must be non-empty")
    if utf16.length(formatted.text) > MAX_TEXT:
        raise bad("message is too long")
    return fields(formatted, "text", "entities")


def caption(text: str, parse_mode: str, entities: list[Json] | None, known: dict[int, User]) -> Json:
    """The fields `caption` and `caption_entities` of a message, none for an empty caption. Raises ApiError 400."""
    formatted = take(text, parse_mode, entities, known)
    if utf16.length(formatted.text) > MAX_CAPTION:
        raise bad("message caption is too long")
    return fields(formatted, "caption", "caption_entities") if formatted.text else {}


def fields(formatted: Formatted, text: str, entities: str) -> Json:
    return {text: formatted.text} | ({entities: formatted.entities} if formatted.entities else {})


def take(text: str, parse_mode: str, entities: list[Json] | None, known: dict[int, User]) -> Formatted:
    """A text from a call, as it will be shown. Raises ApiError 400."""
    if len(text.encode()) > MAX_BYTES:
        raise bad("text is too long")
    if parse_mode:
        formatted = parsed(text, parse_mode)
    else:
        formatted = Formatted(text, [bounded(entity, text) for entity in entities or []])
    return with_found(with_users(trimmed(formatted), known))


def parsed(text: str, parse_mode: str) -> Formatted:
    parser = PARSERS.get(parse_mode.lower())
    if parser is None:
        raise bad("unsupported parse_mode")
    try:
        return parser(text)
    except MarkupError as error:
        raise bad(f"can't parse entities: {error}") from None


def bounded(entity: Json, text: str) -> Json:
    if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > utf16.length(text):
        raise bad("ENTITY_BOUNDS_INVALID")
    return entity


def trimmed(formatted: Formatted) -> Formatted:
    """Without space around it, which Telegram takes away; entities move along."""
    text = formatted.text.strip()
    before = utf16.length(formatted.text) - utf16.length(formatted.text.lstrip())
    size = utf16.length(text)
    moved = []
    for entity in formatted.entities:
        start = max(entity["offset"] - before, 0)
        end = min(entity["offset"] + entity["length"] - before, size)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return Formatted(text, moved)


def with_users(formatted: Formatted, known: dict[int, User]) -> Formatted:
    """Mentions by id become users; those of people whom the bot never met are dropped, as Telegram does."""
    entities = []
    for entity in formatted.entities:
        if entity["type"] != "text_mention":
            entities.append(entity)
        elif user := known.get(user_id(entity["user"])):
            entities.append(entity | {"user": user.json()})
    return Formatted(formatted.text, entities)


def user_id(user: str | Json) -> int:
    return int(user["id"] if isinstance(user, dict) else user)
