"""Orders: what people wanted to buy, and what became of it."""

from collections.abc import Sequence

from fastapi import Request

from core.admin.model import Actor
from core.app import App
from core.money import price
from core.payments.orders import DEMO, Order, OrderState
from webhooks.dashboard import formats
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, place_of, user_page

PATH = f"{ADMIN}/orders"
STATES = (("", "All"), *((state.value, state.value.capitalize()) for state in OrderState))
TONES = {
    OrderState.FULFILLED: "good", OrderState.PAID: "warm", OrderState.PENDING: "accent", OrderState.DISPUTED: "bad",
    OrderState.FAILED: "bad", OrderState.REFUNDED: "warm",
}  # fmt: skip
COLUMNS = (
    Column("Order"), Column("State"), Column("Goods"), Column("Price", True, True),
    Column("Gateway", is_short=True), Column("Account"), Column("Opened", is_short=True),
)  # fmt: skip


class Orders:
    """The page of orders."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def show(self, request: Request, actor: Actor) -> Shown:
        query = dict(request.query_params)
        state, before = chosen(query, "state", "State", STATES), place_of(query)
        wanted = OrderState(state.chosen) if state.chosen else None
        orders = await self._app.stores.orders.listed(wanted, before, PAGE + 1)
        last = orders[PAGE - 1] if len(orders) > PAGE else None
        older, newest = paging(PATH, query, (last.created_at, last.id) if last else None)
        table = orders_table(orders[:PAGE], "Orders", older, newest)
        return Shown("orders", "Orders", {"choices_of": [state], "orders": table})


def orders_table(orders: Sequence[Order], caption: str, older: str | None = None, newest: str | None = None) -> Table:
    return Table(caption, COLUMNS, list(map(_row, orders)), "No orders here.", older, newest)


def _row(order: Order) -> list[Cell]:
    why = order.history[-1].why if order.history else ""
    goods = order.goods
    gateway = "demo, no real money" if order.gateway == DEMO else order.gateway or formats.NOTHING
    payments = len(order.payments)
    return [
        Cell(order.id, hint=order.ref or ""), Cell(order.state.value, tone=TONES.get(order.state, "calm"), hint=why),
        Cell(f"{goods.name}, {goods.credits:,} credits" if goods else formats.NOTHING,
             hint=f"{payments} payments" if payments > 1 else ""),
        Cell(price(goods.price, goods.currency) if goods else formats.NOTHING), Cell(gateway),
        Cell(order.account, href=user_page(order.account)), Cell(formats.when(order.created_at)),
    ]  # fmt: skip
