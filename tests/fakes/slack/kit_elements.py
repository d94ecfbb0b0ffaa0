"""Block elements and composition objects: their fields and limits.

https://docs.slack.dev/reference/block-kit/block-elements and .../composition-objects
"""

from typing import Any

from tests.fakes.slack.kit_rules import (
    Findings,
    Rule,
    anything,
    array,
    boolean,
    both,
    exactly_one,
    integer,
    link,
    one_of,
    shape,
    string,
)
from tests.fakes.slack.model import Json

ACTION_ID = 255
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS = 100
PLACEHOLDER = 150
ALT_TEXT = 2000
INPUT_LENGTH = 3000


def text_object(limit: int, *, plain: bool = False) -> Rule:
    """`plain_text`, or also `mrkdwn`, of 1 to `limit` characters."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    return shape(
        {"type": one_of(*kinds), "text": string(limit)},
        {"emoji": boolean} if plain else {"emoji": boolean, "verbatim": boolean},
    )


def action_id(value: Any, at: str, found: Findings) -> None:
    string(ACTION_ID)(value, at, found)
    if value in found.action_ids:
        found.note(f'`action_id` "{value}" already exists', at)
    if isinstance(value, str):
        found.action_ids.add(value)


def focus(value: Any, at: str, found: Findings) -> None:
    boolean(value, at, found)
    found.focused += bool(value)
    if found.focused > 1:
        found.note("only one element can have `focus_on_load`", at)


def slack_file(value: Any, at: str, found: Findings) -> None:
    both(shape({}, {"id": string(), "url": link()}), exactly_one("id", "url"))(value, at, found)
    if isinstance(value, dict) and not found.file_known(value):
        found.note("invalid slack file", at)


confirm = shape(
    {"title": text_object(100, plain=True), "text": text_object(300), "confirm": text_object(30, plain=True),
     "deny": text_object(30, plain=True)},
    {"style": one_of("primary", "danger")},
)  # fmt: skip

option = shape(
    {"text": text_object(OPTION_TEXT), "value": string(OPTION_VALUE)},
    {"description": text_object(OPTION_TEXT), "url": link()},
)
option_group = shape({"label": text_object(75, plain=True), "options": array(option, OPTIONS)})
options = {"options": array(option, OPTIONS), "option_groups": array(option_group, OPTIONS)}
feedback = shape(
    {"text": text_object(75, plain=True), "value": string(BUTTON_VALUE)}, {"accessibility_label": string(75)}
)


def element(required: dict[str, Rule] | None = None, optional: dict[str, Rule] | None = None) -> Rule:
    """An interactive element: it has a type, and may have an action id."""
    return shape(
        {"type": anything, **(required or {})}, {"action_id": action_id, "confirm": confirm, **(optional or {})}
    )


def field_element(optional: dict[str, Rule], required: dict[str, Rule] | None = None) -> Rule:
    """An element that people fill in."""
    own: dict[str, Rule] = {"placeholder": text_object(PLACEHOLDER, plain=True), "focus_on_load": focus}
    return element(required, {**own, **optional})


def written(**more: Rule) -> Rule:
    """Something people type."""
    common: dict[str, Rule] = {
        "initial_value": string(INPUT_LENGTH, minimum=0), "dispatch_action_config": anything,
        "min_length": integer, "max_length": integer,
    }  # fmt: skip
    return field_element({**common, **more})


def select(initial: str, *, multi: bool = False, **more: Rule) -> Rule:
    given: dict[str, Rule] = {initial: anything, **({"max_selected_items": integer} if multi else {}), **more}
    return field_element(given)


def static_select(initial: str, *, multi: bool = False) -> Rule:
    return both(select(initial, multi=multi, **options), exactly_one("options", "option_groups"))


def choices(limit: int, initial: str) -> Rule:
    return element({"options": array(option, limit)}, {initial: anything, "focus_on_load": focus})


def _conversations(initial: str, *, multi: bool = False) -> Rule:
    return select(
        initial, multi=multi, filter=anything, default_to_current_conversation=boolean, response_url_enabled=boolean
    )


def image_element(value: Json, at: str, found: Findings) -> None:
    both(
        shape(
            {"type": anything, "alt_text": string(ALT_TEXT)}, {"image_url": link(), "slack_file": slack_file}
        ),
        exactly_one("image_url", "slack_file"),
    )(value, at, found)  # fmt: skip


ELEMENTS: dict[str, Rule] = {
    "button": element(
        {"text": text_object(BUTTON_TEXT, plain=True)},
        {"url": link(), "value": string(BUTTON_VALUE, minimum=0), "style": one_of("primary", "danger"),
         "accessibility_label": string(75)},
    ),
    "workflow_button": element(
        {"text": text_object(BUTTON_TEXT, plain=True), "workflow": anything}, {"style": one_of("primary", "danger")}
    ),
    "feedback_buttons": element({"positive_button": feedback, "negative_button": feedback}),
    "icon_button": element(
        {"icon": one_of("trash"), "text": text_object(75, plain=True)},
        {"value": string(BUTTON_VALUE), "accessibility_label": string(75), "visible_to_user_ids": anything},
    ),
    "overflow": element({"options": array(option, 5)}),
    "image": image_element,
    "checkboxes": choices(10, "initial_options"),
    "radio_buttons": choices(10, "initial_option"),
    "static_select": static_select("initial_option"),
    "multi_static_select": static_select("initial_options", multi=True),
    "external_select": select("initial_option", min_query_length=integer),
    "multi_external_select": select("initial_options", multi=True, min_query_length=integer),
    "users_select": select("initial_user"),
    "multi_users_select": select("initial_users", multi=True),
    "conversations_select": _conversations("initial_conversation"),
    "multi_conversations_select": _conversations("initial_conversations", multi=True),
    "channels_select": select("initial_channel", response_url_enabled=boolean),
    "multi_channels_select": select("initial_channels", multi=True),
    "datepicker": field_element({"initial_date": string(10)}),
    "timepicker": field_element({"initial_time": string(5), "timezone": string()}),
    "datetimepicker": field_element({"initial_date_time": integer}),
    "plain_text_input": written(multiline=boolean),
    "email_text_input": written(),
    "url_text_input": written(),
    "number_input": field_element(
        {"initial_value": string(), "min_value": string(), "max_value": string(), "dispatch_action_config": anything},
        {"is_decimal_allowed": boolean},
    ),
    "rich_text_input": field_element({"initial_value": anything, "dispatch_action_config": anything}),
    "file_input": element({}, {"filetypes": array(string(), 100), "max_files": integer}),
}  # fmt: skip

MENUS = tuple(name for name in ELEMENTS if name.endswith("_select"))
SINGLE_MENUS = tuple(name for name in MENUS if not name.startswith("multi_"))
PICKERS = ("datepicker", "timepicker", "datetimepicker")
TYPED_IN = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input")
BUTTONS = ("button", "workflow_button", "overflow", "checkboxes", "radio_buttons")

IN_SECTION = (*BUTTONS, "image", *MENUS, "datepicker", "timepicker")
IN_ACTIONS = (*BUTTONS, *SINGLE_MENUS, *PICKERS, "rich_text_input")
IN_INPUT = (*TYPED_IN, "checkboxes", "radio_buttons", *MENUS, *PICKERS)
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")
