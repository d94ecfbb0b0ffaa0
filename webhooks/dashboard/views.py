"""What every page of the dashboard is made of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from core.admin.model import Actor

ADMIN = "/admin"
SECTIONS = (
    ("overview", ADMIN, "Overview"),
)  # fmt: skip
"""Where one can go: id, address, name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its template and what gets into it. `section`: where in the navigation it is."""

    section: str
    title: str
    data: Mapping[str, object]


Show = Callable[[Request, Actor], Awaitable[Shown]]


@dataclass(frozen=True, slots=True)
class View:
    """`action`: what of the rule table looking at it is."""

    path: str
    action: str
    template: str
    show: Show


def address(path: str, query: Mapping[str, str | None]) -> str:
    """The path with what of the query is not empty."""
    said = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
