"""Offsets and lengths as Telegram counts them: in UTF-16 code units.

https://core.telegram.org/api/entities#entity-length
"""


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, size: int) -> str:
    """The part of a text that an entity covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[offset * 2 : (offset + size) * 2].decode("utf-16-le", "replace")


def byte_offset(text: str, position: int) -> int:
    """Where a character is in UTF-8, which is how Telegram tells the place of an error."""
    return len(text[:position].encode())
