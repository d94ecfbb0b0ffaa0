"""Buttons as discord.py finds them again: by their ids, in any process, however old the message is."""

import re
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bots.discord.buttons import TEMPLATE, Pressed
from bots.discord.desk import Desk


class HasDesk(Protocol):
    """The client that an interaction came to."""

    desk: Desk


def desk_of(interaction: discord.Interaction[Any]) -> Desk:
    return cast(HasDesk, interaction.client).desk


class Press(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """Any of our buttons."""

    def __init__(self, item: ui.Button[Any], action: Pressed, job: str, index: int | None) -> None:
        super().__init__(item)
        self._action = action
        self._job = job
        self._index = index

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        index = int(match["index"]) if match["index"] else None
        return cls(cast("ui.Button[Any]", item), cast(Pressed, match["action"]), match["job"], index)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await desk_of(interaction).press(interaction, self._action, self._job, self._index)
