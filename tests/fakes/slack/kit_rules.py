"""A small language for the rules of Block Kit: a rule looks at a value and notes what Slack would complain about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.model import Json


@dataclass
class Findings:
    """What is wrong so far, and what must be unique within one message or view."""

    file_known: Callable[[Json], bool] = lambda _file: True
    problems: list[str] = field(default_factory=list)
    action_ids: set[str] = field(default_factory=set)
    block_ids: set[str] = field(default_factory=set)
    focused: int = 0

    def note(self, problem: str, at: str) -> None:
        self.problems.append(f"{problem} [json-pointer:{at}]")


Rule = Callable[[Any, str, Findings], None]


def anything(value: Any, at: str, found: Findings) -> None:
    """For fields without a documented limit."""


def of_type(kind: type, name: str) -> Rule:
    def rule(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            found.note(f"must provide {name}", at)

    return rule


boolean = of_type(bool, "a boolean")
integer = of_type(int, "an integer")


def string(limit: int | None = None, minimum: int = 1) -> Rule:
    """A string of at least `minimum` and at most `limit` characters."""

    def rule(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, str):
            found.note("must provide a string", at)
        elif len(value) < minimum:
            found.note(f"must be more than {minimum - 1} characters", at)
        elif limit is not None and len(value) > limit:
            found.note(f"must be less than {limit + 1} characters", at)

    return rule


def one_of(*allowed: str) -> Rule:
    def rule(value: Any, at: str, found: Findings) -> None:
        if value not in allowed:
            found.note(f"must be a valid enum value ({', '.join(allowed)})", at)

    return rule


def link(limit: int = 3000) -> Rule:
    """https://docs.slack.dev/reference/block-kit/block-elements/button-element (urls: 3000 characters)."""
    length = string(limit)

    def rule(value: Any, at: str, found: Findings) -> None:
        length(value, at, found)
        if isinstance(value, str) and not value.startswith(("http://", "https://", "mailto:", "slack://")):
            found.note("must be a valid URL", at)

    return rule


def array(of: Rule, limit: int, minimum: int = 1) -> Rule:
    def rule(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, list):
            found.note("must provide an array", at)
            return
        if len(value) < minimum:
            found.note(f"must provide at least {minimum} items", at)
        if len(value) > limit:
            found.note(f"no more than {limit} items allowed", at)
        for number, item in enumerate(value):
            of(item, f"{at}/{number}", found)

    return rule


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def rule(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.note("must provide an object", at)
            return
        for name in required:
            if value.get(name) is None:
                found.note(f"missing required field: {name}", at)
        for name, given in value.items():
            if name not in known:
                found.note(f"invalid additional property: {name}", at)
            elif given is not None:
                known[name](given, f"{at}/{name}", found)

    return rule


def typed(table: Mapping[str, Rule], allowed: Sequence[str] | None = None) -> Rule:
    """An object whose `type` picks its rule; `allowed` narrows the types at this place."""

    def rule(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.note("must provide an object", at)
        elif "type" not in value:
            found.note("missing required field: type", at)
        elif value["type"] not in (table if allowed is None else allowed):
            found.note(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            table[value["type"]](value, at, found)

    return rule


def both(*rules: Rule) -> Rule:
    def rule(value: Any, at: str, found: Findings) -> None:
        for each in rules:
            each(value, at, found)

    return rule


def exactly_one(*names: str) -> Rule:
    """For objects that take one of several fields."""

    def rule(value: Any, at: str, found: Findings) -> None:
        given = [name for name in names if isinstance(value, dict) and value.get(name)]
        if len(given) != 1:
            found.note(f"must define one of {', '.join(f'`{name}`' for name in names)}", at)

    return rule


def at_least_one(*names: str) -> Rule:
    def rule(value: Any, at: str, found: Findings) -> None:
        if isinstance(value, dict) and not any(value.get(name) for name in names):
            found.note(f"must define either {' or '.join(f'`{name}`' for name in names)}", at)

    return rule
