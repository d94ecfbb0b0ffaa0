"""Write HTML so that nothing gets into it unescaped: text is escaped unless our own code made it as markup."""

from collections.abc import Iterable
from html import escape


class Markup:
    """A piece of HTML that is safe to show as it is. Only this module makes them."""

    __slots__ = ("html",)

    def __init__(self, html: str) -> None:
        self.html = html


Piece = Markup | str | None
_VOID = frozenset({"input", "meta", "link"})


def tag(name: str, /, *inside: Piece, **attributes: str | bool | None) -> Markup:
    """One element. `class_` is `class`, `_` in names is `-`; True is an attribute alone, False and None are none."""
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    opening = f"<{name}{written}>"
    return Markup(opening if name in _VOID else f"{opening}{joined(inside).html}</{name}>")


def joined(pieces: Iterable[Piece]) -> Markup:
    return Markup("".join(_html(piece) for piece in pieces))


def document(head: Markup, body: Markup) -> str:
    return f'<!doctype html>\n<html lang="en">{tag("head", head).html}{tag("body", body).html}</html>\n'


def _html(piece: Piece) -> str:
    if piece is None:
        return ""
    return piece.html if isinstance(piece, Markup) else escape(piece)


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
