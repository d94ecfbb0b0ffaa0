"""answerCallbackQuery and answerInlineQuery.

https://core.telegram.org/bots/api#answercallbackquery, https://core.telegram.org/bots/api#answerinlinequery. How long a
query may wait is not documented; these are the times after which clients give up.
"""

from core.clock import SECOND, Clock
from tests.fakes.telegram import texts
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.markup import inline_keyboard
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.questions import Questions
from tests.fakes.telegram.world import World

CALLBACK_WINDOW = 15 * SECOND
INLINE_WINDOW = 30 * SECOND
MAX_NOTICE = 200
MAX_RESULTS = 50
MAX_RESULT_ID = 64
"""Bytes."""
MAX_OFFSET = 64
"""Bytes."""
MAX_START = 64
FIRST_CALLBACK = 4_382_000_000_000_000_001
FIRST_INLINE = 6_382_000_000_000_000_001


class Queries:
    """Pressed buttons and inline queries that wait for the bot."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self.callbacks = Questions(clock, CALLBACK_WINDOW, FIRST_CALLBACK)
        self.inline = Questions(clock, INLINE_WINDOW, FIRST_INLINE)

    def handlers(self) -> Handlers:
        return {"answerCallbackQuery": self.answer_callback, "answerInlineQuery": self.answer_inline}

    def answer_callback(self, call: Call) -> bool:
        question = self.callbacks.check(call.text("callback_query_id"))
        if len(call.text("text")) > MAX_NOTICE:
            raise bad("MESSAGE_TOO_LONG")
        question.answer = {"text": call.text("text"), "show_alert": call.flag("show_alert"), "url": call.text("url")}
        return True

    def answer_inline(self, call: Call) -> bool:
        results = call.json("results") or []
        if len(results) > MAX_RESULTS:
            raise bad("too many inline query results specified")
        for result in results:
            self._check_result(result)
        if len({result["id"] for result in results}) < len(results):
            raise bad("RESULT_ID_DUPLICATE")
        if len(call.text("next_offset").encode()) > MAX_OFFSET:
            raise bad("NEXT_OFFSET_INVALID")
        button = call.json("button")
        if button and len(button.get("start_parameter", "")) > MAX_START:
            raise bad("START_PARAM_INVALID")
        question = self.inline.check(call.text("inline_query_id"))
        question.answer = {
            "results": results, "button": button, "next_offset": call.text("next_offset"),
            "is_personal": call.flag("is_personal"), "cache_time": call.number("cache_time", 300),
        }  # fmt: skip
        return True

    def _check_result(self, result: Json) -> None:
        """Raises ApiError 400 for what could not be shown, or not be sent when it is chosen."""
        if not 1 <= len(str(result["id"]).encode()) <= MAX_RESULT_ID:
            raise bad("RESULT_ID_INVALID")
        inline_keyboard(result.get("reply_markup"))
        self.content(result)

    def content(self, result: Json) -> Json:
        """The message that choosing this result sends."""
        content = result.get("input_message_content")
        if content and "message_text" in content:
            return texts.message_text(
                content["message_text"], content.get("parse_mode", ""), content.get("entities"), self._world.people
            )
        return texts.caption(
            result.get("caption", ""), result.get("parse_mode", ""), result.get("caption_entities"), self._world.people
        )
