"""Tables as values: one macro draws them all, as cards where there is no room for columns."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """`is_short`: what stands in it is not broken into lines."""

    name: str
    is_number: bool = False
    is_short: bool = False

    @property
    def classes(self) -> str:
        return " ".join(name for name, on in (("num", self.is_number), ("short", self.is_short)) if on)


@dataclass(frozen=True, slots=True)
class Cell:
    """`tone` makes a badge of it: good, warm, bad, accent or calm. `hint` is said below, smaller."""

    text: str
    href: str | None = None
    tone: str | None = None
    hint: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`empty`: what is said when there are no rows. `older`: the address of what comes after the last row.

    `is_narrow`: its columns have room side by side on a phone, too.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str
    older: str | None = None
    newest: str | None = None
    is_narrow: bool = False
