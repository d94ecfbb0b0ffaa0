"""An order: what somebody wants to buy, and what has become of it. Pure: nothing here asks or writes anything.

created -> pending -> paid -> fulfilled, or failed, expired, refunded, disputed. An order of a plan stays fulfilled from
one paid period to the next. Each change of the state is appended to the order's history with the reason.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from core.accounts.model import Identity
from core.catalogue import Pack, Plan
from core.clock import DAY, Millis
from core.jobs.model import ReplyTo

MAX_HISTORY = 200
RENEWS_WITHIN: Millis = DAY
"""A paid month counts for so much longer: the next one is charged when it is over, an hour later at Stripe and at some
time of the day at PayPal, and credits must not run out in between."""
DEMO = "demo"
"""The gateway that only pretends: what is bought there is marked so wherever it is seen."""


class OrderState(StrEnum):
    """CREATED: nobody was asked for money yet. PENDING: at the provider. PAID: the money is there, the credits are not.

    DISPUTED and REFUNDED: (some of) the money was taken back, and the credits for it.
    """

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FULFILLED = "fulfilled"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class Standing(StrEnum):
    """How the money of an order that is not paid stands, as its gateway said last.

    OPEN: whoever looks may take it once the buyer has agreed. REFUSED: the last try took nothing for certain, and the
    buyer has to agree again. UNDERWAY: they have agreed, and it is not here yet.
    """

    OPEN = "open"
    REFUSED = "refused"
    UNDERWAY = "underway"


NEXT: dict[OrderState, frozenset[OrderState]] = {
    OrderState.CREATED: frozenset({OrderState.PENDING, OrderState.EXPIRED, OrderState.FAILED}),
    OrderState.PENDING: frozenset(OrderState) - {OrderState.CREATED, OrderState.PENDING},
    OrderState.PAID: frozenset({OrderState.FULFILLED, OrderState.REFUNDED, OrderState.DISPUTED, OrderState.EXPIRED}),
    OrderState.FULFILLED: frozenset({OrderState.REFUNDED, OrderState.DISPUTED, OrderState.EXPIRED, OrderState.PAID}),
    OrderState.REFUNDED: frozenset({OrderState.FULFILLED, OrderState.DISPUTED, OrderState.EXPIRED}),
    OrderState.DISPUTED: frozenset({OrderState.FULFILLED, OrderState.REFUNDED, OrderState.EXPIRED}),
    OrderState.FAILED: frozenset({OrderState.PENDING, OrderState.PAID, OrderState.FULFILLED, OrderState.REFUNDED,
                                  OrderState.DISPUTED, OrderState.EXPIRED}),
    OrderState.EXPIRED: frozenset({OrderState.PENDING, OrderState.PAID, OrderState.FULFILLED, OrderState.REFUNDED,
                                   OrderState.DISPUTED}),
}  # fmt: skip
"""Money that arrives late is money: an order that failed or expired can still be paid, if its provider says so."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What is bought, at the price at which it was offered, whatever the catalogue says later.

    `price` in minor units of `currency`.
    """

    kind: Literal["pack", "plan"]
    name: str
    credits: int
    price: int
    currency: str

    @classmethod
    def of(cls, item: Pack | Plan) -> "Goods":
        if isinstance(item, Pack):
            return cls("pack", item.name, item.total, item.price, item.currency)
        return cls("plan", item.name, item.credits, item.price, item.currency)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an order's history."""

    at: Millis
    state: OrderState
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment of an order that was credited: `credits` given, `back` of them to be taken back, by word `word`."""

    payment: str
    amount: int
    credits: int
    at: Millis
    back: int = 0
    word: int = 0
    until: Millis | None = None
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase of one account. `version` counts its changes. `token` is the digest of its link's secret.

    `ref` and `url`: its id at the gateway and where to pay. `look_at`: when its gateway is to be asked again, None:
    never. `told`: how many of its payments the buyer was told of; until `telling_until` somebody is just doing so.
    `reply_to`: where `/buy` was asked. `tries`: how many tries to take the money were refused for certain, the last of
    them at `refused_at`; `why`: what the gateway says about money that is not here, in words for the buyer.
    """

    id: str
    account: str
    identity: Identity
    reply_to: ReplyTo
    locale: str
    created_at: Millis
    expires_at: Millis
    token: str
    state: OrderState = OrderState.CREATED
    goods: Goods | None = None
    gateway: str | None = None
    ref: str | None = None
    url: str | None = None
    payments: tuple[Taken, ...] = ()
    renews: bool = False
    look_at: Millis | None = None
    told: int = 0
    telling_until: Millis = 0
    standing: Standing = Standing.OPEN
    why: str = ""
    tries: int = 0
    refused_at: Millis = 0
    history: tuple[Change, ...] = field(default=())
    version: int = 0

    @property
    def is_plan(self) -> bool:
        return self.goods is not None and self.goods.kind == "plan"

    @property
    def paid_until(self) -> Millis | None:
        """When the last paid and not taken back period of a plan ends."""
        ends = [taken.until for taken in self.payments if taken.until is not None and taken.back < taken.credits]
        return max(ends, default=None)

    @property
    def was_disputed(self) -> bool:
        """Whether a payment of it is in dispute, or ever was: its buyer is one to look at twice."""
        return any(change.state is OrderState.DISPUTED for change in self.history)

    def payment(self, payment_id: str) -> Taken | None:
        return next((taken for taken in self.payments if taken.payment == payment_id), None)


@dataclass(frozen=True, slots=True)
class Code:
    """A gift code, by its digest: `credits` for each of `uses` accounts."""

    digest: str
    credits: int
    uses: int
    created_at: Millis
    expires_at: Millis


def moved(order: Order, state: OrderState, why: str, now: Millis) -> Order:
    """The order in its next state, with a line of history. The same state again changes nothing.

    Raises ValueError for a step that no order takes: the caller is wrong.
    """
    if state is order.state:
        return order
    if state not in NEXT[order.state]:
        raise ValueError(f"order {order.id} cannot go from {order.state} to {state}")
    history = (*order.history, Change(now, state, why))[-MAX_HISTORY:]
    return replace(order, state=state, history=history)


def credits_back(credits: int, amount: int, back: int) -> int:
    """How many of a payment's credits go when `back` of its `amount` did: rounded up, all for all."""
    return min(credits, -(-credits * min(back, amount) // amount)) if amount else credits


def outcome(order: Order) -> tuple[OrderState, str] | None:
    """The state that an order's payments put it into; None while there are none."""
    if not order.payments:
        return None
    if any(taken.is_disputed for taken in order.payments):
        return OrderState.DISPUTED, "a dispute is open or was lost"
    if all(taken.back >= taken.credits for taken in order.payments):
        return OrderState.REFUNDED, "the money went back"
    return OrderState.FULFILLED, "credited"
