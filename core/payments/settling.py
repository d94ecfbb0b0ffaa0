"""Settle an order by what is true of it at its gateway: give credits, take them back, move the order on.

Nothing here depends on what arrived before, only on what the gateway says now and what the order's document says.
Crash table of `book` and `move`, for each payment of the order:
  before its line is saved     nothing is on disk               the notice comes again; the reconciler asks
  after the line is saved      the order says what is to be     the reconciler: `look_at` is set with the same write
  after the grant              entry `{provider}:{payment}`     the same; the entry is found
  after the reversal           entry `...:back:{word}`          the same; the entry is found
  after a try was refused      the order, the same `tries`      the next one is answered as that try was, and saved
  after the buyer agreed again the order, OPEN, `tries` as is   notices, the reconciler: they go on with this try
  after the state is saved     the order, `told` behind         the reconciler tells the buyer
  after the buyer was told     `told` behind, reserved          told again after a minute: a message twice, money once
  while nobody can tell them   `told` behind                    the reconciler, ever more seldom, for a week
A line of the order is saved before its entry is made, and numbers the words on it. It is saved only if nobody changed
the order since before its gateway was asked, so that no older truth is written over a newer one; and of two processes
that book, the one with the higher word has the last one in the ledger, too.
"""

from dataclasses import replace

from core.clock import Clock, Millis
from core.errors import EaselError, StoreBusy
from core.log import logger
from core.payments.due import SOON, is_to_be_told, next_look
from core.payments.orders import NEXT, Goods, Order, OrderState, Standing, Taken, credits_back, moved, outcome
from core.payments.ports import Capture, Fulfilment, Gateway, Payment, Progress, Truth
from core.stores.ports import AccountStore
from core.stores.trade import OrderStore, all_of

MAX_LOST_RACES = 100


class OrderChanged(EaselError):
    """Somebody else has settled this order meanwhile."""

    code = "order_changed"


class Settling:
    """Brings orders and the ledger to what their gateways say."""

    def __init__(
        self, orders: OrderStore, accounts: AccountStore, fulfilment: Fulfilment, clock: Clock, grace: Millis
    ) -> None:
        self._orders = orders
        self._accounts = accounts
        self._fulfilment = fulfilment
        self._clock = clock
        self._grace = grace

    async def book(self, read: Order, gateway: Gateway, truth: Truth) -> Order:
        """The order with its lines, and the ledger as they say. `read`: the order before the gateway was asked.

        Raises OrderChanged: the truth may be older than what is known now, so ask again. Raises StoreError or
        LedgerError: book it again then; nothing is done twice.
        """
        order = await self._save(read, self._with_lines(read, gateway, truth))
        for taken in order.payments:
            await self._credit(order, gateway, taken)
        return order

    async def move(self, booked: Order, truth: Truth) -> Order:
        """The order in the state that follows from its lines. Raises OrderChanged or StoreError: begin anew then."""
        order = await self._save(booked, self._with_state(booked, truth))
        if order.is_plan:
            await subscribe(self._orders, self._accounts, order.account, self._grace)
        return order

    async def agreed(self, order: Order) -> Order:
        """The buyer has agreed once more after a refusal: whoever looks may take the money. Raises OrderChanged."""
        return await self._save(order, replace(order, standing=Standing.OPEN))

    async def telling(self, order: Order) -> Order | None:
        """Reserve telling the buyer; None if there is nothing to tell, or somebody does. Raises OrderChanged."""
        now = self._clock.now()
        if not is_to_be_told(order, now) or order.telling_until > now:
            return None
        return await self._save(order, replace(order, telling_until=now + SOON))

    async def told(self, order: Order) -> Order:
        """The buyer has heard of every payment there is. Raises OrderChanged."""
        heard = replace(order, told=len(order.payments), telling_until=0)
        return await self._save(order, replace(heard, look_at=next_look(heard, self._clock.now(), is_gone=False)))

    async def _save(self, read: Order, changed: Order) -> Order:
        """What changes nothing is not written."""
        if changed == read:
            return read
        if not await self._orders.save(changed):
            raise OrderChanged(f"Order {read.id} was changed meanwhile.")
        return replace(changed, version=read.version + 1)

    def _with_lines(self, order: Order, gateway: Gateway, truth: Truth) -> Order:
        """The order with a line for each payment that is ours and complete, and how much of it went back."""
        if order.goods is None or (truth.order is not None and truth.order != order.id):
            return order
        lines = {taken.payment: taken for taken in order.payments}
        for capture in truth.captures:
            if why := _wrong(order.goods, gateway, truth, capture):
                if capture.is_complete:
                    logger().error("payment does not match its order", order=order.id, payment=capture.id, why=why)
                continue
            lines[capture.id] = _line(lines.get(capture.id), order.goods, capture, self._clock.now())
        payments, now = tuple(lines.values()), self._clock.now()
        if payments == order.payments:
            return order
        if len(payments) > len(order.payments) and OrderState.PAID in NEXT[order.state]:
            order = moved(order, OrderState.PAID, f"{gateway.label} has the money", now)
        return replace(order, payments=payments, look_at=now + SOON)

    async def _credit(self, order: Order, gateway: Gateway, taken: Taken) -> None:
        payment = _payment(order, gateway, taken)
        await self._fulfilment.credited(payment)
        if taken.word:
            await self._fulfilment.reversed(payment, taken.back, taken.word)

    def _with_state(self, order: Order, truth: Truth) -> Order:
        now = self._clock.now()
        paid = outcome(order)
        state, why = paid or _unpaid(order, truth, now)
        if paid is None and state not in NEXT[order.state]:
            state = order.state
        is_over = order.is_plan and state is OrderState.FULFILLED and not truth.renews
        if is_over and (order.paid_until or 0) + self._grace <= now:
            state, why = OrderState.EXPIRED, "the plan has ended"
        order = moved(_standing(order, truth, now), state, why, now)
        return replace(
            order, renews=truth.renews, look_at=next_look(order, now, is_gone=truth.progress is Progress.GONE)
        )


async def subscribe(orders: OrderStore, accounts: AccountStore, account_id: str, grace: Millis) -> None:
    """Make somebody a subscriber for as long as any plan of the account or its family is paid, and `grace` longer.

    Whoever writes looks again: of several at once, the last to write reads the orders after all had saved theirs.
    """
    account = await accounts.get(account_id)
    while account is not None and account.merged_into is not None:
        account = await accounts.get(account.merged_into)
    if account is None:
        return
    known = account.subscriber_until
    for _ in range(MAX_LOST_RACES):
        found = await all_of(orders, await accounts.family(account.id))
        until = max((order.paid_until + grace for order in found if order.paid_until), default=0)
        if until == known:
            return
        await accounts.subscribe(account.id, until)
        known = until
    raise StoreBusy


def _wrong(goods: Goods, gateway: Gateway, truth: Truth, capture: Capture) -> str:
    """Why this payment is not for this order, or not yet one."""
    if not capture.is_complete:
        return "it is not complete"
    if capture.money.currency != goods.currency:
        return f"{capture.money.currency} instead of {goods.currency}"
    if capture.money.amount != goods.price:
        return f"{capture.money.amount} instead of {goods.price} {goods.currency}"
    if None not in (gateway.payee, truth.payee) and gateway.payee != truth.payee:
        return "somebody else was paid"
    return ""


def _line(known: Taken | None, goods: Goods, capture: Capture, now: Millis) -> Taken:
    """What is known of a payment now. More or less of it having gone back is a new word."""
    back = credits_back(goods.credits, capture.money.amount, capture.back)
    if known is None:
        known = Taken(capture.id, capture.money.amount, goods.credits, now)
    word = known.word + (back != known.back)
    return replace(known, back=back, word=word, until=capture.until, is_disputed=capture.is_disputed)


def _payment(order: Order, gateway: Gateway, taken: Taken) -> Payment:
    goods = order.goods
    assert goods is not None  # noqa: S101  # without goods there is no payment
    return Payment(
        gateway.provider, taken.payment, order.identity, taken.credits, goods.currency, taken.amount,
        plan=goods.name if order.is_plan else None, until=taken.until, account=order.account, order=order.id,
    )  # fmt: skip


def _standing(order: Order, truth: Truth, now: Millis) -> Order:
    """What a gateway says after a refusal, such as that it waits, does not make the reason forgotten."""
    if truth.refused:
        tries = order.tries + 1
        return replace(order, standing=Standing.REFUSED, why=truth.why, tries=tries, refused_at=now)
    if truth.progress is Progress.UNDERWAY or (truth.captures and not order.payments):
        return replace(order, standing=Standing.UNDERWAY, why=truth.why)
    if order.standing is Standing.REFUSED and not truth.captures:
        return order
    return replace(order, standing=Standing.OPEN, why=truth.why)


def _unpaid(order: Order, truth: Truth, now: Millis) -> tuple[OrderState, str]:
    if truth.progress is Progress.GONE:
        return OrderState.FAILED, truth.why or "it was not paid"
    if truth.progress is Progress.PAID and not any(not capture.is_complete for capture in truth.captures):
        return OrderState.FAILED, "what was paid does not match the order; the operator will look into it"
    if order.expires_at <= now and not truth.captures and truth.progress is not Progress.UNDERWAY:
        return OrderState.EXPIRED, "nobody paid in time"
    return OrderState.PENDING, truth.why or "waiting for the payment"
