"""When an order is to be looked at again, if nobody reports anything. Pure: nothing here asks or writes.

Every wait has an end: what nobody tells us within `DISPUTABLE` is not asked for either. A notice still finds it. Only
a plan that may still be charged, such as one that PayPal has suspended, is asked for every day.
"""

from core.clock import DAY, HOUR, MINUTE, Millis
from core.payments.orders import Order, OrderState

SOON: Millis = MINUTE
OFTEN: Millis = HOUR
WATCHED: Millis = 7 * DAY
"""So long after a payment an order is looked at every day; then every week, until disputes are over."""
PAYABLE: Millis = 2 * DAY
"""Longer than any checkout at a gateway stays open. Later a notice still finds its order."""
DISPUTABLE: Millis = 200 * DAY
"""Buyers can open a dispute within 180 days: https://www.paypal.com/us/legalhub/paypal/useragreement-full"""
TELLABLE: Millis = 7 * DAY
"""So long after a payment its buyer is told. Who could not be reached until then sees it in /orders."""


def next_look(order: Order, now: Millis, *, is_gone: bool) -> Millis | None:
    """After its gateway has answered. `is_gone`: nobody can pay it there any more."""
    if is_to_be_told(order, now):
        return now + _longer(order.payments[-1].at, now, SOON)
    last = max((taken.at for taken in order.payments), default=None)
    if last is None:
        return _unpaid(order, now, is_gone=is_gone)
    renews = order.is_plan and order.renews
    if last + DISPUTABLE <= now and not renews:
        return None
    regular = now + (DAY if last + WATCHED > now else 7 * DAY)
    return min(regular, _renewal(order, now)) if renews else regular


def is_to_be_told(order: Order, now: Millis) -> bool:
    """Whether its buyer does not know of all payments yet, and it is not too late for that."""
    return order.told < len(order.payments) and order.payments[-1].at + TELLABLE > now


def after_failure(order: Order, now: Millis, least: Millis) -> Millis | None:
    """After it could not be settled: the longer it is so, the more seldom, `least` at first."""
    since = max((taken.at for taken in order.payments), default=order.created_at)
    return now + _longer(since, now, least, slowly=8) if since + DISPUTABLE > now else None


def without_gateway(order: Order, now: Millis) -> Millis | None:
    """While its gateway is not configured: it may be again."""
    return after_failure(order, now, DAY)


def _unpaid(order: Order, now: Millis, *, is_gone: bool) -> Millis | None:
    if order.state is OrderState.PENDING and order.created_at + DISPUTABLE > now:
        return now + (OFTEN if order.created_at + PAYABLE > now else DAY)
    return now + OFTEN if not is_gone and order.created_at + PAYABLE > now else None


def _renewal(order: Order, now: Millis) -> Millis:
    """Shortly before a plan's period ends, and often until the next one is paid."""
    ends = order.paid_until or 0
    if now < ends - OFTEN:
        return ends - OFTEN
    return now + (OFTEN if now < ends + WATCHED else DAY)


def _longer(since: Millis, now: Millis, least: Millis, slowly: int = 1) -> Millis:
    """A wait that grows with how long it has been so already (1, 2, 4, 8 minutes), up to a day."""
    return max(least, min((now - since) // slowly, DAY))
