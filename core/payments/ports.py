"""A payment as every provider reports it, and what can be done with one."""

from dataclasses import dataclass
from typing import Protocol

from core.accounts.model import Identity
from core.clock import Millis


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that has arrived for credits. `payment_id` is the provider's own id of it, unlike any other payment's.

    `provider` and `payment_id` together are the operation id: `tg:{charge}`, `discord:ent:{id}`. `amount` is in minor
    units of `currency` (XTR, Telegram's Stars, has no smaller ones).

    One cycle of a subscription is a payment of its own: `plan` names what is subscribed to, `until` is when the period
    that it pays for ends, if the report says so.
    """

    provider: str
    payment_id: str
    identity: Identity
    credits: int
    currency: str
    amount: int
    plan: str | None = None
    until: Millis | None = None

    @property
    def op(self) -> str:
        return f"{self.provider}:{self.payment_id}"


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """Where its credits went, and when. `is_new`: not by an earlier call, as far as this one could see."""

    account: str
    credits: int
    at: Millis
    is_new: bool


class Fulfilment(Protocol):
    """Gives a payment's credits, and takes them back. Both may be repeated in any order, and have their effect once."""

    async def credited(self, payment: Payment) -> Fulfilled:
        """The credits are there when this returns. Raises StoreError or LedgerError: repeat it then."""

    async def reversed(self, payment: Payment) -> Fulfilled:
        """A payment was taken back, and its credits are too. Raises StoreError or LedgerError: repeat it then."""
