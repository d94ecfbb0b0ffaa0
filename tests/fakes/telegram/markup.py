"""Keyboards below messages.

https://core.telegram.org/bots/api#inlinekeyboardmarkup, https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

import json
from typing import Any

from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.formatted import checked_link

MAX_CALLBACK_DATA = 64
"""Bytes."""
MAX_BUTTONS = 100
MAX_COPIED = 256
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


def inline_keyboard(markup: Json | None, *, invoice: bool = False) -> Json:
    """The field `reply_markup` of a message: only inline keyboards are shown in one. Raises ApiError 400."""
    rows = [row for row in (markup or {}).get("inline_keyboard", []) if row]
    if not rows:
        return {}
    buttons = [button for row in rows for button in row]
    if len(buttons) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    for place, button in enumerate(buttons):
        check(button)
        if "pay" in button and (not invoice or place > 0):
            raise bad("BUTTON_TYPE_INVALID")
    if invoice and "pay" not in buttons[0]:
        raise bad("REPLY_MARKUP_BUY_EMPTY")
    return {"reply_markup": {"inline_keyboard": rows}}


def check(button: Json) -> None:
    """Raises ApiError 400 for a button that does nothing, or too much."""
    if not button["text"].strip():
        raise bad("BUTTON_TEXT_INVALID")
    actions = [action for action in ACTIONS if button.get(action) not in (None, "") or is_empty_query(button, action)]
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("can't parse inline keyboard button: exactly one action must be given")
    if len(button.get("callback_data", "").encode()) > MAX_CALLBACK_DATA:
        raise bad("BUTTON_DATA_INVALID")
    if len(button.get("copy_text", {}).get("text", "")) > MAX_COPIED:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and checked_link(button["url"]) is None:
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def is_empty_query(button: Json, action: str) -> bool:
    """Switching to inline mode works with an empty query too."""
    return action.startswith("switch_inline_query") and action in button


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
