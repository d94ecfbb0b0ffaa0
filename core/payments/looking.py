"""Ask an order's gateway what is true, and settle the order by it: for buyers, notices, pages and the clock.

Crash table: that of `core.payments.settling`; before it nothing is written but that the buyer has agreed again.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from core.clock import SECOND, Clock, Millis
from core.errors import LedgerError, NotFound, StoreBusy
from core.log import logger
from core.payments.orders import Order, OrderState, Standing
from core.payments.ports import Gateway, GatewayError, Truth
from core.payments.settling import MAX_LOST_RACES, OrderChanged, Settling
from core.stores.trade import OrderStore

ASK_EVERY: Millis = 3 * SECOND
"""A page asks the gateway for one order so often at most, however often it is looked at."""

Tell = Callable[[Order], Awaitable[bool]]
"""Tells a buyer of credits that have arrived. False when nobody can from here."""
TellBack = Callable[[Order, Order], Awaitable[None]]
"""Tells a buyer of credits that went back between the two, or came again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as a page shows it. `is_sure`: its gateway has just answered; otherwise `trouble` may say why not."""

    order: Order
    is_sure: bool
    trouble: str = ""

    @property
    def took_nothing(self) -> bool:
        """Whether it is certain that no money was taken, and none is on its way."""
        order = self.order
        if order.ref is None:
            return True
        is_open = order.state in (OrderState.PENDING, OrderState.EXPIRED, OrderState.FAILED) and not order.payments
        if order.standing is Standing.REFUSED:
            return is_open
        return is_open and self.is_sure and order.standing is Standing.OPEN


class Inquiry:
    """Asks gateways for orders."""

    def __init__(
        self,
        orders: OrderStore,
        settling: Settling,
        gateways: Mapping[str, Gateway],
        clock: Clock,
        tell: Tell,
        tell_back: TellBack,
    ) -> None:
        self._orders = orders
        self._settling = settling
        self.gateways = gateways
        self._clock = clock
        self._tell = tell
        self._tell_back = tell_back
        self._asked: dict[str, tuple[Millis, bool]] = {}

    async def seen(self, order: Order, *, agreed: bool = False) -> Seen:
        """For a page: what may still change is asked for, but not too often. A gateway that is down is no error.

        `agreed`: the buyer comes from there, so it is asked at once, and for what is bought already, too.
        """
        waits = order.ref is not None and (agreed or order.state is OrderState.PAID or not order.payments)
        if not waits:
            return Seen(order, is_sure=True)
        now = self._clock.now()
        asked_at, answered = self._asked.get(order.id, (0, False))
        if asked_at + ASK_EVERY > now and not agreed:
            return Seen(order, is_sure=answered)
        self._asked = {id_: at for id_, at in self._asked.items() if at[0] + ASK_EVERY > now}
        self._asked[order.id] = (now, False)
        try:
            order = await self.settled(order, confirms=True, agreed=agreed)
        except (GatewayError, LedgerError) as error:
            logger().warning("order not looked at", order=order.id, errorName=error.code, detail=str(error))
            trouble = error.message if isinstance(error, GatewayError) else ""
            return Seen(await self.again(order.id), is_sure=False, trouble=trouble)
        self._asked[order.id] = (now, True)
        return Seen(order, is_sure=True)

    async def settled(self, order: Order, *, confirms: bool, agreed: bool = False, tells_back: bool = True) -> Order:
        """Ask its gateway, and again if the order was changed while it answered.

        `confirms`: the money may be taken; after a refusal only if the buyer has `agreed` again. Whoever finds that
        another one's try was refused meanwhile takes nothing, as nobody has agreed to that one. `tells_back`: the buyer
        is told of what went back, once and if nothing is in the way: they see it in /orders, too.
        """
        gateway, tries = self.gateway(order), order.tries
        for _ in range(MAX_LOST_RACES):
            with suppress(OrderChanged):
                takes = confirms and not order.payments and order.tries == tries
                if takes and agreed and order.standing is Standing.REFUSED:
                    order = await self._settling.agreed(order)
                takes = takes and order.standing is not Standing.REFUSED
                truth = await (gateway.confirm if takes else gateway.look)(order)
                order = await self._settle(order, gateway, truth, tells_back=tells_back)
                reserved = await self._settling.telling(order)
                if reserved is not None and await self._told(reserved):
                    return await self._settling.told(reserved)
                return reserved or order
            order = await self.again(order.id)
        raise StoreBusy

    async def _settle(self, read: Order, gateway: Gateway, truth: Truth, *, tells_back: bool) -> Order:
        """Whoever writes the lines tells what went back by them, also if another one is faster with the state."""
        booked = await self._settling.book(read, gateway, truth)
        try:
            return await self._settling.move(booked, truth)
        finally:
            if tells_back:
                await self._tell_back(read, booked)

    def gateway(self, order: Order) -> Gateway:
        """Raises GatewayError for one that is not configured any more."""
        gateway = self.gateways.get(order.gateway or "")
        if gateway is None:
            raise GatewayError("This way to pay is not set up here any more. Ask who runs this Easel.")
        return gateway

    async def again(self, order_id: str) -> Order:
        """The order as it is now. Raises NotFound."""
        order = await self._orders.get(order_id)
        if order is None:
            raise NotFound("This order is gone.")
        return order

    async def _told(self, order: Order) -> bool:
        """Whether the buyer knows of the credits now. Whatever is in the way, they have them."""
        try:
            return await self._tell(order)
        except Exception:
            logger().exception("buyer not told", order=order.id)
            return False
