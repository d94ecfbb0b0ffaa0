"""What a message says at one time, and how a body changes it: rules of creating and of editing in one place.

https://docs.discord.com/developers/resources/message
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord.attachments import Attachment, attached
from tests.fakes.discord.bodies import Body, Upload
from tests.fakes.discord.components import ATTACHMENT, component_faults, layout_faults, legacy_faults, text_of, walk
from tests.fakes.discord.errors import EMPTY_MESSAGE, TOO_LARGE, DiscordError, Fault, Json, insist
from tests.fakes.discord.flags import MessageFlag
from tests.fakes.discord.limits import MAX_ATTACHMENTS, MAX_REQUEST_BYTES, message_faults

CREATED_WITH = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
NO_FLAGS = MessageFlag(0)
LEGACY_FIELDS = ("content", "embeds", "sticker_ids", "poll")
EMBED_MEDIA = ("image", "thumbnail", "video")


@dataclass(frozen=True)
class Content:
    """One revision of a message. `components` and `embeds` are as the bot sent them."""

    text: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS

    @property
    def v2(self) -> bool:
        return MessageFlag.COMPONENTS_V2 in self.flags

    @property
    def said(self) -> str:
        """Its text, wherever it stands."""
        return text_of(self.components) if self.v2 else self.text

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of its files by their names."""
        return {attachment.filename: attachment.data for attachment in self.attachments}


@dataclass(frozen=True)
class Writer:
    """Lays bodies over contents in one channel. `size_limit` is in bytes for each file."""

    mint: Callable[[], str]
    channel: str
    size_limit: int
    ephemeral: bool = False

    def create(self, body: Body, value: Json) -> Content:
        """A new message's content. Raises DiscordError."""
        flags = MessageFlag(value.get("flags") or 0) & (
            CREATED_WITH | (MessageFlag.EPHEMERAL if self.ephemeral else MessageFlag(0))
        )
        return self._written(Content(flags=flags), body, value)

    def edit(self, old: Content, body: Body, value: Json) -> Content:
        """What an edit makes of a content: fields that are absent stay. Raises DiscordError."""
        flags = old.flags & ~MessageFlag.LOADING
        if value.get("flags") is not None:
            wanted = MessageFlag(value["flags"])
            flags = (flags & ~MessageFlag.SUPPRESS_EMBEDS) | (
                wanted & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2)
            )
        return self._written(Content(old.text, old.embeds, old.components, old.attachments, flags), body, value)

    def _written(self, old: Content, body: Body, value: Json) -> Content:
        if body.size > MAX_REQUEST_BYTES or any(len(one.data) > self.size_limit for one in body.uploads.values()):
            raise DiscordError(TOO_LARGE)
        insist(message_faults(value))
        embeds = value["embeds"] or [] if "embeds" in value else old.embeds
        content = Content(
            (value["content"] or "").strip() if "content" in value else old.text,
            embeds,
            numbered(value["components"] or []) if "components" in value else old.components,
            self._attachments(old, body.uploads, value, embeds),
            old.flags,
        )
        insist(content_faults(content, value))
        if not (content.text or content.embeds or content.attachments or content.components or value.get("poll")):
            raise DiscordError(EMPTY_MESSAGE)
        return content

    def _attachments(
        self, old: Content, uploads: dict[int, Upload], value: Json, embeds: list[Json]
    ) -> list[Attachment]:
        listed = value.get("attachments")
        entries: dict[str, Json] = {str(entry["id"]): entry for entry in listed or []}
        kept = [one for one in old.attachments if listed is None or one.id in entries or one.embedded]
        unknown = set(entries) - {one.id for one in old.attachments} - set(map(str, uploads))
        insist([Fault(("attachments",), "ATTACHMENT_NOT_FOUND", f"No attachment {id}") for id in sorted(unknown)])
        new = [
            attached(upload, self.mint(), self.channel, entries.get(str(n))) for n, upload in sorted(uploads.items())
        ]
        shown = set(_embedded_names(embeds))
        for one in new:
            one.embedded = one.filename in shown
        for one in kept:
            one.description = entries.get(one.id, {}).get("description", one.description)
        return [one for one in kept if not one.embedded or one.filename in shown] + new


def content_faults(content: Content, value: Json) -> list[Fault]:
    """What is wrong with a message as a whole."""
    faults = component_faults(content.components)
    names = {one.filename for one in content.attachments}
    if content.v2:
        left = {"content": content.text, "embeds": content.embeds} | {key: value.get(key) for key in LEGACY_FIELDS[2:]}
        faults += [
            Fault(
                (key,),
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )
            for key in LEGACY_FIELDS
            if left[key]
        ]
        faults += layout_faults(content.components, names)
    else:
        faults += legacy_faults(content.components)
        faults += [
            Fault(("embeds",), "EMBED_ATTACHMENT_NOT_FOUND", f"No attachment {name}")
            for name in _embedded_names(content.embeds)
            if name not in names
        ]
    if len(content.attachments) > MAX_ATTACHMENTS:
        faults.append(Fault(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_ATTACHMENTS} or fewer in length."))
    return faults


def _embedded_names(embeds: list[Json]) -> list[str]:
    urls = [(embed.get(key) or {}).get("url") for embed in embeds for key in EMBED_MEDIA]
    return [url.removeprefix(ATTACHMENT) for url in urls if isinstance(url, str) and url.startswith(ATTACHMENT)]


def numbered(components: list[Any]) -> list[Json]:
    """The same components, each with an id, as Discord numbers those that have none."""
    numbered: list[Json] = copy.deepcopy(components)
    every = [part for _, part in walk(numbered)]
    taken = {part.get("id") for part in every}
    free = (number for number in range(1, len(every) + len(taken) + 1) if number not in taken)
    for part in every:
        if not part.get("id"):
            part["id"] = next(free)
    return numbered
