"""The storage ports of running the place. As in `core.stores.ports`, each write is atomic and durable when it returns.

Lists have the newest first and are read page by page: `before` is the place of the last line of the page before.
"""

from collections.abc import Collection
from typing import Protocol, TypedDict, Unpack

from core.admin.model import Audited, Event, Key, KeyKind, Place
from core.clock import Millis


class AuditWanted(TypedDict, total=False):
    """Which lines of the audit log: those of which all of this is so. None means any."""

    actor: str | None
    action: str | None
    target: str | None


class AuditStore(Protocol):
    """What admins did. Lines are added and read, never changed or removed."""

    async def append(self, line: Audited) -> bool:
        """False when a line with this id is there."""

    async def get(self, id: str) -> Audited | None: ...

    async def page(self, before: Place | None, limit: int, **wanted: Unpack[AuditWanted]) -> list[Audited]: ...


class EventStore(Protocol):
    """What happened."""

    async def append(self, event: Event) -> bool:
        """False when an event with this id is there."""

    async def get(self, id: str) -> Event | None: ...

    async def page(
        self, before: Place | None, limit: int, *, kind: str | None = None, account: str | None = None
    ) -> list[Event]: ...

    async def after(self, place: Place | None, until: Millis, limit: int) -> list[Event]:
        """The oldest first: those later than this place, and from before `until`."""

    async def of_kinds(self, kinds: Collection[str], first: Millis, until: Millis) -> list[Event]:
        """The oldest first, from then until before then."""

    async def purge(self, before: Millis) -> None:
        """Forget events from before that time."""


class KeyStore(Protocol):
    """Tokens, one-time links and sessions, by their digest."""

    async def add(self, key: Key) -> bool:
        """False when a token of this name, or this digest, is there."""

    async def find(self, digest: str, now: Millis) -> Key | None:
        """The key, unless it has expired."""

    async def take(self, digest: str, now: Millis) -> Key | None:
        """Use up a one-time link: whoever comes second gets None, as with an expired or unknown one."""

    async def listed(self, kind: KeyKind) -> list[Key]:
        """All of this kind, by name."""

    async def revoke(self, kind: KeyKind, name: str) -> int:
        """Remove all of this kind and name; how many."""

    async def remove(self, digest: str) -> None: ...

    async def purge(self, now: Millis) -> None:
        """Forget those that have expired."""


class BookStore(Protocol):
    """Sums of a UTC day, kept so that nobody counts twice (`core.admin.books`)."""

    async def days(self, first_day: str, last_day: str) -> dict[str, tuple[int, str]]:
        """By day: how often it was changed, and the document."""

    async def put(self, day: str, doc: str, version: int) -> bool:
        """Save a day's document if it still has this version (0: if there is none). False when it was changed."""
