"""How Slack says no: HTTP 200 with `ok: false` and a word, except for rate limits and breakdowns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.fakes.slack.model import Json

HTTP_OK = 200
HTTP_TOO_MANY = 429


@dataclass
class Refused(Exception):  # named as the rest of the tree: an answer, not a fault
    """The answer to a call that was turned down."""

    error: str
    extra: Json = field(default_factory=dict)
    status: int = HTTP_OK
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.error)

    def to_json(self) -> Json:
        return {"ok": False, "error": self.error, **self.extra}


def rate_limited(seconds: int) -> Refused:
    """https://docs.slack.dev/apis/web-api/rate-limits"""
    return Refused("ratelimited", {}, HTTP_TOO_MANY, {"Retry-After": str(seconds)})


def missing_scope(needed: Sequence[str], provided: Sequence[str]) -> Refused:
    """`needed` is any one of these."""
    return Refused("missing_scope", {"needed": ",".join(needed), "provided": ",".join(provided)})


def bad_arguments(*problems: str) -> Refused:
    return Refused("invalid_arguments", {"response_metadata": {"messages": [f"[ERROR] {each}" for each in problems]}})


def bad_blocks(error: str, problems: Sequence[str]) -> Refused:
    """What the Web API answers to broken blocks: each problem with a JSON pointer, twice."""
    messages = [f"[ERROR] {each}" for each in problems]
    return Refused(error, {"errors": list(problems), "response_metadata": {"messages": messages}})
