"""Calls and answers against the machine-readable description of the Bot API, where it is there.

The description is data beside the project (../shared/specs/telegram_api.json), so a checkout alone goes without.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import ApiError, Json, bad

DESCRIPTION = Path(__file__).parents[3] / ".." / "shared" / "specs" / "telegram_api.json"
BOOLEANS = frozenset({"true", "false", "yes", "no", "1", "0"})
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "file_id": "file_id not specified",
    "user_id": "invalid user_id specified",
    "draft_id": "DRAFT_ID_INVALID",
}
"""How Telegram words what is missing, where it is not `parameter "x" is required`."""
PREFIXES = {
    "InlineKeyboardMarkup": "can't parse inline keyboard button: ",
    "Array of LabeledPrice": "can't parse labeled price: ",
    "Array of BotCommand": "can't parse BotCommand: ",
    "Array of MessageEntity": "can't parse MessageEntity: ",
    "Array of InlineQueryResult": "can't parse inline query result: ",
    "Array of ReactionType": "can't parse ReactionType: ",
    "BotCommandScope": "can't parse BotCommandScope: ",
    "InputMedia": "can't parse InputMedia: ",
    "Array of InputMediaAudio": "can't parse InputMedia: ",
}


@dataclass(frozen=True)
class Mistake:
    """`fatal`: Telegram refuses it. Otherwise it ignores it, and somebody believes that it had an effect."""

    text: str
    fatal: bool = True


class Description:
    """Methods and types by name."""

    def __init__(self, methods: Json, types: Json) -> None:
        self._methods = methods
        self._types = types
        self._names = {name.lower(): name for name in methods}

    def named(self, method: str) -> str | None:
        """The method's proper name: Telegram does not look at upper and lower case."""
        return self._names.get(method.lower())

    def check_call(self, call: Call) -> list[str]:
        """What Telegram would silently ignore. Raises ApiError 400 for what it would not."""
        known = {field["name"]: field for field in self._methods[call.method].get("fields", [])}
        given = call.args.keys() | call.files.keys()
        attached = {value.partition("attach://")[2] for value in call.args.values()}
        for name, field in known.items():
            if name in given and (name in call.files or call.args[name]):
                continue
            if field["required"]:
                raise bad(MISSING.get(name, f'parameter "{name}" is required'))
        ignored = [f"{call.method}: unknown parameter {name}" for name in call.args if name not in known]
        for name in call.args.keys() & known.keys():
            ignored += self._check_argument(call, known[name])
        unused = [name for name in call.files if name not in known and not refers(call, name) and name not in attached]
        return ignored + [f"{call.method}: file {name} is not used" for name in unused]

    def _check_argument(self, call: Call, field: Json) -> list[str]:
        name, types = field["name"], field["types"]
        value = decoded(call, name, types)
        mistakes = self.check(types, value, name)
        for mistake in mistakes:
            if mistake.fatal:
                raise self._refusal(name, types[0], mistake)
        return [f"{call.method}: {mistake.text}" for mistake in mistakes]

    @staticmethod
    def _refusal(name: str, kind: str, mistake: Mistake) -> ApiError:
        return bad(PREFIXES.get(kind, "") + mistake.text)

    def check_result(self, method: str, result: Any) -> list[str]:
        """What an answer of this fake has that Telegram's would not have, or lacks."""
        mistakes = self.check(self._methods[method]["returns"], result, "result")
        return [f"{method}: answer: {mistake.text}" for mistake in mistakes]

    def check(self, types: list[str], value: Any, name: str) -> list[Mistake]:
        """The mistakes under that of the types which fits best; in an array each item may fit another one."""
        if len(types) > 1 and isinstance(value, list) and all(kind.startswith("Array of ") for kind in types):
            inner = [kind.removeprefix("Array of ") for kind in types]
            return [mistake for item in value for mistake in self.check(inner, item, name)]
        tried = [self._check_type(kind, value, name) for kind in types]
        return min(tried, key=lambda mistakes: (sum(m.fatal for m in mistakes), len(mistakes)))

    def _check_type(self, kind: str, value: Any, name: str) -> list[Mistake]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [Mistake(f'Field "{name}" must be an Array')]
            inner = [kind.removeprefix("Array of ")]
            return [mistake for item in value for mistake in self.check(inner, item, name)]
        if kind in ("Integer", "Float", "String", "Boolean", "InputFile"):
            return [] if is_plain(kind, value) else [Mistake(f'Field "{name}" must be of type {worded(kind)}')]
        if subtypes := self._types[kind].get("subtypes"):
            return self.check(subtypes, value, name)
        if not isinstance(value, dict):
            return [Mistake(f'Field "{name}" must be of type Object')]
        return self._check_object(kind, value)

    def _check_object(self, kind: str, value: Json) -> list[Mistake]:
        fields = {field["name"]: field for field in self._types[kind].get("fields", [])}
        missing = [name for name, field in fields.items() if field["required"] and name not in value]
        mistakes = [Mistake(f'Can\'t find field "{name}"') for name in missing]
        for name, inner in value.items():
            if name in fields:
                mistakes += self.check(fields[name]["types"], inner, name)
                mistakes += [Mistake(f"{kind}.{name} is {inner!r}")] * (not is_constant(fields[name], inner))
            else:
                mistakes.append(Mistake(f"{kind} has no field {name}", fatal=False))
        return mistakes


def is_plain(kind: str, value: Any) -> bool:
    """Telegram takes numbers written as text for numbers, and numbers for texts."""
    match kind, value:
        case "Boolean", _:
            return isinstance(value, bool)
        case _, bool():
            return False
        case "Integer", str():
            return value.removeprefix("-").isdecimal()
        case "Integer", _:
            return isinstance(value, int)
        case "Float", _:
            return isinstance(value, int | float)
        case _:
            return isinstance(value, str | int)


def is_constant(field: Json, value: Any) -> bool:
    """Whether `type`, `source` or `status` says what this type's must, if the description fixes it."""
    said = field["description"]
    if field["name"] not in ("type", "source", "status") or not isinstance(value, str):
        return True
    for phrase in ("must be ", "always "):
        if phrase in said and len(constant := said.split(phrase)[-1].strip('.“”"*').split()) == 1:
            return bool(constant[0] == value)
    return True


def decoded(call: Call, name: str, types: list[str]) -> Any:
    """An argument as its type says. Raises ApiError 400."""
    raw = call.args[name]
    if "Boolean" in types:
        if raw.lower() not in BOOLEANS:
            raise bad(f'can\'t parse "{name}" as Boolean')
        return call.flag(name)
    if "String" in types or "InputFile" in types:
        return raw
    if types[0] in ("Integer", "Float"):
        if not raw.removeprefix("-").replace(".", "", types[0] == "Float").isdecimal():
            raise bad(f'can\'t parse "{name}" as Number')
        return float(raw) if types[0] == "Float" else int(raw)
    return call.json(name)


def refers(call: Call, name: str) -> bool:
    return any(f"attach://{name}" in value for value in call.args.values())


def worded(kind: str) -> str:
    return "Number" if kind in ("Integer", "Float") else kind


@cache
def load() -> Description | None:
    """The description, or None in a checkout that has none beside it."""
    if not DESCRIPTION.exists():
        return None
    data = json.loads(DESCRIPTION.read_text())
    return Description(data["methods"], data["types"])
