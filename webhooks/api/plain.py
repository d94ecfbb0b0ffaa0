"""JSON that every database and every reader can keep: no numbers beyond doubles, no broken texts, no endless depth."""

import math
from typing import Annotated

from pydantic import AfterValidator, JsonValue

MAX_DEPTH = 20
MAX_INTEGER = 2**53
"""What every reader of JSON takes without rounding: https://www.rfc-editor.org/rfc/rfc8259#section-6"""


def plain(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The same value. Raises ValueError."""
    _check(value, MAX_DEPTH)
    return value


def _check(value: JsonValue, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"must not be deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth - 1)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
    elif isinstance(value, str):
        if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("must be texts of whole Unicode characters, without NUL")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be finite numbers")
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError("must be numbers of at most 53 bits")


def plain_text(text: str) -> str:
    """The same text. Raises ValueError."""
    _check(text, MAX_DEPTH)
    return text


PlainText = Annotated[str, AfterValidator(plain_text)]
PlainJson = Annotated[dict[str, JsonValue], AfterValidator(plain)]
