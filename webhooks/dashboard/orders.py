"""Orders: what people wanted to buy, and what became of it."""

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request

from core.admin.model import Actor
from core.app import App
from core.errors import NotFound
from core.money import price
from core.payments.orders import DEMO, Change, Order, OrderState, Taken
from webhooks.dashboard.actions import offered
from webhooks.dashboard.formats import NOTHING, when
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, place_of, user_page
from webhooks.pay.words import count

PATH = f"{ADMIN}/orders"
STATES = (("", "All"), *((state.value, state.value.capitalize()) for state in OrderState))
TONES = {
    OrderState.FULFILLED: "good", OrderState.PAID: "warm", OrderState.PENDING: "accent", OrderState.DISPUTED: "bad",
    OrderState.FAILED: "bad", OrderState.REFUNDED: "warm",
}  # fmt: skip
PAID = (
    Column("Payment"), Column("When", is_short=True), Column("Amount", True, True), Column("Credits", True),
    Column("Taken back", True),
)  # fmt: skip
PAST = (Column("When", is_short=True), Column("State"), Column("Why"))
COLUMNS = (
    Column("Order", is_short=True), Column("State"), Column("Goods"), Column("Price", True, True),
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

    async def one(self, request: Request, actor: Actor) -> Shown:
        order = await self._app.stores.orders.get(request.path_params["order"])
        if order is None:
            raise NotFound("There is no such order.")
        goods, gateway = order.goods, _gateway(order)
        facts = [
            ("State", order.state.value), ("Goods", f"{goods.name}, {count(goods.credits)}" if goods else NOTHING),
            ("Price", price(goods.price, goods.currency, ",") if goods else NOTHING),
            ("Gateway", ", ".join(filter(None, (gateway.text, gateway.hint)))),
            ("Opened", when(order.created_at)),
        ]  # fmt: skip
        if order.is_plan:
            until = when(order.paid_until) if order.paid_until else NOTHING
            facts += [("Renews", "yes" if order.renews else "no"), ("Paid until", until)]
        if ref := _ref(order):
            facts.append(("Id at the gateway", ref))
        data = {
            "order": order, "facts": facts, "user": user_page(order.account), "tone": TONES.get(order.state, "calm"),
            "acts": offered("orders") if order.payments and goods else [],
            "payable": [(each.payment, f"{when(each.at)}, {_money(order, each)}") for each in reversed(order.payments)],
            "payments": Table("Payments", PAID, [_paid(order, taken) for taken in order.payments], "Nothing was paid."),
            "history": Table("History", PAST, list(map(_past, reversed(order.history))), "Nothing has happened yet."),
        }  # fmt: skip
        return Shown("orders", f"Order {order.id}", data)


def orders_table(orders: Sequence[Order], caption: str, older: str | None = None, newest: str | None = None) -> Table:
    return Table(
        caption,
        COLUMNS,
        list(map(_row, orders)),
        "No orders here. Each link that somebody asks for with /buy becomes one.",
        older,
        newest,
    )


def _row(order: Order) -> list[Cell]:
    why = order.history[-1].why if order.history and order.state is not OrderState.FULFILLED else ""
    goods = order.goods
    return [
        Cell(order.id, href=f"{PATH}/{quote(order.id)}", hint=_ref(order)),
        Cell(order.state.value, tone=TONES.get(order.state, "calm"), hint=why),
        _goods(order), Cell(price(goods.price, goods.currency, ",") if goods else NOTHING), _gateway(order),
        Cell(str(order.identity), href=user_page(order.account)), Cell(when(order.created_at)),
    ]  # fmt: skip


def _goods(order: Order) -> Cell:
    if order.goods is None:
        return Cell(NOTHING)
    several = f", {len(order.payments)} payments" if len(order.payments) > 1 else ""
    return Cell(order.goods.name, hint=f"{count(order.goods.credits)}{several}")


def _gateway(order: Order) -> Cell:
    return Cell(order.gateway or NOTHING, hint="no real money" if order.gateway == DEMO else "")


def _ref(order: Order) -> str:
    """Its id at the gateway, if that has one of its own."""
    return order.ref if order.ref and order.ref != order.id else ""


def _paid(order: Order, taken: Taken) -> list[Cell]:
    return [
        Cell(taken.payment, hint="disputed" if taken.is_disputed else ""), Cell(when(taken.at)),
        Cell(_money(order, taken)),
        Cell(f"{taken.credits:,}", value=taken.credits), Cell(f"{taken.back:,}", value=taken.back),
    ]  # fmt: skip


def _money(order: Order, taken: Taken) -> str:
    return price(taken.amount, order.goods.currency, ",") if order.goods else str(taken.amount)


def _past(change: Change) -> list[Cell]:
    return [Cell(when(change.at)), Cell(change.state.value, tone=TONES.get(change.state, "calm")), Cell(change.why)]
