"""What a provider of payments can do, and what it says is true of an order.

Whatever a provider sends us is a hint to look: an order is settled by what its own API answers when it is asked. So
lost, repeated, reordered and forged notices all lead to the same books.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.accounts.model import Identity
from core.clock import Millis
from core.errors import EaselError
from core.payments.orders import Goods, Order

# --- money that arrived --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that has arrived for credits. `payment_id` is the provider's own id of it, unlike any other payment's.

    `provider` and `payment_id` together are the operation id: `tg:{charge}`, `discord:ent:{id}`, `paypal:cap:{id}`,
    `stripe:pi:{id}`. `amount` is in minor units of `currency` (XTR, Telegram's Stars, has no smaller ones). `account`:
    who gets the credits, if that is known better than by `identity`. `order`: which order it pays for, if there is one.

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
    account: str | None = None
    order: str | None = None

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

    async def reversed(self, payment: Payment, total: int | None = None, word: int = 1) -> Fulfilled:
        """`total` of its credits (None: all) are taken back when this returns, or given back if they were too many.

        `word` numbers what is said about this payment; an older word changes nothing.
        Raises StoreError or LedgerError: repeat it then.
        """


# --- what is true of an order ----------------------------------------------------------------------------------


class Progress(StrEnum):
    """How far an order is at its provider. OPEN: somebody may still pay. GONE: nobody can any more.

    UNDERWAY: the buyer has agreed, but nothing is known yet of the money, such as of a plan's first month.
    """

    OPEN = "open"
    UNDERWAY = "underway"
    PAID = "paid"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units of `currency` (ISO 4217); mind that JPY and some others have none smaller."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Capture:
    """Money that was taken for an order, or is just being taken.

    `id` is the provider's id of it (a capture, a payment intent, one month of a subscription). `is_complete`: the money
    is ours. `back`: how much of it was refunded, reversed, charged back or is held in a dispute, in minor units.
    `is_disputed`: a dispute about it is open or lost. `until`: when the period that it pays for ends (plans).
    """

    id: str
    money: Money
    is_complete: bool
    back: int = 0
    is_disputed: bool = False
    until: Millis | None = None


def progress_of(captures: Iterable[Capture], *, is_over: bool, has_agreed: bool = False) -> Progress:
    """What an order's captures make of it. `is_over`: nobody can pay any more; money on its way may still arrive."""
    complete = [capture.is_complete for capture in captures]
    if any(complete):
        return Progress.PAID
    if is_over and not complete:
        return Progress.GONE
    return Progress.UNDERWAY if has_agreed else Progress.OPEN


@dataclass(frozen=True, slots=True)
class Truth:
    """What a provider says about an order, in answer to our own question.

    `order` is our id of it as the provider has it, `payee` who gets the money (None where a provider cannot say).
    `renews`: a plan goes on after its period. `why`: why it is gone, or is not complete, in words for the buyer.
    `refused`: this try to take the money took nothing, for certain; the next one is another try.
    """

    order: str | None
    progress: Progress
    captures: tuple[Capture, ...] = ()
    renews: bool = False
    payee: str | None = None
    why: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """An order at its provider: `ref` is its id there, `url` the page on which the buyer pays."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice whose signature is right. It names what to look at: our order, the provider's, or a payment.

    `id` is the signed id of this delivery. All three are None when it is about nothing of ours. `agreed_at`: it says
    that the buyer agreed to pay, then.
    """

    id: str
    kind: str
    order: str | None = None
    ref: str | None = None
    payment: str | None = None
    agreed_at: Millis | None = None


class GatewayError(EaselError):
    """The provider of payments cannot be used right now, or did not answer: ask again later. Nothing is lost."""

    code = "payment_unavailable"
    http_status = 503


class GatewayDown(GatewayError):
    """It does not answer anybody, such as for a lost connection: another order would fare no better now."""


def goods_of(order: Order) -> Goods:
    """What a gateway is to sell. Raises GatewayError for an order in which nothing was chosen."""
    if order.goods is None:
        raise GatewayError("The order has nothing to pay for.")
    return order.goods


class Forged(EaselError):
    """A notice that its provider did not sign, or not for us, or too long ago. Nothing is done."""

    code = "bad_signature"
    http_status = 401


class Gateway(Protocol):
    """One provider of payments. Every call may be repeated: it leads to the same order, capture or refund.

    `name` is for URLs and operation ids (`paypal`), `label` for people (`PayPal`), `provider` for payments' operation
    ids (`paypal:cap`). `payee`: what `Truth.payee` has to be, if the provider says it. `is_demo`: no real money.
    """

    name: str
    label: str
    provider: str
    payee: str | None
    is_demo: bool

    def sells(self, goods: Goods) -> bool:
        """Whether it can take the money for this, such as a plan, or its currency."""

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        """An order there. The buyer returns to the URL `back`, or to `cancel`. Raises GatewayError."""

    async def confirm(self, order: Order) -> Truth:
        """Take the money if the buyer has agreed, and say what is true. Raises GatewayError.

        For the same `order.tries` it is the same try: asked for by several at once, or again, it takes the money once.
        """

    async def look(self, order: Order) -> Truth:
        """Say what is true, disputes included, and take nothing. Raises GatewayError."""

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        """Give money back: `amount` in minor units, or what is left. With the same `key` once. Raises GatewayError."""

    async def stop(self, order: Order) -> None:
        """Let a plan not renew; what is paid for stays. Raises GatewayError."""

    async def portal(self, order: Order, back: str) -> str | None:
        """The provider's own page for the buyer's subscriptions and receipts, if it has one. Raises GatewayError."""

    async def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Check a notice's signature over the raw bytes, then read it. `headers` in lower case.

        Raises Forged, or GatewayError when it cannot be checked just now.
        """

    async def close(self) -> None: ...
