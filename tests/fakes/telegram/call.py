"""One call of a method, with its arguments read as Telegram reads them: every value is a text, whatever carried it."""

import json
from dataclasses import dataclass, field
from typing import Any

from core.clock import Millis
from tests.fakes.telegram.errors import Json, bad

TRUE = frozenset({"true", "yes", "1"})


@dataclass(frozen=True)
class Upload:
    """A file in a multipart body."""

    name: str
    content: bytes
    content_type: str


@dataclass
class Call:
    """What a bot asked for, and what it was answered. `status` is the HTTP status, 0 if the connection was dropped."""

    method: str
    args: dict[str, str]
    files: dict[str, Upload]
    at: Millis
    status: int = 0
    answer: Json = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.args.get(name, "")

    def number(self, name: str, default: int = 0) -> int:
        """As Telegram does it: what is no number is nought."""
        try:
            return int(self.args[name])
        except (KeyError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in TRUE

    def json(self, name: str) -> Any:
        """The decoded value, None if absent. Raises ApiError 400 for what is not JSON."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


@dataclass(frozen=True)
class Described:
    """A result that Telegram explains in words."""

    result: Any
    description: str
