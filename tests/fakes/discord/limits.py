"""Documented limits of messages and modals, checked without Discord's own description.

Messages: https://docs.discord.com/developers/resources/message#create-message
Components: https://docs.discord.com/developers/components/reference
Modals: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
Autocomplete: the same page, `#interaction-response-object-autocomplete`
"""

from typing import Any

from tests.fakes.discord.components import component_faults
from tests.fakes.discord.errors import Fault, Json, Path

MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_EMBED_CHARACTERS = 6000  # .../resources/message#embed-object-embed-limits
EMBED_LIMITS = {"title": 256, "description": 4096}
MAX_EMBED_FIELDS = 25
MAX_ATTACHMENTS = 10
MAX_DESCRIPTION = 1024
MAX_FILE_BYTES = 10 * 1024 * 1024  # .../reference#uploading-files
MAX_REQUEST_BYTES = 25 * 1024 * 1024
MAX_MODAL_TITLE = 45
MAX_MODAL_PARTS = 5
MAX_CUSTOM_ID = 100
MAX_CHOICES = 25
MAX_CHOICE = 100


def too_long(text: object, limit: int, path: Path) -> list[Fault]:
    """A fault if this is a text of more characters."""
    if isinstance(text, str) and len(text) > limit:
        return [Fault(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")]
    return []


def too_many(items: object, limit: int, path: Path) -> list[Fault]:
    """A fault if this is a list of more items."""
    if isinstance(items, list) and len(items) > limit:
        return [Fault(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")]
    return []


def message_faults(body: Json) -> list[Fault]:
    """What is wrong with a message whatever it is laid over."""
    attachments: list[Json] = body.get("attachments") or []
    embeds: list[Json] = body.get("embeds") or []
    return [
        *too_long(body.get("content"), MAX_CONTENT, ("content",)),
        *too_many(embeds, MAX_EMBEDS, ("embeds",)),
        *_embed_faults(embeds),
        *too_many(attachments, MAX_ATTACHMENTS, ("attachments",)),
        *(
            fault
            for index, attachment in enumerate(attachments)
            for fault in too_long(attachment.get("description"), MAX_DESCRIPTION, ("attachments", index, "description"))
        ),
    ]


def modal_faults(data: Json) -> list[Fault]:
    """What is wrong with a modal."""
    custom_id, title, parts = data.get("custom_id"), data.get("title"), data.get("components")
    faults = [*too_long(title, MAX_MODAL_TITLE, ("data", "title"))]
    if not title:
        faults.append(_required("data", "title"))
    if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= MAX_CUSTOM_ID:
        faults.append(Fault(("data", "custom_id"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."))
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_MODAL_PARTS:
        message = f"Must be between 1 and {MAX_MODAL_PARTS} in length."
        return [*faults, Fault(("data", "components"), "BASE_TYPE_BAD_LENGTH", message)]
    return [*faults, *component_faults(parts, ("data", "components"))]


def choice_faults(data: Json) -> list[Fault]:
    """What is wrong with the choices that an autocompletion offers."""
    choices = data.get("choices")
    if not isinstance(choices, list):
        return [_required("data", "choices")]
    faults = too_many(choices, MAX_CHOICES, ("data", "choices"))
    for index, choice in enumerate(choices):
        for key in ("name", "value"):
            text: Any = choice.get(key)
            path = ("data", "choices", index, key)
            faults += too_long(text, MAX_CHOICE, path)
            if text in {None, ""}:
                faults.append(_required(*path))
    return faults


def _required(*path: str | int) -> Fault:
    return Fault(path, "BASE_TYPE_REQUIRED", "This field is required")


def _embed_faults(embeds: list[Json]) -> list[Fault]:
    faults: list[Fault] = []
    for index, embed in enumerate(embeds):
        for key, limit in EMBED_LIMITS.items():
            faults += too_long(embed.get(key), limit, ("embeds", index, key))
        faults += too_many(embed.get("fields"), MAX_EMBED_FIELDS, ("embeds", index, "fields"))
    if sum(map(_characters, embeds)) > MAX_EMBED_CHARACTERS:
        message = f"Embed size exceeds maximum size of {MAX_EMBED_CHARACTERS}"
        faults.append(Fault(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message))
    return faults


def _characters(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    texts.append((embed.get("author") or {}).get("name"))
    texts += [text for field in embed.get("fields") or [] for text in (field.get("name"), field.get("value"))]
    return sum(len(text) for text in texts if isinstance(text, str))
