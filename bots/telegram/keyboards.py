"""Buttons below messages. What they do is inside them, so they work after a restart and in any process."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bots.replies import Action, Button, Reply
from bots.telegram import sentences

Deed = Literal[Action, "file"]
_JOB = re.compile(r"(?P<deed>[a-z]+):(?P<job>[a-z2-7]{16})(?::(?P<index>[1-9]|1[0-6]))?")
_IN_A_ROW = 4
ICONS = {"reroll": "🎲", "vary": "🎨", "edit": "✏️", "upscale": "🔍", "cancel": "✖️", "file": "📄"}
DRAW = "draw"
LINK = "link:"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button about a job: `file` is the picture in full quality, which only Telegram needs."""

    deed: Deed
    job: str
    index: int | None = None

    def __str__(self) -> str:
        return f"{self.deed}:{self.job}{f':{self.index}' if self.index else ''}"

    @classmethod
    def parse(cls, data: str) -> "Pressed | None":
        """None for what is none of ours."""
        match = _JOB.fullmatch(data)
        if match is None or match["deed"] not in (*get_args(Action), "file"):
            return None
        return cls(match["deed"], match["job"], int(match["index"]) if match["index"] else None)  # type: ignore[arg-type]  # looked up among the deeds two lines above


def cancelling(job: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(job, Button("cancel", sentences.CANCEL_BUTTON))]])


def below(reply: Reply) -> InlineKeyboardMarkup | None:
    """The buttons of a reply: one row for each action, and the file in full quality for pictures."""
    if reply.job is None:
        return None
    job, rows = reply.job.id, dict[str, list[InlineKeyboardButton]]()
    for button in reply.buttons:
        rows.setdefault(button.action, []).append(_button(job, button))
    if reply.pictures:
        rows.setdefault("file", []).append(_of(Pressed("file", job), sentences.FILE_BUTTON))
    return _joined(list(rows.values()))


def one(text: str, *, data: str | None = None, url: str | None = None) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data, url=url)]])


def _joined(rows: Sequence[list[InlineKeyboardButton]]) -> InlineKeyboardMarkup | None:
    """Single buttons side by side, up to four in a row."""
    singles = [row[0] for row in rows if len(row) == 1]
    lines = [singles[at : at + _IN_A_ROW] for at in range(0, len(singles), _IN_A_ROW)]
    lines += [row for row in rows if len(row) > 1]
    return InlineKeyboardMarkup(lines) if lines else None


def _button(job: str, button: Button) -> InlineKeyboardButton:
    return _of(Pressed(button.action, job, button.index), button.label)


def _of(pressed: Pressed, label: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(f"{ICONS[pressed.deed]} {label}", callback_data=str(pressed))
