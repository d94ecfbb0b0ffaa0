"""Modals: everything /imagine can do, what to change in a picture, a question about a message.

https://docs.slack.dev/surfaces/modals. A modal's fields are the options of a command; each block is named after its
option, so that a complaint finds its place.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bots.commands import Command, Option
from bots.slack.places import Place

CALLBACK = "easel.modal."
TITLE = 24
OPTIONS = 100
OPTION_TEXT = 75
INPUT = 3000
WHERE, PICTURES = "where", "pictures"
_TITLES = {"imagine": "Draw a picture", "edit": "Change a picture", "chat": "Ask Easel"}
_SUBMITS = {"imagine": "Draw", "edit": "Change", "chat": "Ask"}
_LABELS = {"message": "Your question", "negative": "What should not be in it"}
_EXAMPLES = {
    "imagine": "a red fox in a snowy forest at dawn", "edit": "make it night", "chat": "Explain how a rainbow forms",
}  # fmt: skip
_USUAL = "The usual one"
_NOT_ASKED = {"request", "picture"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a modal remembers: where the result goes, and which picture or files are meant."""

    channel: str = ""
    thread: str = ""
    job: str = ""
    index: int = 1
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, place: Place) -> "Kept":
        return cls(place.channel, place.thread)

    @classmethod
    def read(cls, text: str) -> "Kept":
        """Nothing is kept by what is not ours, or of another version."""
        try:
            known = json.loads(text) if text else {}
            return cls(**known | {"files": tuple(known.get("files", ()))})
        except (ValueError, TypeError, AttributeError):
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def place(self, place: Place) -> Place:
        return replace(place, channel=self.channel, thread=self.thread)


def view(command: Command, kept: Kept, words: str = "") -> dict[str, Any]:
    """The modal of a command. `words` are there already. Without a channel it asks where the result should go."""
    asked = [option for option in command.options if option.name not in _NOT_ASKED and _can_be_asked(option)]
    blocks = [_field(option, words if option.rest else "", _EXAMPLES[command.name]) for option in asked]
    if command.name == "imagine":
        blocks.append(_pictures())
    if not kept.channel:
        blocks.append(_where())
    return {
        "type": "modal", "callback_id": f"{CALLBACK}{command.name}", "private_metadata": str(kept),
        "title": _plain(_TITLES[command.name][:TITLE]), "submit": _plain(_SUBMITS[command.name]),
        "close": _plain("Close"), "blocks": blocks,
    }  # fmt: skip


def answer(title: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """A modal that only shows something."""
    return {"type": "modal", "title": _plain(title[:TITLE]), "close": _plain("Close"), "blocks": blocks[:100]}


def filled_in(values: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What was entered, by option: `state.values` of a submitted view."""
    found: dict[str, str] = {}
    for name, elements in values.items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            said = element.get("value") or chosen.get("value") or element.get("selected_conversation")
            if isinstance(said, str) and said.strip():
                found[name] = said
    return found


def files_of(values: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [file for element in values.get(PICTURES, {}).values() for file in element.get("files") or []]


def _can_be_asked(option: Option) -> bool:
    return option.type != "choice" or bool(option.choices)


def _field(option: Option, words: str, example: str) -> dict[str, Any]:
    named = _LABELS.get(option.name) or (option.help if option.rest else None)
    return {
        "type": "input", "block_id": option.name, "optional": not option.required,
        "label": _plain(named or option.name.capitalize()), "element": _element(option, words, example),
    } | ({} if named else {"hint": _plain(option.help)})  # fmt: skip


def _element(option: Option, words: str, example: str) -> dict[str, Any]:
    name = {"action_id": option.name}
    if option.type == "choice":
        choices = [{"text": _plain(choice[:OPTION_TEXT]), "value": choice} for choice in option.choices[:OPTIONS]]
        return name | {"type": "static_select", "options": choices, "placeholder": _plain(_USUAL)}
    if option.type == "integer":
        first = {"initial_value": str(option.default)} if option.default is not None else {}
        limits = {"min_value": str(option.minimum or 0), "max_value": str(option.maximum or 0)}
        return name | {"type": "number_input", "is_decimal_allowed": False, **limits, **first}
    shown = {"initial_value": words[:INPUT]} if words else {"placeholder": _plain(example)} if option.rest else {}
    return name | {"type": "plain_text_input", "multiline": option.rest, "max_length": INPUT, **shown}


def _pictures() -> dict[str, Any]:
    return {
        "type": "input", "block_id": PICTURES, "optional": True, "label": _plain("Start from a picture"),
        "hint": _plain("Then the words say what to change in it."),
        "element": {
            "type": "file_input", "action_id": PICTURES, "filetypes": ["png", "jpg", "jpeg", "webp"], "max_files": 4,
        },
    }  # fmt: skip


def _where() -> dict[str, Any]:
    return {
        "type": "input", "block_id": WHERE, "optional": True, "label": _plain("Where to post it"),
        "hint": _plain("Our direct message, if you leave it out."),
        "element": {
            "type": "conversations_select", "action_id": WHERE, "default_to_current_conversation": True,
            "filter": {"include": ["public", "private", "im"], "exclude_bot_users": False},
        },
    }  # fmt: skip


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
