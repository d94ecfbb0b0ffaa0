"""The storage port of buying. As in `core.stores.ports`, each write is atomic, and durable when it returns."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.clock import Millis
from core.payments.orders import Code, Order, OrderState

PAGE = 500


class OrderStore(Protocol):
    """Orders. Unique keys: id, token, and (gateway, ref)."""

    async def add(self, order: Order) -> bool:
        """Save a new order as its version 1. False when its id is there already."""

    async def save(self, order: Order) -> bool:
        """Save a changed order if nobody else did since it was read: `order.version` is what was read.

        False when it was changed meanwhile, or is not there.
        """

    async def get(self, order: str) -> Order | None: ...

    async def by_token(self, token: str) -> Order | None:
        """The order of a link, by the digest of its secret."""

    async def by_ref(self, gateway: str, ref: str) -> Order | None: ...

    async def of_accounts(
        self, accounts: Collection[str], limit: int, before: tuple[Millis, str] | None = None
    ) -> list[Order]:
        """The latest first, those before this (created_at, id)."""

    async def due(self, now: Millis, limit: int) -> list[Order]:
        """Orders whose `look_at` has come, the longest due first."""

    async def listed(
        self, state: OrderState | None, before: tuple[Millis, str] | None, limit: int, accounts: Collection[str] = ()
    ) -> list[Order]:
        """The latest first, those before this (created_at, id); without `accounts` everybody's."""


async def all_of(orders: OrderStore, accounts: Collection[str], page: int = PAGE) -> list[Order]:
    """All orders of these accounts, the latest first: each link makes one, so that there may be very many."""
    found = part = await orders.of_accounts(accounts, page)
    while len(part) == page:
        part = await orders.of_accounts(accounts, page, (part[-1].created_at, part[-1].id))
        found = [*found, *part]
    return found


class CodeStore(Protocol):
    """Gift codes and who used them."""

    async def add(self, codes: Sequence[Code]) -> None: ...

    async def get(self, digest: str) -> Code | None: ...

    async def claim(self, digest: str, account: str, family: Collection[str], now: Millis) -> Code | None:
        """Use a code once, for an account. The same account again gets it again, so that it can go on after a crash.

        None when it is unknown, expired, used up, or was used by another account of the family.
        """

    async def finish(self, digest: str, account: str) -> None: ...

    async def unfinished(self, before: Millis) -> list[tuple[Code, str]]:
        """Codes and the accounts that have claimed them before that time and not got the credits for certain."""
