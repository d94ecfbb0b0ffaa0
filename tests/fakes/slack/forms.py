"""What people enter into inputs and choose from menus, in the shapes Slack reports it."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack import kit
from tests.fakes.slack.model import Json, View

_DEFAULTS = {
    "static_select": "initial_option", "external_select": "initial_option", "radio_buttons": "initial_option",
    "multi_static_select": "initial_options", "multi_external_select": "initial_options",
    "checkboxes": "initial_options", "users_select": "initial_user", "multi_users_select": "initial_users",
    "conversations_select": "initial_conversation", "multi_conversations_select": "initial_conversations",
    "channels_select": "initial_channel", "multi_channels_select": "initial_channels", "datepicker": "initial_date",
    "timepicker": "initial_time", "datetimepicker": "initial_date_time",
}  # fmt: skip
"""The field of an element that holds what is chosen before anybody chose; reported as `selected_...`."""


class NotPossible(Exception):  # says what a person could not have done
    """Slack's own client would not let a person do this."""


def chosen(element: Json, value: Any) -> Json:
    """The fields of an action or a state for this choice. Raises NotPossible for a choice that is not offered."""
    kind = element["type"]
    if kind in {"button", "workflow_button", "icon_button", "feedback_buttons"}:
        return {} if value is None else {"value": value}
    if kind == "overflow":
        return {"selected_option": _option(element, value)}
    if kind not in _DEFAULTS:
        return {"value": _typed(element, value)}
    field = _DEFAULTS[kind].replace("initial_", "selected_")
    if field.endswith("option") and kind != "external_select":
        return {field: None if value is None else _option(element, value)}
    if field.endswith("options") and kind != "multi_external_select":
        return {field: [_option(element, each) for each in value or []]}
    return {field: value}


def state(view: View, values: Mapping[str, Any], *, complete: bool = True) -> Json:
    """`state.values` of a view after these were entered, by action id. Raises NotPossible.

    What is not `complete` lacks inputs that must be filled in before it can be submitted.
    """
    left = dict(values)
    result: Json = {}
    for block, element in kit.interactive(view.blocks):
        name = element["action_id"]
        if block["type"] != "input" and name not in left:
            continue
        entered = chosen(element, left.pop(name)) if name in left else _initial(element)
        if complete and block["type"] == "input" and not block.get("optional") and not any(entered.values()):
            raise NotPossible(f"{name} must be filled in")
        result.setdefault(block["block_id"], {})[name] = {"type": element["type"], **entered}
    if left:
        raise NotPossible(f"the view has no {', '.join(left)}")
    return result


def _initial(element: Json) -> Json:
    field = _DEFAULTS.get(element["type"])
    if field is None:
        return {"value": element.get("initial_value")}
    empty: list[Json] | None = [] if field.endswith("s") else None
    return {field.replace("initial_", "selected_"): element.get(field, empty)}


def _option(element: Json, value: Any) -> Json:
    groups = [element.get("options") or [], *(group["options"] for group in element.get("option_groups") or [])]
    for option in (option for group in groups for option in group):
        if option["value"] == value:
            found: Json = option
            return found
    raise NotPossible(f"{element['action_id']} does not offer {value}")


def _typed(element: Json, value: Any) -> Any:
    if isinstance(value, str) and element["type"] == "plain_text_input":
        longest = element.get("max_length", 3000)
        if not element.get("min_length", 0) <= len(value) <= longest:
            raise NotPossible(f"{element['action_id']} takes {element.get('min_length', 0)} to {longest} characters")
    return value
