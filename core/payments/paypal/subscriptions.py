"""Plans at PayPal: each month that was paid for is a sale with its own id.

https://developer.paypal.com/docs/api/subscriptions/v1/

PayPal lists the sales of a subscription but not how much of one went back, so a sale that was partially refunded at
PayPal's own site counts as kept; a refund of all of it, a reversal and a dispute are seen.
"""

import calendar

import httpx

from core.clock import DAY, SECOND, Clock, Millis, iso, to_datetime
from core.payments.orders import Order
from core.payments.paypal import reading
from core.payments.paypal.api import Api, PayPalRefused, segment
from core.payments.paypal.asking import created, disputes_of
from core.payments.ports import Capture, Created, Progress, Truth

SUBSCRIPTIONS = "/v1/billing/subscriptions"
MAX_REQUEST_ID = 38
"""https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions_create"""
OVER = frozenset({"CANCELLED", "EXPIRED"})
AGREED = frozenset({"APPROVED", "ACTIVE"})
REASON = "The subscriber asked for it."


class Subscriptions:
    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def create(self, order: Order, plan: str, back: str, cancel: str) -> Created:
        """`plan` is PayPal's id of it. Raises GatewayError."""
        context = {
            "return_url": back, "cancel_url": cancel, "user_action": "SUBSCRIBE_NOW",
            "shipping_preference": "NO_SHIPPING",
        }  # fmt: skip
        body = {"plan_id": plan, "custom_id": order.id, "application_context": context}
        return created(await self._api.post(SUBSCRIPTIONS, body, order.id[-MAX_REQUEST_ID:]), ("approve",))

    async def look(self, order: Order, ref: str) -> Truth:
        """Raises GatewayError."""
        try:
            document = await self._api.get(f"{SUBSCRIPTIONS}/{segment(ref)}")
        except PayPalRefused as error:
            if error.status == httpx.codes.NOT_FOUND:
                return Truth(order.id, Progress.GONE, why="The subscription has expired at PayPal.")
            raise
        status = reading.text(document, "status")
        sales = [] if status == "APPROVAL_PENDING" else await self._sales(order, ref)
        captures = tuple([reading.with_disputes(sale, (), await disputes_of(self._api, sale)) for sale in sales])
        return Truth(
            order=reading.text(document, "custom_id") or None,
            progress=_progress(status, captures),
            captures=captures,
            renews=status == "ACTIVE",
            why="The subscription was cancelled at PayPal." if status in OVER else "",
        )

    async def stop(self, ref: str) -> None:
        """Raises GatewayError."""
        try:
            await self._api.post(f"{SUBSCRIPTIONS}/{segment(ref)}/cancel", {"reason": REASON})
        except PayPalRefused as error:
            if "SUBSCRIPTION_STATUS_INVALID" not in error.issues:
                raise
            document = await self._api.get(f"{SUBSCRIPTIONS}/{segment(ref)}")
            if reading.text(document, "status") not in OVER:
                raise

    async def _sales(self, order: Order, ref: str) -> list[Capture]:
        span = {"start_time": iso(order.created_at - DAY), "end_time": iso(self._clock.now() + DAY)}
        found = await self._api.get(f"{SUBSCRIPTIONS}/{segment(ref)}/transactions", span)
        return [sale for each in reading.listed(found, "transactions") if (sale := _sale(each)) is not None]


def _sale(document: reading.Json) -> Capture | None:
    gross = reading.mapping(reading.mapping(document, "amount_with_breakdown"), "gross_amount")
    sale = reading.capture_in({**document, "amount": gross})
    until = month_after(reading.millis(document.get("time")))
    return sale and Capture(sale.id, sale.money, sale.is_complete, sale.back, until=until)


def month_after(at: Millis) -> Millis:
    """The same time of the same day of the next month, or of its last day."""
    then = to_datetime(at)
    year, month = (then.year + then.month // 12, then.month % 12 + 1)
    day = min(then.day, calendar.monthrange(year, month)[1])
    return round(then.replace(year=year, month=month, day=day).timestamp() * SECOND)


def _progress(status: str, captures: tuple[Capture, ...]) -> Progress:
    if any(capture.is_complete for capture in captures):
        return Progress.PAID
    if status in OVER:
        return Progress.GONE
    return Progress.UNDERWAY if status in AGREED else Progress.OPEN
