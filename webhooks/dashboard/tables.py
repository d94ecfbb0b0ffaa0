"""Tables as values: one macro draws them all, as cards where there is no room for columns."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`tone` makes a badge of it: good, warm, bad or plain. `hint` is said below, smaller."""

    text: str
    href: str | None = None
    tone: str | None = None
    hint: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`empty`: what is said when there are no rows. `older`: the address of what comes after the last row."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str
    older: str | None = None
    newest: str | None = None
