"""Read `/imagine a red fox --aspect 16:9` into a command and its checked options."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bots.commands import Command, Option
from core.errors import BadOption, UnknownCommand

MAX_COMMAND_LENGTH = 32
_QUOTES = str.maketrans("\u201c\u201d\u201e\u2018\u2019", '"""\'\'')
_DASHED = re.compile(r"(?<!\S)[\u2014\u2013]([a-z]+)")  # chat apps turn -- into a dash
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|(?P<plain>--[A-Za-z]+="[^"]*"|\S+)|(?P<space>\s+)')
_ASPECT = re.compile(r"^(\d+)[x/×](\d+)$")  # noqa: RUF001  # 16x9 and 16/9 mean 16:9
_PAIR = re.compile(r"(?P<name>[a-z]+)[=:](?P<value>\S+)")


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command of the table with options that have passed their checks."""

    command: Command
    options: dict[str, str | int] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.options.get(name)
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        value = self.options.get(name)
        return None if value is None else int(value)


def parse(text: str, commands: Sequence[Command]) -> Invocation:
    """Words without a slash are a chat message. Raises UnknownCommand or BadOption."""
    text = text.strip()
    if not text.startswith("/"):
        return Invocation(_find("chat", commands), {"message": text})
    name, rest = (*re.split(r"\s+", text[1:], maxsplit=1), "")[:2]
    command = _find(name.lower(), commands)
    return Invocation(command, check(command, _split(command, rest)))


def check(command: Command, given: dict[str, str]) -> dict[str, str | int]:
    """Options with their right types, defaults filled in. Raises BadOption."""
    checked: dict[str, str | int] = {}
    for option in command.options:
        value = given.get(option.name, "").strip() if option.name in given else ""
        if option.name in given and (value or not option.rest):
            checked[option.name] = _checked(option, value)
        elif option.default is not None:
            checked[option.name] = option.default
    return checked


def _find(name: str, commands: Sequence[Command]) -> Command:
    names = {command.name: command for command in commands}
    if name not in names:
        near = difflib.get_close_matches(name, names, 1, cutoff=0.5)
        raise UnknownCommand(name[:MAX_COMMAND_LENGTH], near[0] if near else None)
    return names[name]


def _split(command: Command, rest: str) -> dict[str, str]:
    """Take `--name value`, `--name=value` and `name=value` out; what is left is the `rest` option."""
    if command.rest is not None and (len(command.options) == 1 or command.verbatim):
        return {command.rest.name: rest.strip()}
    tokens = list(_TOKEN.finditer(_straightened(command, rest)))
    given: dict[str, str] = {}
    words: list[re.Match[str]] = []
    while tokens:
        token = tokens.pop(0)
        plain = token["plain"]
        if plain and plain.startswith("--") and plain[2:3].isalpha():
            name, equals, value = plain[2:].partition("=")
            option = _option(command, name.lower())
            given[option.name] = value.strip('"') if equals else _next_value(tokens)
        elif plain and (pair := _pair(command, plain)):
            given[pair[0]] = pair[1]
        else:
            words.append(token)
    left = _joined(words)
    if command.rest is not None and not (left and command.rest.name in given):
        given.setdefault(command.rest.name, left)
    elif command.rest is not None:
        raise BadOption(command.rest.name, f"was given twice: with --{command.rest.name} and as {left[:40]!r}.")
    elif left:
        raise BadOption(f"/{command.name}", f"takes no words after it; you gave {left[:40]!r}.")
    return given


def _straightened(command: Command, rest: str) -> str:
    """Undo what chat apps do to typed quotes and to -- before an option's name."""

    def undashed(match: re.Match[str]) -> str:
        return f"--{match[1]}" if command.option(match[1]) else match[0]

    return _DASHED.sub(undashed, rest.translate(_QUOTES))


def _option(command: Command, name: str) -> Option:
    option = command.option(name)
    if option is None:
        near = difflib.get_close_matches(name, [o.name for o in command.options], 1)
        hint = f"Did you mean --{near[0]}?" if near else f"Type /help {command.name} for those there are."
        raise BadOption(f"--{name[:32]}", f"is not an option of /{command.name}.", hint)
    return option


def _pair(command: Command, plain: str) -> tuple[str, str] | None:
    """`count=2` or `aspect:16:9`. With a colon only if the value is possible: a prompt may contain other such words."""
    match = _PAIR.fullmatch(plain)
    option = command.option(match["name"]) if match else None
    if match is None or option is None or option.rest or option.type == "text":
        return None
    if plain[match.end("name")] == ":" and not _is_possible(option, match["value"]):
        return None
    return option.name, match["value"]


def _is_possible(option: Option, value: str) -> bool:
    try:
        _checked(option, value)
    except BadOption:
        return False
    return True


def _next_value(tokens: list[re.Match[str]]) -> str:
    while tokens and tokens[0]["space"]:
        tokens.pop(0)
    if not tokens:
        return ""
    token = tokens.pop(0)
    return token["quoted"] if token["quoted"] is not None else token[0]


def _joined(words: Sequence[re.Match[str]]) -> str:
    """The words as typed; if all of them are one quoted text, without the quotes that held it together."""
    said = [word for word in words if not word["space"]]
    if len(said) == 1 and said[0]["quoted"] is not None:
        return str(said[0]["quoted"]).strip()
    return "".join(word[0] for word in words).strip()


def _checked(option: Option, value: str) -> str | int:
    if option.type == "integer":
        return _whole_number(option, value)
    if option.name == "aspect":
        value = _ASPECT.sub(r"\1:\2", value)
    if option.type == "choice" and value.lower() not in option.choices:
        near = difflib.get_close_matches(value.lower(), option.choices, 1)
        hint = f"Did you mean {near[0]}?" if near else None
        raise BadOption(option.name, f"must be one of {', '.join(option.choices)}; you gave {value[:20]!r}.", hint)
    return value.lower() if option.type == "choice" else value


def _whole_number(option: Option, value: str) -> int:
    low, high = option.minimum or 0, option.maximum or 0
    number = int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else None
    if number is None or not low <= number <= high:
        raise BadOption(option.name, f"must be a whole number from {low:,} to {high:,}; you gave {value[:20]!r}.")
    return number
