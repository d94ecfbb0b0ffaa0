"""What a person fills in: options of commands and inputs of modals, as their Discord checks and sends them.

https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-data
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.discord.attachments import attached
from tests.fakes.discord.bodies import Upload
from tests.fakes.discord.components import walk
from tests.fakes.discord.content import numbered
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import SELECTS, OptionKind, Part
from tests.fakes.discord.message import Message
from tests.fakes.discord.people import Channel, User, member_payload
from tests.fakes.discord.world import World

Value = str | int | float | bool | list[str] | User | Channel | Message | Upload
NESTED = frozenset({OptionKind.SUB_COMMAND, OptionKind.SUB_COMMAND_GROUP})
BIGGEST_NUMBER = 2**53
SINGLE_VALUES = frozenset({Part.TEXT_INPUT, Part.RADIO_GROUP, Part.CHECKBOX})


class Impossible(AssertionError):
    """A person's Discord would not let them do that."""


@dataclass
class Resolved:
    """What ids in the options stand for. `member` says whether this happens in a guild."""

    world: World
    channel: Channel
    data: Json = field(default_factory=dict)

    def value(self, given: Value) -> object:
        """The value to send, with what it stands for put aside."""
        match given:
            case User():
                self.put("users", given.id, given.payload())
                if self.channel.guild is not None:
                    self.put("members", given.id, member_payload(self.world.clock.now()) | {"permissions": "0"})
                return given.id
            case Channel():
                self.put("channels", given.id, given.partial())
                return given.id
            case Message():
                self.put("messages", given.id, given.payload(self.world.base))
                return given.id
            case Upload():
                one = attached(given, self.world.ids.new(), self.channel.id)
                one.ephemeral = True
                self.world.files[one.place] = one
                self.put("attachments", one.id, one.payload(self.world.base))
                return one.id
        return given

    def put(self, kind: str, id: str, payload: Json) -> None:
        self.data.setdefault(kind, {})[id] = payload


def filled_in(
    definition: Json, words: list[str], values: Mapping[str, Value], resolved: Resolved, focused: str | None = None
) -> list[Json]:
    """Options of a command, inside its subcommands, incomplete only while one is focused. Raises Impossible."""
    options: list[Json] = definition.get("options") or []
    if words:
        inner = next((one for one in options if one["type"] in NESTED and one["name"] == words[0]), None)
        if inner is None:
            raise Impossible(f"/{definition['name']} has no {words[0]}")
        return [
            {
                "name": inner["name"],
                "type": inner["type"],
                "options": filled_in(inner, words[1:], values, resolved, focused),
            }
        ]
    known = {one["name"]: one for one in options if one["type"] not in NESTED}
    if len(known) < len(options):
        raise Impossible(f"/{definition['name']} needs a subcommand")
    if unknown := set(values) - set(known):
        raise Impossible(f"/{definition['name']} has no option {', '.join(sorted(unknown))}")
    if focused is None and (
        missing := [name for name, one in known.items() if one.get("required") and name not in values]
    ):
        raise Impossible(f"/{definition['name']} needs {', '.join(missing)}")
    filled = []
    for name, given in values.items():
        if name == focused:
            filled.append({"name": name, "type": known[name]["type"], "value": given, "focused": True})
        else:
            _fits(known[name], given)
            filled.append({"name": name, "type": known[name]["type"], "value": resolved.value(given)})
    return filled


def _fits(option: Json, given: Value) -> None:
    """Raises Impossible for a value that this option does not take."""
    name = option["name"]
    kinds: dict[int, tuple[type, ...]] = {
        OptionKind.STRING: (str,), OptionKind.INTEGER: (int,), OptionKind.BOOLEAN: (bool,),
        OptionKind.NUMBER: (int, float), OptionKind.USER: (User,), OptionKind.CHANNEL: (Channel,),
        OptionKind.MENTIONABLE: (User,), OptionKind.ATTACHMENT: (Upload,),
    }  # fmt: skip
    wanted = kinds[option["type"]]
    if not isinstance(given, wanted) or (isinstance(given, bool) and bool not in wanted):
        raise Impossible(f"{name} does not take {given!r}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and given not in choices:
        raise Impossible(f"{name} is one of {choices}, not {given!r}")
    size = len(given) if isinstance(given, str) else given
    ends = ("min_length", "max_length") if isinstance(given, str) else ("min_value", "max_value")
    if isinstance(size, int | float) and not option.get(ends[0], size) <= size <= option.get(ends[1], size):
        raise Impossible(f"{name} does not take {given!r}: {option}")


def modal_parts(modal: Json, values: Mapping[str, Value | list[Upload]], resolved: Resolved) -> list[Json]:
    """A modal's components as they are sent when it is submitted. Raises Impossible."""
    parts = numbered(modal["components"])
    unknown = set(values) - {part.get("custom_id") for _, part in walk(parts)}
    if unknown:
        raise Impossible(f"The modal has no {', '.join(sorted(unknown))}")
    return [_submitted(part, values, resolved) for part in parts]


def _submitted(part: Json, values: Mapping[str, Value | list[Upload]], resolved: Resolved) -> Json:
    common: Json = {"type": part["type"], "id": part["id"]}
    if "components" in part:
        return common | {"components": [_submitted(one, values, resolved) for one in part["components"]]}
    if "component" in part:
        return common | {"component": _submitted(part["component"], values, resolved)}
    if "custom_id" not in part:
        return common
    given = values.get(part["custom_id"])
    common["custom_id"] = part["custom_id"]
    if part["type"] == Part.TEXT_INPUT:
        return common | {"value": _typed(part, given)}
    if part["type"] in SINGLE_VALUES:
        return common | {"value": given if given is not None else _default(part)}
    if part["type"] == Part.FILE_UPLOAD:
        files = [given] if isinstance(given, Upload) else given or []
        return common | {"values": [resolved.value(one) for one in files]}  # type: ignore[union-attr]  # never None here: it was just made
    return common | {"values": selected(part, given)}


def _default(part: Json) -> object:
    if part["type"] == Part.CHECKBOX:
        return bool(part.get("default"))
    return next((option["value"] for option in part["options"] if option.get("default")), None)


def _typed(part: Json, given: object) -> str:
    text = given if given is not None else part.get("value") or ""
    least = part.get("min_length") or (1 if part.get("required", True) else 0)
    if not isinstance(text, str) or ((text or part.get("required", True)) and len(text) < least):
        raise Impossible(f"{part['custom_id']} needs {least} characters, not {text!r}")
    if len(text) > (part.get("max_length") or 4000):
        raise Impossible(f"{part['custom_id']} takes {part.get('max_length')} characters, not {len(text)}")
    return text


def selected(part: Json, given: object) -> list[str]:
    """The values chosen in a select. Raises Impossible."""
    options = [option["value"] for option in part.get("options") or []]
    chosen = given if given is not None else [one["value"] for one in part.get("options") or [] if one.get("default")]
    if not isinstance(chosen, list) or (
        part["type"] not in SELECTS - {Part.STRING_SELECT} and set(chosen) - set(options)
    ):
        raise Impossible(f"{part['custom_id']} offers {options}, not {chosen}")
    least = part.get("min_values", 1) if part.get("required", True) else 0
    if not least <= len(chosen) <= part.get("max_values", 1):
        raise Impossible(f"{part['custom_id']} does not take {len(chosen)} values")
    return chosen
