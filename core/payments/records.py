"""Purchases that were made inside a chat platform (Telegram's Stars, Discord's SKUs) as orders like any other.

They are paid before we hear of them, so they begin where other orders end. Crash table:
  after the credits, before the order is saved  the ledger is right; the next report of the payment saves the order
  after the order, before `told` is saved       the same report makes a subscriber, and is news once more
  after that, before the inviter has their due  the same report
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from core.clock import Clock, Millis
from core.errors import StoreBusy
from core.jobs.model import ReplyTo
from core.payments.fulfilment import LedgerFulfilment
from core.payments.orders import Change, Goods, Order, OrderState, Taken, moved, outcome
from core.payments.ports import Fulfilled, Payment
from core.payments.settling import MAX_LOST_RACES, subscribe
from core.stores.ports import AccountStore
from core.stores.trade import OrderStore

Bought = Callable[[str], Awaitable[None]]
"""Hears that something an account bought was credited or taken back, perhaps several times, and looks at its orders.

Raises StoreError or LedgerError.
"""


class RecordedFulfilment:
    """`Fulfilment` that keeps an order of each payment which has none, and makes subscribers of who paid for a plan."""

    def __init__(
        self,
        ledger: LedgerFulfilment,
        orders: OrderStore,
        accounts: AccountStore,
        clock: Clock,
        grace: Millis,
        bought: Bought,
    ) -> None:
        self._ledger = ledger
        self._orders = orders
        self._accounts = accounts
        self._clock = clock
        self._grace = grace
        self._bought = bought

    async def credited(self, payment: Payment) -> Fulfilled:
        """Raises StoreError or LedgerError: repeat it then."""
        done = await self._ledger.credited(payment)
        if payment.order is None:
            done = replace(done, is_new=await self._record(payment, done, None, 1))
        await self._bought(done.account)
        return done

    async def reversed(self, payment: Payment, total: int | None = None, word: int = 1) -> Fulfilled:
        """Raises StoreError or LedgerError: repeat it then."""
        done = await self._ledger.reversed(payment, total, word)
        if payment.order is None:
            back = done.credits if total is None else total
            done = replace(done, is_new=await self._record(payment, done, back, word))
        await self._bought(done.account)
        return done

    async def order_of(self, provider: str, payment_id: str) -> str | None:
        return await self._ledger.order_of(provider, payment_id) or _order_id(provider, payment_id)

    async def _record(self, payment: Payment, done: Fulfilled, back: int | None, word: int) -> bool:
        """`back`: so many of its credits are taken back; None: it is just credited. Whether that was news."""
        order_id = _order_id(payment.provider, payment.payment_id)
        for _ in range(MAX_LOST_RACES):
            order = await self._orders.get(order_id)
            if order is None:
                await self._orders.add(_order(order_id, payment, done))
                continue
            if payment.plan is not None:
                await subscribe(self._orders, self._accounts, done.account, self._grace)
            changed = replace(order, told=1) if back is None else _with_back(order, back, word, self._clock.now())
            if changed == order:
                return False
            if await self._orders.save(changed):
                if payment.plan is not None and back is not None:
                    await subscribe(self._orders, self._accounts, done.account, self._grace)
                return True
        raise StoreBusy


def _order_id(provider: str, payment_id: str) -> str:
    return f"{provider}:{payment_id}"


def _order(order_id: str, payment: Payment, done: Fulfilled) -> Order:
    goods = Goods(
        "plan" if payment.plan else "pack", payment.plan or f"{done.credits} credits", done.credits, payment.amount,
        payment.currency,
    )  # fmt: skip
    taken = Taken(payment.payment_id, payment.amount, done.credits, done.at, until=payment.until)
    return Order(
        order_id, done.account, payment.identity, ReplyTo(platform=payment.identity.platform, channel=""), "en",
        done.at, done.at, f"none:{order_id}", OrderState.FULFILLED, goods, payment.provider, payment.payment_id,
        payments=(taken,), history=(Change(done.at, OrderState.FULFILLED, "paid in the chat"),),
    )  # fmt: skip


def _with_back(order: Order, back: int, word: int, now: Millis) -> Order:
    [taken] = order.payments
    if taken.word >= word:
        return order
    order = replace(order, told=1, payments=(replace(taken, back=back, word=word),))
    state, why = outcome(order) or (order.state, "")
    return moved(order, state, why, now)
