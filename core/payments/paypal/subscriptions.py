"""Plans at PayPal: each month that was paid for is a sale with its own id (`sales`).

https://developer.paypal.com/docs/api/subscriptions/v1/
"""

import httpx

from core.clock import Clock
from core.payments.orders import Order
from core.payments.paypal import reading
from core.payments.paypal.api import Api, PayPalRefused, segment
from core.payments.paypal.asking import created
from core.payments.paypal.sales import SUBSCRIPTIONS, Sales
from core.payments.ports import Created, Progress, Truth, progress_of

MAX_REQUEST_ID = 38
"""https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions_create"""
OVER = frozenset({"CANCELLED", "EXPIRED"})
AGREED = frozenset({"APPROVED", "ACTIVE"})
GOES_ON = frozenset({"ACTIVE", "SUSPENDED"})
"""A suspended one charges nothing until it is activated again, which the buyer may not want any more."""
REASON = "The subscriber asked for it."


class Subscriptions:
    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._sales = Sales(api, clock)

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
        captures = () if status == "APPROVAL_PENDING" else await self._sales.of(order, ref)
        return Truth(
            order=reading.text(document, "custom_id") or None,
            progress=progress_of(captures, is_over=status in OVER, has_agreed=status in AGREED),
            captures=captures,
            renews=status in GOES_ON,
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
