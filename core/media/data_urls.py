"""Files within a text: `data:image/png;base64,...` (RFC 2397)."""

import base64
from urllib.parse import unquote_to_bytes

from core.media.checks import MAX_BYTES
from core.media.fetch import NotFetched, TooLarge

SCHEME = "data:"
WIDEST = 3
"""Characters for a byte, at most: `%00`."""


def data_url(mime: str, data: bytes) -> str:
    return f"{SCHEME}{mime};base64,{base64.b64encode(data).decode()}"


def from_data_url(url: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The file in it. Raises TooLarge, or NotFetched when it is not written as it should be."""
    head, comma, body = url.removeprefix(SCHEME).partition(",")
    if not url.startswith(SCHEME) or not comma:
        raise NotFetched("This is not a file in a text.")
    if len(body) > max_bytes * WIDEST or len(data := _unpacked(head, body)) > max_bytes:
        raise TooLarge(f"This file has more than {max_bytes:,} bytes.")
    return data


def _unpacked(head: str, body: str) -> bytes:
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise NotFetched("This file in a text is damaged.") from error
