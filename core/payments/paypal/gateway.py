"""`Gateway` for PayPal: one-off orders here, plans in `subscriptions`, notices in `notices`.

Whatever capturing answers, the order is looked at again afterwards. So a capture that happened although its answer got
lost, or that somebody else did first, ends as any other one.
"""

from collections.abc import Mapping
from dataclasses import replace

import httpx

from core.clock import Clock
from core.payments.orders import Goods, Order
from core.payments.paypal import money, reading
from core.payments.paypal.api import LIVE, SANDBOX, Api, Json, PayPalRefused, segment
from core.payments.paypal.asking import created, disputes_of
from core.payments.paypal.notices import notice_in
from core.payments.paypal.signature import Check
from core.payments.paypal.subscriptions import Subscriptions
from core.payments.ports import Created, GatewayError, Money, Notice, Progress, Truth, goods_of

AUTOPAY = {
    LIVE: "https://www.paypal.com/myaccount/autopay/",
    SANDBOX: "https://www.sandbox.paypal.com/myaccount/autopay/",
}
ORDERS = "/v2/checkout/orders"
DONE_BEFORE = frozenset({"CAPTURE_FULLY_REFUNDED"})


class PayPal:
    """`plans`: the id at PayPal of each plan that is sold there, by our name of it. `payee`: the merchant id."""

    name = "paypal"
    label = "PayPal"
    provider = "paypal:cap"
    is_demo = False

    def __init__(self, api: Api, check: Check, plans: Mapping[str, str], payee: str | None, clock: Clock) -> None:
        self.payee = payee or None
        self._api = api
        self._check = check
        self._plans = plans
        self._subscriptions = Subscriptions(api, clock)

    def sells(self, goods: Goods) -> bool:
        if not money.can_write(Money(goods.price, goods.currency)):
            return False
        return goods.kind != "plan" or goods.name in self._plans

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        goods = goods_of(order)
        if order.is_plan:
            if goods.name not in self._plans:
                raise GatewayError(f"The plan {goods.name} is not sold through PayPal.")
            return await self._subscriptions.create(order, self._plans[goods.name], back, cancel)
        answer = await self._api.post(ORDERS, _order(order, goods, back, cancel), f"order:{order.id}")
        return created(answer, ("payer-action", "approve"))

    async def confirm(self, order: Order) -> Truth:
        if order.is_plan or order.ref is None:
            return await self.look(order)
        document = await self._document(order.ref)
        if document is None or reading.text(document, "status") != "APPROVED":
            return await self._truth(order, document)
        return await self._captured(order, order.ref)

    async def look(self, order: Order) -> Truth:
        if order.ref is None:
            return Truth(order.id, Progress.OPEN)
        if order.is_plan:
            return await self._subscriptions.look(order, order.ref)
        return await self._truth(order, await self._document(order.ref))

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        body: Json = {} if amount is None else {"amount": money.written(Money(amount, goods_of(order).currency))}
        try:
            await self._api.post(f"/v2/payments/captures/{segment(capture)}/refund", body, f"refund:{key}")
        except PayPalRefused as error:
            if not error.issues & DONE_BEFORE:
                raise

    async def stop(self, order: Order) -> None:
        if order.is_plan and order.ref is not None:
            await self._subscriptions.stop(order.ref)

    async def portal(self, order: Order, back: str) -> str | None:
        return AUTOPAY.get(self._api.base)

    async def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return notice_in(await self._check.verified(headers, body), body)

    async def close(self) -> None:
        await self._check.close()
        await self._api.close()

    async def _document(self, ref: str) -> Json | None:
        """None for an order that PayPal has forgotten: nobody approved it for hours."""
        try:
            return await self._api.get(f"{ORDERS}/{segment(ref)}")
        except PayPalRefused as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def _captured(self, order: Order, ref: str) -> Truth:
        why, trouble = "", None
        try:
            await self._api.post(f"{ORDERS}/{segment(ref)}/capture", {}, _capture_key(order))
        except PayPalRefused as error:
            why = _refusal(error)
        except GatewayError as error:
            trouble = error
        truth = await self.look(order)
        if trouble and not truth.captures:
            raise trouble
        return truth if truth.captures or not why else replace(truth, why=why, refused=True)

    async def _truth(self, order: Order, document: Json | None) -> Truth:
        if document is None:
            return Truth(order.id, Progress.GONE, why="The order has expired at PayPal.")
        taken = reading.captures_in(document)
        return reading.order_truth(document, {each.id: await disputes_of(self._api, each, order) for each in taken})


def _order(order: Order, goods: Goods, back: str, cancel: str) -> Json:
    """https://developer.paypal.com/docs/api/orders/v2/#orders_create"""
    context = {
        "return_url": back, "cancel_url": cancel, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
    }  # fmt: skip
    unit = {
        "custom_id": order.id, "invoice_id": order.id, "description": f"{goods.credits} credits",
        "amount": money.written(Money(goods.price, goods.currency)),
    }  # fmt: skip
    source = {"paypal": {"experience_context": context}}
    return {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}


def _capture_key(order: Order) -> str:
    """One for each try: under one that was refused PayPal may repeat the refusal, whatever card it is now."""
    return f"cap:{order.id}:{order.tries}" if order.tries else f"cap:{order.id}"


def _refusal(error: PayPalRefused) -> str:
    """In words for the buyer; nothing for what the order itself says better. Raises `error` if it is our fault."""
    if error.issues & {"ORDER_ALREADY_CAPTURED", "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"}:
        return ""
    if error.issues & {"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"}:
        return "PayPal wants you to agree to the payment there once more."
    if "INSTRUMENT_DECLINED" in error.issues:
        return "PayPal declined the way to pay: please choose another one there."
    if error.status == httpx.codes.UNPROCESSABLE_ENTITY:
        return "PayPal refused the payment."
    raise error
