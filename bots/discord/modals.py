"""Windows with fields to fill in. What belongs to them is in their ids, so any process can read what comes back."""

import re
from typing import Any

import discord
from discord import ui

from bots.discord import sentences
from bots.discord.buttons import PREFIX
from bots.discord.markdown import shortened

WORDS, ABOUT = "words", "about"
LONGEST = 4000
"""https://docs.discord.com/developers/components/reference#text-input"""
EDIT = re.compile(rf"{PREFIX}-edit:(?P<job>[a-z2-7]{{16}}):(?P<index>[1-9])")
ASK = re.compile(rf"{PREFIX}-ask:(?P<channel>[0-9]{{1,20}}):(?P<message>[0-9]{{0,20}})")


def edit_modal(job: str, index: int) -> ui.Modal:
    """What to change in this picture."""
    modal = ui.Modal(title=sentences.DISCORD_EDIT_TITLE, custom_id=f"{PREFIX}-edit:{job}:{index}")
    modal.add_item(_field(sentences.DISCORD_EDIT_LABEL, WORDS, sentences.DISCORD_EDIT_HINT, longest=LONGEST // 2))
    return modal


def ask_modal(message: discord.Message, *, fetches: bool) -> ui.Modal:
    """What to know about a message. Its words go along, to be changed; it is fetched later for its pictures."""
    about = str(message.id) if fetches else ""
    modal = ui.Modal(title=sentences.DISCORD_ASK_TITLE, custom_id=f"{PREFIX}-ask:{message.channel.id}:{about}")
    modal.add_item(_field(sentences.DISCORD_ASK_LABEL, WORDS, sentences.DISCORD_ASK_HINT, longest=LONGEST // 4))
    said = shortened(message.clean_content, LONGEST // 2)
    if said:
        modal.add_item(
            _field(sentences.DISCORD_ABOUT_LABEL, ABOUT, None, longest=LONGEST // 2, default=said, required=False)
        )
    return modal


def filled_in(data: Any) -> dict[str, str]:
    """The texts of a modal's fields by their ids, from an interaction's data."""
    found: dict[str, str] = {}
    for part in data.get("components") or []:
        for one in (*(part.get("components") or []), part.get("component") or {}):
            if isinstance(one.get("value"), str):
                found[str(one.get("custom_id"))] = one["value"]
    return found


def _field(
    label: str, name: str, hint: str | None, *, longest: int, default: str | None = None, required: bool = True
) -> ui.Label[Any]:
    field: ui.TextInput[Any] = ui.TextInput(
        style=discord.TextStyle.paragraph, custom_id=name, placeholder=hint, default=default, required=required,
        max_length=longest,
    )  # fmt: skip
    return ui.Label(text=label, component=field)
