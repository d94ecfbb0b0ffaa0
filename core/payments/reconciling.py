"""Look at the orders that are due, each gateway's by themselves, so that one that is down keeps no other one waiting.

Nothing is lost where this stops: an order stays due until it was looked at, or its next look was saved.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.clock import HOUR, MINUTE, Clock, Millis
from core.errors import EaselError, StoreError
from core.log import logger
from core.payments.due import after_failure, without_gateway
from core.payments.looking import Inquiry
from core.payments.orders import Order, OrderState, moved
from core.payments.ports import GatewayDown
from core.stores.trade import OrderStore

AT_ONCE = 4
"""So many orders are asked for at one gateway at once."""
BATCH = 100
MAX_BATCHES = 20
"""In one run. More of them are due in the next one."""
DOWN_AFTER = 3
"""So many orders in a row find the gateway down: then the others of the run are not asked for."""
FAILED: Millis = 10 * MINUTE
NOT_ASKED: Millis = 5 * MINUTE
"""Shorter than after a failure: who was not asked for comes first next time."""


class _Down:
    """Which gateways are down, as far as this run has seen."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = defaultdict(int)

    def failed(self, gateway: str) -> None:
        self._failures[gateway] += 1

    def answered(self, gateway: str) -> None:
        if not self.is_down(gateway):
            self._failures[gateway] = 0

    def is_down(self, gateway: str) -> bool:
        return self._failures[gateway] >= DOWN_AFTER


class Reconciling:
    """Brings orders of which nobody has reported to what is true of them."""

    def __init__(self, orders: OrderStore, looking: Inquiry, clock: Clock) -> None:
        self._orders = orders
        self._looking = looking
        self._clock = clock

    async def run(self) -> None:
        """Look at every order that is due now. One that fails keeps no other one waiting. Raises StoreError."""
        now, down = self._clock.now(), _Down()
        for _ in range(MAX_BATCHES):
            due = await self._orders.due(now, BATCH)
            await self._all(due, down)
            if len(due) < BATCH:
                return

    async def _all(self, due: Sequence[Order], down: _Down) -> None:
        by_gateway: dict[str, list[Order]] = defaultdict(list)
        for order in due:
            by_gateway[order.gateway or ""].append(order)
        workers = [
            self._worked_off(waiting, down)
            for waiting, number in ((iter(orders), len(orders)) for orders in by_gateway.values())
            for _ in range(min(AT_ONCE, number))
        ]
        for failed in await asyncio.gather(*workers, return_exceptions=True):
            if failed is not None:
                raise failed

    async def _worked_off(self, waiting: Iterator[Order], down: _Down) -> None:
        for order in waiting:
            await self._one(order, down)

    async def _one(self, order: Order, down: _Down) -> None:
        now, gateway = self._clock.now(), order.gateway or ""
        try:
            if order.ref is None:
                await self._forget(order)
            elif gateway not in self._looking.gateways:
                await self._orders.save(replace(order, look_at=without_gateway(order, now)))
            elif down.is_down(gateway):
                await self._orders.save(replace(order, look_at=now + NOT_ASKED))
            else:
                await self._looking.settled(order, confirms=True)
                down.answered(gateway)
        except StoreError:
            raise
        except EaselError as error:
            if isinstance(error, GatewayDown):
                down.failed(gateway)
            logger().warning("order not settled", order=order.id, errorName=error.code, detail=str(error))
            await self._orders.save(replace(order, look_at=after_failure(order, now, FAILED)))
        except Exception:
            logger().exception("order crashed", order=order.id)
            await self._orders.save(replace(order, look_at=after_failure(order, now, HOUR)))

    async def _forget(self, order: Order) -> None:
        """Nobody was sent to a gateway with this one."""
        now = self._clock.now()
        if order.expires_at > now:
            await self._orders.save(replace(order, look_at=order.expires_at))
            return
        await self._orders.save(replace(moved(order, OrderState.EXPIRED, "nobody paid in time", now), look_at=None))
