"""The ports of accounts, of links between them, and of what is counted for them."""

from collections.abc import Collection
from typing import Protocol

from core.accounts.model import Account, Identity, LinkCode, Role, Tombstone
from core.clock import Millis


class AccountStore(Protocol):
    """Accounts and the identities that lead to them."""

    async def find(self, identity: Identity) -> Account | None: ...

    async def create(self, identity: Identity, account: Account) -> Account:
        """Bind a new account to an identity; if it has one meanwhile, that one is returned."""

    async def get(self, account: str) -> Account | None: ...

    async def identities(self, accounts: Collection[str]) -> list[Identity]: ...

    async def family(self, account: str) -> list[str]:
        """The account's id and those of all that were merged into it, however indirectly."""

    async def families(self, accounts: Collection[str]) -> dict[str, list[str]]:
        """The family of each of these accounts, none of which was merged into another."""

    async def owned(self, accounts: Collection[str]) -> dict[str, list[Identity]]:
        """The identities of each of these accounts; who has none is not in it."""

    async def raise_role(self, account: str, role: Role) -> None:
        """Set the role unless the account has a higher one."""

    async def subscribe(self, account: str, until: Millis) -> None:
        """A subscriber until then, and no longer."""

    async def mark_welcomed(self, account: str) -> None: ...

    async def set_role(self, account: str, role: Role) -> None: ...

    async def suspend(self, account: str, reason: str | None) -> None:
        """None: the suspension is over."""

    async def strikes(self, account: str) -> int: ...

    async def forgive(self, account: str) -> None:
        """Forget its strikes."""

    async def page(
        self, before: str | None, limit: int, *, role: Role | None = None, suspended: bool | None = None
    ) -> list[Account]:
        """The newest first, those before this id, without those that were merged into another or forgotten."""

    async def created(self, first: Millis, until: Millis) -> int:
        """How many accounts were made from then until before then."""

    async def strike(self, account: str, request_id: str) -> int:
        """Count a strike once per request; the number of strikes so far."""

    async def merge(self, source: str, target: str) -> bool:
        """Point a still independent account at its heir. False when it points elsewhere already."""

    async def undrained(self) -> list[tuple[str, str]]:
        """(source, target) of merges whose credits may not all have moved yet."""

    async def mark_drained(self, source: str) -> None: ...

    async def independent(self, after: str, limit: int) -> list[str]:
        """Ids of accounts that have not been merged into another, in order, those after this id."""

    async def close(self, account: str, now: Millis) -> None:
        """Note that its deletion has begun: no request is taken any more."""

    async def reopen(self, account: str, closed_at: Millis) -> None:
        """The deletion that began then was refused: requests are taken again, unless another one has begun since."""

    async def closing(self, before: Millis) -> list[str]:
        """Accounts whose deletion began before that time and has not come to its end."""

    async def forget(self, accounts: Collection[str], tombstones: Collection[Tombstone]) -> None:
        """Delete identities, keeping tombstones only, and note that the deletion of their accounts has come to its end.

        The accounts stay closed. A later tombstone replaces an earlier one.
        """

    async def tombstone(self, digest: str) -> Tombstone | None: ...


class LinkStore(Protocol):
    """One-time link codes."""

    async def add(self, code: LinkCode) -> None: ...

    async def claim(self, digest: str, account: str, now: Millis) -> LinkCode | None:
        """Claim an unexpired code for an account, once. None when unknown, expired or claimed by another."""

    async def unmerged(self) -> list[LinkCode]:
        """Codes claimed by somebody whose merge has not been recorded."""

    async def mark_merged(self, digest: str) -> None: ...

    async def purge(self, now: Millis) -> None:
        """Forget codes that have expired and lead to no unfinished merge."""


class LimitStore(Protocol):
    """Counts per key and window, exact under concurrency. A take is counted once per request."""

    async def take(self, key: str, request_id: str, limit: int, expires_at: Millis) -> int | None:
        """Count one more; how many are used now, or None when the limit is reached."""

    async def give_back(self, key: str, request_id: str) -> None: ...

    async def used(self, key: str) -> int: ...

    async def taken(self, key: str) -> list[str]:
        """The requests that are counted."""

    async def purge(self, now: Millis) -> None:
        """Forget windows that have ended."""
