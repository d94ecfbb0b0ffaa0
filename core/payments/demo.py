"""A gateway without money, so that a newcomer walks the whole purchase on their own machine.

What its pretended provider knows of an order is a document in the database: it outlives restarts, and all processes see
the same. It is never there beside a real gateway, or where anybody but this machine may come.
"""

import secrets
from collections.abc import Collection, Mapping

from pydantic import BaseModel

from core.clock import DAY, Clock, Millis
from core.payments.orders import DEMO, Goods, Order
from core.payments.ports import Capture, Created, Forged, GatewayError, Money, Notice, Progress, Truth, goods_of
from core.settings import Settings
from core.stores.ports import SettingStore

MONTH: Millis = 30 * DAY
SIGNATURE = "demo-signature"
"""The header of its notices. They stay within the process, so the secret in it does, too."""


class Sale(BaseModel):
    """What the pretended provider knows. `back` is by payment, in minor units; `renews`: a plan that goes on.

    `refunds` are the keys of those that were asked for.
    """

    order: str
    goods_name: str
    price: int
    currency: str
    back_url: str
    cancel_url: str
    is_plan: bool = False
    cancelled: bool = False
    delayed: bool = False
    renews: bool = False
    paid_at: list[Millis] = []
    back: dict[int, int] = {}
    disputed: list[int] = []
    refunds: list[str] = []


def demo_gateway_allowed(settings: Settings, configured: Collection[str]) -> bool:
    """Whether the demo gateway may be there: if it is asked for, on this machine only, and beside no real gateway.

    It gives credits for nothing, and a proxy may stand before a loopback address: so it is never there by itself.
    """
    return settings.demo_checkout and not configured and settings.is_private


class NoSuchSale(GatewayError):
    """Nobody was sent there with this order."""

    code = "not_found"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("The demo checkout knows no such order. Open the link from the chat again.")


class DemoGateway:
    """`Gateway`. What the buyer does at the provider are the methods from `pay` on."""

    name = DEMO
    label = "Demo checkout (no real money)"
    provider = "demo:pay"
    payee: str | None = None
    is_demo = True

    def __init__(self, store: SettingStore, clock: Clock, base_url: str) -> None:
        self._store = store
        self._clock = clock
        self._base_url = base_url
        self._secret = secrets.token_hex(16)

    def sells(self, goods: Goods) -> bool:
        return True

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        """One sale for one order, however often it is asked for."""
        goods = goods_of(order)
        sale = Sale(order=order.id, goods_name=goods.name, price=goods.price, currency=goods.currency, back_url=back,
                    cancel_url=cancel, is_plan=goods.kind == "plan", renews=goods.kind == "plan")  # fmt: skip
        await self._store.put(_scope(order.id), sale.model_dump_json(), 0)
        return Created(order.id, f"{self._base_url}/demo-pay/{order.id}")

    async def confirm(self, order: Order) -> Truth:
        return await self.look(order)

    async def look(self, order: Order) -> Truth:
        ref = order.ref or ""
        sale, _ = await self._read(ref)
        captures = tuple(
            Capture(f"{ref}-{number}", Money(sale.price, sale.currency), not sale.delayed, sale.back.get(number, 0),
                    number in sale.disputed, at + MONTH if sale.is_plan else None)
            for number, at in enumerate(sale.paid_at)
        )  # fmt: skip
        progress = Progress.PAID if captures else Progress.GONE if sale.cancelled else Progress.OPEN
        delayed = "The demo checkout has not completed the payment yet." if sale.delayed else ""
        why = "The order was cancelled at the demo checkout." if sale.cancelled else delayed
        return Truth(sale.order, progress, captures, sale.renews, why=why)

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        number = int(capture.rpartition("-")[2])
        sale, version = await self._read(order.ref or "")
        if key in sale.refunds:
            return
        sale.refunds.append(key)
        sale.back[number] = min(sale.price, sale.price if amount is None else sale.back.get(number, 0) + amount)
        await self._write(order.ref or "", sale, version)

    async def stop(self, order: Order) -> None:
        sale, version = await self._read(order.ref or "")
        sale.renews = False
        await self._write(order.ref or "", sale, version)

    async def portal(self, order: Order, back: str) -> str | None:
        return f"{self._base_url}/demo-pay/{order.ref}"

    async def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        if not secrets.compare_digest(headers.get(SIGNATURE, "").encode(), self._secret.encode()):
            raise Forged("The demo checkout has not sent this.")
        return Notice(secrets.token_hex(8), "demo.pressed", ref=body.decode())

    async def close(self) -> None: ...

    def letter(self, ref: str) -> tuple[dict[str, str], bytes]:
        """The notice that something has happened to this sale: its headers and its body."""
        return {SIGNATURE: self._secret}, ref.encode()

    # --- what happens at the pretended provider ----------------------------------------------------------------

    async def sale(self, ref: str) -> Sale:
        """Raises NoSuchSale."""
        return (await self._read(ref))[0]

    async def act(self, ref: str, action: str) -> Sale:
        """Press a button: what does not fit the sale's state changes nothing. Raises NoSuchSale, or GatewayError."""
        sale, version = await self._read(ref)
        last = len(sale.paid_at) - 1
        is_paid = last >= 0
        if action in ("pay", "later") and not is_paid and not sale.cancelled:
            sale.paid_at, sale.delayed = [self._clock.now()], action == "later"
        elif action == "pay" and sale.delayed:
            sale.delayed = False
        elif action == "cancel" and not is_paid:
            sale.cancelled = True
        elif action == "renew" and is_paid and sale.renews:
            sale.paid_at.append(self._clock.now())
        elif action == "refund" and is_paid:
            sale.back[last] = sale.price
        elif action == "dispute" and is_paid and last not in sale.disputed:
            sale.disputed, sale.back = [*sale.disputed, last], sale.back | {last: sale.price}
        elif action == "win" and last in sale.disputed:
            sale.disputed.remove(last)
            sale.back.pop(last, None)
        else:
            return sale
        await self._write(ref, sale, version)
        return sale

    async def _read(self, ref: str) -> tuple[Sale, int]:
        kept = await self._store.get(_scope(ref))
        if kept is None:
            raise NoSuchSale
        return Sale.model_validate_json(kept.doc), kept.version

    async def _write(self, ref: str, sale: Sale, version: int) -> None:
        if not await self._store.put(_scope(ref), sale.model_dump_json(), version):
            raise GatewayError("Somebody else pressed a button at the same time. Press it again.")


def _scope(ref: str) -> str:
    return f"demo-pay:{ref}"
