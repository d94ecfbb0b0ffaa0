"""A wire-level OpenAI: chat, pictures, edits, models. It checks every byte as strictly as the real one.

Each call takes the next of the script, or is answered well: `fake.script(rate_limited("1"), Says("Hello"))`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

from tests.fakes.faults import Fault
from tests.fakes.openai.answers import Break, Draws, Says
from tests.fakes.openai.checks import CHAT, Check
from tests.fakes.openai.errors import (
    billing_limit,
    error,
    flagged,
    moderation_blocked,
    quota_used_up,
    rate_limited,
    retired,
    server_error,
    wrong_key,
)
from tests.fakes.openai.handlers import Handlers, Recorded
from tests.fakes.serving import serve

__all__ = [
    "KEY", "Break", "Draws", "OpenAIFake", "Recorded", "Says", "billing_limit", "error", "flagged",
    "moderation_blocked", "quota_used_up", "rate_limited", "retired", "server_error", "wrong_key",
]  # fmt: skip

MODELS = ("gpt-6-luna", "gpt-image-2", "gpt-image-2.5-flare")
KEY = "sk-test"


class OpenAIFake:
    """`calls` are all that came, rejected ones too.

    `asked` is set at a call, `stuck` when a stream has got to where it hangs, `left` when a client hangs up on us.
    `unknown`: fields this server does not know, which `worded` rejects; without `max_completion_tokens` it knows
    `max_tokens`. `key` None: anybody may call. `counts`: whether it sends token counts.
    """

    def __init__(
        self,
        *,
        key: str | None = KEY,
        models: tuple[str, ...] = MODELS,
        unknown: tuple[str, ...] = (),
        worded: Callable[[str], Fault] | None = None,
        counts: bool = True,
    ) -> None:
        chat: Mapping[str, Check] = {name: check for name, check in CHAT.items() if name not in unknown}
        if "max_completion_tokens" in unknown and "max_tokens" not in unknown:
            chat = {**chat, "max_tokens": CHAT["max_completion_tokens"]}
        self._handlers = Handlers(key, models, chat, unknown, worded, counts)
        self.calls = self._handlers.calls
        self.asked, self.stuck, self.left = self._handlers.asked, self._handlers.stuck, self._handlers.left
        self.url = ""

    def script(self, *behaviours: Says | Draws | Fault) -> None:
        """What the next calls get, one each."""
        self._handlers.behaviours.extend(behaviours)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [call.fields for call in self.calls]

    async def __aenter__(self) -> Self:
        self._runner, url = await serve(self._handlers.app(), handler_cancellation=True)
        self.url = f"{url}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
