"""The nouns of running the place: who acts, what they did, what happened, and the keys that let programs in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from core.accounts.model import Role
from core.clock import Millis

Doc = dict[str, JsonValue]
Place = tuple[Millis, str]
"""Where a page of a list that has the newest first begins: only what is older than this (instant, id) follows."""


class Scope(StrEnum):
    """What a bearer token may do. ADMIN includes the others."""

    READ = "read"
    EVENTS = "events"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts as an admin: a person in a chat or on the dashboard, or a program with a token.

    `id` is an account's id, `token:{name}` or `oidc:{subject}`; `label` is what people know them by. `account` is the
    account behind it, if there is one.
    """

    id: str
    label: str
    role: Role
    scopes: frozenset[Scope] = frozenset(Scope)
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    """One thing that an admin did. `id` is the id of the request that asked for it: once asked, once written.

    `target` is what it was done to (an account's id, a job's, an order's, a model's name), `before` and `after` are
    what changed about it.
    """

    id: str
    at: Millis
    actor: str
    label: str
    action: str
    target: str
    why: str = ""
    before: Doc = field(default_factory=dict)
    after: Doc = field(default_factory=dict)


USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for other programs to know. `account`: whom it happened to.

    `kind` is one of Easel's own (`usage`, `purchase`, `refund`, `grant`, `revoke`, `role`, `suspension`, `admin`) or
    `custom.` and a name that the operator's programs chose.
    """

    id: str
    at: Millis
    kind: str
    account: str | None = None
    data: Doc = field(default_factory=dict)


KeyKind = Literal["token", "link", "session"]


@dataclass(frozen=True, slots=True)
class Key:
    """What lets somebody in, stored by its digest only: a program's token, a one-time link, or a session of a browser.

    `name` is a token's name; `actor` is who it stands for, with the label that people know. It ends at `expires_at`.
    """

    digest: str
    kind: KeyKind
    name: str
    actor: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: Millis
    expires_at: Millis
