"""Blocks: their fields and limits, and which of them belong into messages, modals and home tabs.

https://docs.slack.dev/reference/block-kit/blocks. Not known here, so refused: `call`, `container`, `auth_provider`,
`data_visualization`.
"""

from tests.fakes.slack.kit_elements import (
    ALT_TEXT,
    ELEMENTS,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    image_element,
    slack_file,
    text_object,
)
from tests.fakes.slack.kit_rich_text import PARTS
from tests.fakes.slack.kit_rules import (
    Rule,
    anything,
    array,
    at_least_one,
    boolean,
    both,
    exactly_one,
    integer,
    link,
    one_of,
    shape,
    string,
    typed,
)

BLOCK_ID = 255
SECTION_TEXT = 3000
FIELDS = 10
FIELD_TEXT = 2000
HEADER_TEXT = 150
MARKDOWN_TEXT = 12_000
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3000
ACTIONS = 25
LABEL = 2000
STATES = ("pending", "in_progress", "complete", "error")


def block(required: dict[str, Rule] | None = None, optional: dict[str, Rule] | None = None) -> Rule:
    """A block: it has a type, and may have a block id."""
    return shape({"type": anything, **(required or {})}, {"block_id": string(BLOCK_ID), **(optional or {})})


def card_text(limit: int) -> Rule:
    return text_object(limit)


rich_text = block({"elements": array(typed(PARTS), 1000)})
cell = typed({
    "raw_text": shape({"type": anything, "text": string()}),
    "raw_number": shape({"type": anything, "value": anything}, {"text": string()}),
    "rich_text": rich_text,
})  # fmt: skip
column = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
source = shape({"type": one_of("url"), "url": link(), "text": string()})
task_card = block(
    {"task_id": string(), "title": string(), "status": one_of(*STATES)},
    {"details": rich_text, "output": rich_text, "sources": array(source, 100, minimum=0)},
)
card = both(
    block({}, {
        "icon": image_element, "title": card_text(150), "subtitle": card_text(150), "hero_image": image_element,
        "body": card_text(200), "subtext": card_text(200), "slack_icon": anything,
        "actions": array(typed(ELEMENTS, ("button", "overflow")), 5),
    }),
    at_least_one("hero_image", "title", "actions", "body"),
)  # fmt: skip

BLOCKS: dict[str, Rule] = {
    "section": both(
        block({}, {
            "text": text_object(SECTION_TEXT), "fields": array(text_object(FIELD_TEXT), FIELDS),
            "accessory": typed(ELEMENTS, IN_SECTION), "expand": boolean,
        }),
        at_least_one("text", "fields"),
    ),
    "header": block({"text": text_object(HEADER_TEXT, plain=True)}, {"level": integer}),
    "divider": block(),
    "image": both(
        block(
            {"alt_text": string(ALT_TEXT)},
            {"image_url": link(), "slack_file": slack_file, "title": text_object(2000, plain=True)},
        ),
        exactly_one("image_url", "slack_file"),
    ),
    "actions": block({"elements": array(typed(ELEMENTS, IN_ACTIONS), ACTIONS)}),
    "context": block({
        "elements": array(
            typed({"image": image_element, **dict.fromkeys(("plain_text", "mrkdwn"), text_object(CONTEXT_TEXT))}),
            CONTEXT_ELEMENTS,
        )
    }),
    "context_actions": block({"elements": array(typed(ELEMENTS, IN_CONTEXT_ACTIONS), 5)}),
    "input": block(
        {"label": text_object(LABEL, plain=True), "element": typed(ELEMENTS, IN_INPUT)},
        {"hint": text_object(LABEL, plain=True), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": block({"text": string(MARKDOWN_TEXT)}),
    "rich_text": rich_text,
    "table": block(
        {"rows": array(array(cell, 20), 100)}, {"column_settings": array(both(column), 20, minimum=0)}
    ),
    "file": block({"external_id": string(), "source": one_of("remote")}),
    "video": block(
        {"alt_text": string(), "title": text_object(199, plain=True), "thumbnail_url": link(), "video_url": link()},
        {"author_name": string(49), "description": text_object(200, plain=True), "provider_icon_url": link(),
         "provider_name": string(), "title_url": link()},
    ),
    "alert": block(
        {"text": text_object(SECTION_TEXT)}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
    "card": card,
    "carousel": block({"elements": array(typed({"card": card}), 10)}),
    "task_card": task_card,
    "plan": block({"title": string()}, {"tasks": array(typed({"task_card": task_card}), 100, minimum=0)}),
}  # fmt: skip

ONLY_IN_MESSAGES = frozenset({"markdown", "table", "context_actions", "task_card", "plan", "file", "carousel"})
IN_MESSAGES = tuple(BLOCKS)
IN_VIEWS = tuple(name for name in BLOCKS if name not in ONLY_IN_MESSAGES)
