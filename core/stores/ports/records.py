"""The ports of what was measured, and of what was said."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from core.clock import Millis
from core.observe.model import Rollup, Usage


class UsageStore(Protocol):
    """Usage records and their daily rollups."""

    async def record(self, usage: Usage) -> bool:
        """Save a record and add it to its rollup, once per request id. False when it was there."""

    async def get(self, request_id: str) -> Usage | None: ...

    async def rollups(self, first_day: str, last_day: str) -> list[Rollup]: ...

    async def totals(self, first_day: str, last_day: str) -> list[Rollup]:
        """The same, of all accounts together."""

    async def of_days(self, accounts: Collection[str], first_day: str, last_day: str) -> list[Rollup]:
        """The rollups of these accounts."""

    async def dearest(self, month: str, limit: int) -> list[Rollup]:
        """The sums of a month (`YYYY-MM`) by account, those whose calls cost most first."""

    async def active(self, first_day: str, last_day: str) -> int:
        """How many accounts have a record on these days."""

    async def of_accounts(self, accounts: Collection[str]) -> list[Usage]: ...

    async def recount(self, before: Millis) -> int:
        """Add records from before that time that a crash kept out of their rollups; how many."""

    async def purge(self, before: Millis) -> None:
        """Forget records of requests from before that time. Rollups stay."""


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One message of a playground conversation; `body` is JSON for the page.

    Numbers grow over all conversations and are never given again, so that a page's place stays valid.
    """

    channel: str
    seq: int
    id: str
    at: Millis
    body: str


class FeedStore(Protocol):
    """Playground conversations: what was said, kept so that a reconnecting page loses nothing."""

    async def post(self, channel: str, id: str, body: str, at: Millis) -> FeedMessage:
        """Append a message, once per (channel, id)."""

    async def since(self, channel: str, after: int, limit: int) -> list[FeedMessage]:
        """The latest `limit` messages after number `after`, in order."""

    async def forget(self, channel: str) -> None: ...

    async def purge(self, before: Millis) -> None:
        """Forget messages from before that time."""
