"""Buttons that name their job, their action and their picture, so that they work after a restart and in any process."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bots.replies import Action, Button, Link
from bots.slack import sentences

PREFIX = "easel."
PRESSED = re.compile(r"^easel\.")
LINK_PREFIX = "link."
LINK_PRESSED = re.compile(r"^link\.")
URL_LENGTH = 3000
"""https://docs.slack.dev/reference/block-kit/block-elements/button-element"""
DELETE: Literal["delete"] = "delete"
LABEL_LENGTH = 75
"""https://docs.slack.dev/reference/block-kit/block-elements/button-element"""
_ACTIONS = {*get_args(Action), DELETE}
_ID = re.compile(r"easel\.([a-z]+)(?:\.([1-9][0-9]?))?")
_JOB = re.compile(r"[a-z2-7]{16}")


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button asks for. `index` counts pictures from 1."""

    action: Action | Literal["delete"]
    job: str
    index: int | None


def element(button: Button, job: str) -> dict[str, Any]:
    """https://docs.slack.dev/reference/block-kit/block-elements/button-element: the id is unique in its message."""
    number = f".{button.index}" if button.index is not None else ""
    shown = {
        "type": "button", "action_id": f"{PREFIX}{button.action}{number}", "value": job,
        "text": {"type": "plain_text", "text": button.label[:LABEL_LENGTH]},
    }  # fmt: skip
    return shown | ({"style": "danger"} if button.action == "cancel" else {})


def delete_element(job: str) -> dict[str, Any]:
    def words(text: str) -> dict[str, str]:
        return {"type": "plain_text", "text": text}

    return {
        "type": "button", "action_id": f"{PREFIX}{DELETE}", "value": job, "text": words("Delete"),
        "confirm": {
            "title": words("Delete this result?"), "text": words(sentences.SLACK_DELETE_CONFIRM),
            "confirm": words("Delete"), "deny": words("Keep"), "style": "danger",
        },
    }  # fmt: skip


def link_element(link: Link, number: int) -> dict[str, Any]:
    """Opens a page; Slack tells us of the press all the same, which only has to be acknowledged."""
    return {
        "type": "button", "action_id": f"{LINK_PREFIX}{number}", "url": link.url,
        "text": {"type": "plain_text", "text": link.label[:LABEL_LENGTH]},
    }  # fmt: skip


def read(action: Mapping[str, Any]) -> Pressed | None:
    """What Slack says was pressed; None for anything that no button of ours says."""
    named = _ID.fullmatch(str(action.get("action_id")))
    job = str(action.get("value"))
    if named is None or named[1] not in _ACTIONS or not _JOB.fullmatch(job):
        return None
    return Pressed(named[1], job, int(named[2]) if named[2] else None)  # type: ignore[arg-type]  # it is in _ACTIONS


def is_under(message: Mapping[str, Any], button: Pressed) -> bool:
    """Whether the message, as Slack knows it, has this very button; what was pressed is only what the person says."""
    shown = [element for block in message.get("blocks") or [] for element in block.get("elements") or []]
    return any(read(element) == button for element in shown if isinstance(element, dict))
