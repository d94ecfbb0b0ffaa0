"""Learn which fields a server does not know, so that Ollama, LocalAI, vLLM or llama.cpp serve without being configured.

What was learnt is kept only when the server then took the request: an error that only mentions a field teaches nothing.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from openai import APIStatusError, BadRequestError, UnprocessableEntityError

from core.providers.openai.errors import is_refusal

INSTEAD: dict[str, str | None] = {
    "stream_options": None,
    "safety_identifier": None,
    "output_format": None,
    "max_completion_tokens": "max_tokens",
    "max_tokens": None,
}
"""Fields that OpenAI knows and others may not, and what to send in their place, if anything."""

UNKNOWN = re.compile(
    r"unknown|unrecogni[sz]ed|unsupported|unexpected|extra|additional|not (known|supported|allowed|permitted)"
    r"|(does|do) not support|invalid (field|argument|parameter|property|key)",
    re.IGNORECASE,
)

T = TypeVar("T")
Fields = Mapping[str, object]


class Dialect:
    """What one server has turned out not to know."""

    def __init__(self) -> None:
        self._unknown: frozenset[str] = frozenset()

    async def sent(self, send: Callable[[Fields], Awaitable[T]], fields: Fields) -> T:
        """Send with these fields, and without those that the server then says it does not know."""
        unknown = self._unknown
        while True:
            spoken = _spoken(fields, unknown)
            try:
                answer = await send(spoken)
            except (BadRequestError, UnprocessableEntityError) as error:
                if (field := _rejected(error, spoken)) is None:
                    raise
                unknown |= {field}
            else:
                self._unknown |= unknown
                return answer


def _spoken(fields: Fields, unknown: frozenset[str]) -> Fields:
    spoken = {}
    for field, value in fields.items():
        name: str | None = field
        while name in unknown:
            name = INSTEAD[name]
        if name is not None:
            spoken[name] = value
    return spoken


def _rejected(error: APIStatusError, sent: Fields) -> str | None:
    """Which field the server does not know, if it says so: the first it names, as a list of known ones may follow."""
    said = f"{error.param} {error.code} {error.message} {error.body}"
    named = [field for field in sent if field in INSTEAD and field in said]
    if not named or is_refusal(error) or not UNKNOWN.search(said):
        return None
    return min(named, key=said.find)
