"""Rules of command definitions, and how Discord completes them.

https://docs.discord.com/developers/interactions/application-commands#application-command-object
"""

import re
from collections.abc import Iterator

from tests.fakes.discord.errors import Fault, Json, Path
from tests.fakes.discord.flags import CommandKind, OptionKind

NAME = re.compile(r"[-_'\w]{1,32}")
MAX_DESCRIPTION = 100
MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_CHARACTERS = 8000
NESTED = frozenset({OptionKind.SUB_COMMAND, OptionKind.SUB_COMMAND_GROUP})


def command_faults(command: Json, path: Path = ()) -> list[Fault]:
    """What is wrong with one command."""
    if (command.get("type") or CommandKind.CHAT_INPUT) != CommandKind.CHAT_INPUT:
        faults = []
        if command.get("description") or command.get("options"):
            message = "Context menu commands have neither description nor options"
            faults.append(Fault(path, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", message))
        return faults
    faults = [*_name_faults(command, path), *_option_faults(command, path)]
    if _characters(command) > MAX_CHARACTERS:
        message = f"Command exceeds maximum size ({MAX_CHARACTERS})"
        faults.append(Fault(path, "APPLICATION_COMMAND_TOO_LARGE", message))
    return faults


def completed(command: Json, guild: str | None) -> Json:
    """A command as Discord gives it back."""
    permissions = command.get("default_member_permissions")
    answer = {key: value for key, value in command.items() if value is not None} | {
        "type": command.get("type") or int(CommandKind.CHAT_INPUT),
        "description": command.get("description") or "",
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": command.get("nsfw", False),
    }
    if guild is not None:
        return answer | {"guild_id": guild}
    return {"contexts": None, "integration_types": [0], "dm_permission": True} | answer


def _option_faults(holder: Json, path: Path) -> Iterator[Fault]:
    options: list[Json] = holder.get("options") or []
    if len(options) > MAX_OPTIONS:
        yield Fault((*path, "options"), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_OPTIONS} or fewer in length.")
    optional_before = False
    for index, option in enumerate(options):
        here = (*path, "options", index)
        yield from _name_faults(option, here)
        if len(option.get("choices") or []) > MAX_CHOICES:
            yield Fault((*here, "choices"), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CHOICES} or fewer in length.")
        if option.get("type") in NESTED:
            yield from _option_faults(option, here)
        elif option.get("required") and optional_before:
            message = "Required options must be placed before non-required options"
            yield Fault(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_before = optional_before or not option.get("required")
        if [other["name"] for other in options].count(option.get("name")) > 1:
            yield Fault(here, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")


def _name_faults(named: Json, path: Path) -> Iterator[Fault]:
    name, description = str(named.get("name")), named.get("description")
    if not NAME.fullmatch(name) or name != name.lower():
        yield Fault((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not isinstance(description, str) or not 1 <= len(description) <= MAX_DESCRIPTION:
        message = f"Must be between 1 and {MAX_DESCRIPTION} in length."
        yield Fault((*path, "description"), "BASE_TYPE_BAD_LENGTH", message)


def _characters(named: Json) -> int:
    """Name, description and values of it and everything in it."""
    own = sum(len(str(named.get(key) or "")) for key in ("name", "description", "value"))
    inner = [*(named.get("options") or []), *(named.get("choices") or [])]
    return own + sum(map(_characters, inner))
