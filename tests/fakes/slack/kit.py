"""Judges messages and views as Slack does, and fills in the ids that an app may leave out."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes.slack.kit_blocks import BLOCKS, IN_MESSAGES, IN_VIEWS, MARKDOWN_TEXT
from tests.fakes.slack.kit_elements import text_object
from tests.fakes.slack.kit_rules import Findings, anything, array, boolean, one_of, shape, string, typed
from tests.fakes.slack.model import Json

MESSAGE_BLOCKS = 50
"""https://docs.slack.dev/reference/block-kit/blocks"""
VIEW_BLOCKS = 100
ATTACHMENTS = 100
"""https://docs.slack.dev/reference/methods/chat.postMessage"""
VIEW_BYTES = 250_000
"""https://docs.slack.dev/reference/methods/views.open ("view_too_large": 250kb)"""
TITLE = 24
PRIVATE_METADATA = 3000
"""https://docs.slack.dev/reference/views/modal-views"""

FileKnown = Callable[[Json], bool]

_ATTACHMENT_FIELDS = (
    "author_icon", "author_link", "author_name", "callback_id", "color", "fallback", "fields", "footer", "footer_icon",
    "id", "image_url", "mrkdwn_in", "pretext", "text", "thumb_url", "title", "title_link", "ts", "actions",
)  # fmt: skip
_modal = shape(
    {"type": one_of("modal"), "title": text_object(TITLE, plain=True), "blocks": anything},
    {"close": text_object(TITLE, plain=True), "submit": text_object(TITLE, plain=True),
     "private_metadata": string(PRIVATE_METADATA, minimum=0), "callback_id": string(255, minimum=0),
     "external_id": string(255, minimum=0), "clear_on_close": boolean, "notify_on_close": boolean,
     "submit_disabled": boolean},
)  # fmt: skip
_home = shape(
    {"type": one_of("home"), "blocks": anything},
    {"private_metadata": string(PRIVATE_METADATA, minimum=0), "callback_id": string(255, minimum=0),
     "external_id": string(255, minimum=0)},
)  # fmt: skip


def blocks_problems(blocks: Any, file_known: FileKnown, at: str = "/blocks", limit: int = MESSAGE_BLOCKS) -> list[str]:
    """What is wrong with the blocks of a message, e.g. `no more than 50 items allowed [json-pointer:/blocks]`."""
    found = Findings(file_known)
    _blocks(blocks, at, found, limit, IN_MESSAGES)
    tables = [block for block in _dicts(blocks) if block.get("type") == "table"]
    if len(tables) > 1:
        found.note("only one table is allowed", at)
    return found.problems


def markdown_length(blocks: list[Json]) -> int:
    """All markdown blocks of a message together: https://docs.slack.dev/reference/block-kit/blocks/markdown-block"""
    return sum(len(block["text"]) for block in blocks if block["type"] == "markdown")


def too_much_markdown(blocks: list[Json]) -> bool:
    return markdown_length(blocks) > MARKDOWN_TEXT


def attachments_problems(attachments: Any, file_known: FileKnown) -> list[str]:
    found = Findings(file_known)
    rule = shape({}, {**dict.fromkeys(_ATTACHMENT_FIELDS, anything), "blocks": anything})
    array(rule, ATTACHMENTS, minimum=0)(attachments, "/attachments", found)
    for number, attachment in enumerate(_dicts(attachments)):
        if "blocks" in attachment:
            _blocks(attachment["blocks"], f"/attachments/{number}/blocks", found, MESSAGE_BLOCKS, IN_MESSAGES)
    return found.problems


def view_problems(view: Any, file_known: FileKnown) -> list[str]:
    """What is wrong with a modal or a home tab."""
    found = Findings(file_known)
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return ["must be a valid view type [json-pointer:/view/type]"]
    (_modal if view["type"] == "modal" else _home)(view, "/view", found)
    _blocks(view.get("blocks"), "/view/blocks", found, VIEW_BLOCKS, IN_VIEWS, minimum=0)
    for number, block in enumerate(_dicts(view.get("blocks"))):
        if block.get("type") == "input" and view["type"] == "modal" and not view.get("submit"):
            found.note("must define `submit` to use an `input` block in modals", f"/view/blocks/{number}/input")
    return found.problems


def view_too_large(view: Json) -> bool:
    return len(json.dumps(view).encode()) > VIEW_BYTES


def with_ids(blocks: list[Json], fresh: Callable[[], str]) -> list[Json]:
    """The same blocks with every `block_id` and `action_id` that the app left out."""
    for block in blocks:
        block.setdefault("block_id", fresh())
    for _, element in interactive(blocks):
        element.setdefault("action_id", fresh())
    return blocks


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every block with each element that people can use."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        inside += block.get("actions") or []
        for element in inside:
            if block["type"] == "carousel":
                yield from interactive([element])
            elif element and element.get("type") not in {"image", "plain_text", "mrkdwn"} | _RICH:
                yield block, element


_RICH = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}


def _blocks(value: Any, at: str, found: Findings, limit: int, allowed: tuple[str, ...], *, minimum: int = 0) -> None:
    array(typed(BLOCKS, allowed), limit, minimum=minimum)(value, at, found)
    for number, block in enumerate(_dicts(value)):
        name = block.get("block_id")
        if name in found.block_ids:
            found.note(f'`block_id` "{name}" already exists', f"{at}/{number}/block_id")
        if isinstance(name, str):
            found.block_ids.add(name)


def _dicts(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
