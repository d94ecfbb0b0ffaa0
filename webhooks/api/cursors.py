"""Where a page of a list goes on, as a text that callers pass back unread. Whatever else they pass is refused."""

import base64
import binascii
import json

from core.admin.model import Place
from core.admin.refusals import BadParameter

Parts = tuple[int | str, ...]
MAX_CURSOR = 500
MAX_NUMBER = 2**53
MAX_ID = 300


def encoded(parts: Parts) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def place(cursor: str | None) -> Place | None:
    """An instant and an id. Raises BadParameter."""
    match _parts(cursor):
        case None:
            return None
        case (int(at), str(id)):
            return at, id
        case _:
            raise _bad()


def name(cursor: str | None) -> str | None:
    """An id. Raises BadParameter."""
    match _parts(cursor):
        case None:
            return None
        case (str(id),):
            return id
        case _:
            raise _bad()


def number(cursor: str | None) -> int | None:
    """A number of an entry. Raises BadParameter."""
    match _parts(cursor):
        case None:
            return None
        case (int(seq),):
            return seq
        case _:
            raise _bad()


def _parts(cursor: str | None) -> Parts | None:
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise _bad() from None
    if not isinstance(found, list) or not all(_is_part(part) for part in found):
        raise _bad()
    return tuple(found)


def _is_part(part: object) -> bool:
    if isinstance(part, str):
        return len(part) <= MAX_ID and part.isprintable()
    return isinstance(part, int) and not isinstance(part, bool) and 0 <= part < MAX_NUMBER


def _bad() -> BadParameter:
    return BadParameter("cursor must be what `next` of the page before says, unchanged.")
