"""What a button's id says: which action, of which job, on which picture. So buttons outlive every process.

A button may be from an older Easel; what cannot be read is nothing. Who may press is decided by the core: only whose
job it is.
"""

import re
from typing import Literal, get_args

import discord
from discord import ui

from bots.replies import Button

Pressed = Literal["reroll", "vary", "edit", "upscale", "cancel", "delete"]
PREFIX = "easel"
TEMPLATE = re.compile(rf"{PREFIX}:(?P<action>{'|'.join(get_args(Pressed))}):(?P<job>[a-z2-7]{{16}}):(?P<index>[0-9]?)")
ROW_WIDTH = 5
"""https://docs.discord.com/developers/components/reference#action-row"""
ICONS = {"reroll": "🔁", "vary": "🎲", "edit": "✏️", "upscale": "🔍", "delete": "🗑️"}
STYLES = {
    "reroll": discord.ButtonStyle.primary, "cancel": discord.ButtonStyle.danger, "delete": discord.ButtonStyle.secondary
}  # fmt: skip


def button_id(action: str, job: str, index: int | None = None) -> str:
    """At most 100 characters: https://docs.discord.com/developers/components/reference#custom-id"""
    return f"{PREFIX}:{action}:{job}:{'' if index is None else index}"


def jobs_named_by(message: discord.Message) -> list[str]:
    """The jobs whose buttons are under a message, in their order."""
    found = (TEMPLATE.fullmatch(custom_id) for custom_id in _ids(message.components))
    return list(dict.fromkeys(match["job"] for match in found if match))


def pictures_of(message: discord.Message, job: str) -> list[int]:
    """The numbers of a job's pictures that can be varied by buttons under a message."""
    found = (TEMPLATE.fullmatch(custom_id) for custom_id in _ids(message.components))
    return [int(match["index"]) for match in found if match and match["job"] == job and match["action"] == "vary"]


def is_veiled(message: discord.Message | None) -> bool:
    """Whether a message's pictures are spoilers."""
    return message is not None and _has_spoiler(message.components)


def _has_spoiler(components: object) -> bool:
    parts = components if isinstance(components, list) else []
    galleries = [part for part in parts if isinstance(part, discord.MediaGalleryComponent)]
    if any(item.spoiler for gallery in galleries for item in gallery.items):
        return True
    return any(_has_spoiler(getattr(part, "children", None)) for part in parts)


def _ids(components: object) -> list[str]:
    """Every custom id among components, however deep."""
    ids: list[str] = []
    for component in components if isinstance(components, list) else []:
        if isinstance(custom_id := getattr(component, "custom_id", None), str):
            ids.append(custom_id)
        ids += _ids(getattr(component, "children", None))
    return ids


def drawn(button: Button, job: str) -> ui.Button[ui.LayoutView]:
    """Without a callback: presses are dispatched by their ids."""
    style = STYLES.get(button.action, discord.ButtonStyle.secondary)
    return ui.Button(
        label=button.label, emoji=ICONS.get(button.action), style=style,
        custom_id=button_id(button.action, job, button.index),
    )  # fmt: skip


def delete_button(job: str) -> ui.Button[ui.LayoutView]:
    custom_id = button_id("delete", job)
    return ui.Button(emoji=ICONS["delete"], style=STYLES["delete"], custom_id=custom_id)


def rows(buttons: list[ui.Button[ui.LayoutView]]) -> list[ui.ActionRow[ui.LayoutView]]:
    """Five in a row; a new row for each kind of action, if they do not all fit into one."""
    if len(buttons) <= ROW_WIDTH:
        return [ui.ActionRow(*buttons)] if buttons else []
    kinds: dict[str, list[ui.Button[ui.LayoutView]]] = {}
    for button in buttons:
        kind = str(button.custom_id).split(":")[1]
        kinds.setdefault("other" if kind in ("reroll", "delete") else kind, []).append(button)
    return [
        ui.ActionRow(*kind[start : start + ROW_WIDTH])
        for kind in kinds.values()
        for start in range(0, len(kind), ROW_WIDTH)
    ]
