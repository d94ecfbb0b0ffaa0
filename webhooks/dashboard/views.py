"""What every page of the dashboard is made of."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from core.admin.model import Actor, Place
from core.errors import BadRequest

ADMIN = "/admin"
SECTIONS = (
    ("overview", ADMIN, "Overview"), ("users", f"{ADMIN}/users", "Users"), ("costs", f"{ADMIN}/costs", "Costs"),
    ("jobs", f"{ADMIN}/jobs", "Jobs"), ("providers", f"{ADMIN}/providers", "Providers"),
    ("orders", f"{ADMIN}/orders", "Orders"), ("audit", f"{ADMIN}/audit", "Audit log"),
)  # fmt: skip
"""Where one can go: id, address, name."""
PAGE = 25
_PLACE = re.compile(r"([0-9]{1,15})\.([\w:.@/-]{1,200})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: what gets into its template. `section`: where in the navigation it is."""

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


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: what it is called in the address and on the page, what there is to choose, and what was chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def chosen(query: Mapping[str, str], name: str, label: str, options: tuple[tuple[str, str], ...]) -> Choice:
    """Raises BadRequest when the address says something else than one of them; without a word it is the first."""
    value = query.get(name) or options[0][0]
    if value not in {option for option, _ in options}:
        raise BadRequest(f"{label} cannot be what the address says.")
    return Choice(name, label, options, value)


def address(path: str, query: Mapping[str, str | None]) -> str:
    """The path with what of the query is not empty."""
    said = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(said)}" if said else path


def user_page(account: str) -> str:
    return f"{ADMIN}/users/{account}"


def place_of(query: Mapping[str, str]) -> Place | None:
    """Where a list goes on. Raises BadRequest."""
    if not (text := query.get("before")):
        return None
    if not (found := _PLACE.fullmatch(text)):
        raise BadRequest("This address is not complete. Start again from the newest.")
    return int(found[1]), found[2]


def paging(path: str, query: Mapping[str, str], after: Place | str | int | None) -> tuple[str | None, str | None]:
    """The addresses of what is older than the last line, None: nothing is; and of the newest, None: that is here."""
    kept = {name: value for name, value in query.items() if name != "before"}
    text = f"{after[0]}.{after[1]}" if isinstance(after, tuple) else after
    older = address(path, kept | {"before": str(text)}) if text is not None else None
    return older, address(path, kept) if query.get("before") else None
