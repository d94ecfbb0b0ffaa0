"""Slash commands built from the command table: typed options, choices, completions, where they can be used.

https://docs.discord.com/developers/interactions/application-commands
"""

import inspect
from typing import Any

import discord
from discord import app_commands

from bots.commands import Command, Option
from bots.discord import sentences
from bots.discord.completing import completion_of
from bots.discord.desk import SHOWN_TO_ALL, Desk, Extras
from bots.discord.markdown import shortened
from bots.service import MAKING

DESCRIPTION = 100
LONGEST_TEXT = 6000
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
ANY_INSTALL = app_commands.AppInstallationType(guild=True, user=True)
WITH_PICTURE = frozenset({"imagine", "edit", "upscale", "chat"})
"""Commands that take a picture along."""
WITH_SPOILER = MAKING - {"chat"}
ADDED = {
    "image": (discord.Attachment, sentences.DISCORD_IMAGE_HELP, WITH_PICTURE),
    "spoiler": (bool, sentences.DISCORD_SPOILER_HELP, WITH_SPOILER),
    "private": (bool, sentences.DISCORD_PRIVATE_HELP, SHOWN_TO_ALL),
}
"""Options that only Discord has: type, help, and the commands that have it."""


def slash_commands(desk: Desk) -> list[app_commands.Command[Any, ..., Any]]:
    """Every command of the table."""
    return [_built(command, desk) for command in desk.service.commands]


def _built(command: Command, desk: Desk) -> app_commands.Command[Any, ..., Any]:
    added = [name for name, (_, _, commands) in ADDED.items() if command.name in commands]

    async def run(interaction: discord.Interaction[Any], **given: Any) -> None:
        own = {name: given.pop(name, None) for name in added}
        files = (own["image"],) if own.get("image") else ()
        extras = Extras(files, bool(own.get("spoiler")), bool(own.get("private")))
        words = {name: str(value) for name, value in given.items() if value is not None}
        await desk.command(interaction, command, words, extras)

    options = sorted(command.options, key=lambda option: not option.required)
    parameters = [_parameter(option, desk) for option in options]
    parameters += [_optional(name, ADDED[name][0]) for name in added]
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    run.__signature__ = inspect.Signature([first, *parameters])  # type: ignore[attr-defined]  # which discord.py reads
    helps = {option.name: shortened(option.help, DESCRIPTION) for option in options}
    app_commands.describe(**helps, **{name: ADDED[name][1] for name in added})(run)
    completed = {option.name: complete for option in options if (complete := completion_of(desk, command, option))}
    for option in options:
        if option.choices and option.name not in completed:
            app_commands.choices(**{option.name: [app_commands.Choice(name=c, value=c) for c in option.choices]})(run)
    made: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=command.name, description=shortened(command.help, DESCRIPTION), callback=run,
        allowed_contexts=EVERYWHERE, allowed_installs=ANY_INSTALL,
    )  # fmt: skip
    for name, complete in completed.items():
        made.autocomplete(name)(complete)
    return made


def _parameter(option: Option, desk: Desk) -> inspect.Parameter:
    kind: Any = str
    if option.type == "integer":
        kind = app_commands.Range[int, option.minimum, option.maximum]
    elif option.type == "text" and option.required:
        kind = app_commands.Range[str, 1, min(LONGEST_TEXT, desk.app.catalogue.limits.prompt_characters)]
    return _needed(option.name, kind) if option.required else _optional(option.name, kind)


def _needed(name: str, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind)


def _optional(name: str, kind: Any) -> inspect.Parameter:
    default = False if kind is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
