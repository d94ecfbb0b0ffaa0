"""Money that is paid back. The provider takes the key of the request, so that a repeated call is one refund.

Crash table, with that of `core.admin.driving`:
  after the provider has it    the money is on its way back    the same request again, or the scheduler; and the
                                                               reconciler of orders, which takes the credits back
  after the credits are taken  the order says so               the same: the provider knows the key
A provider that does not answer is asked again for an hour; meanwhile nobody can ask for another refund of that order.
"""

from core.admin.intents import Intent, Intents
from core.admin.model import Actor, Doc
from core.errors import ActionRefused, BadOption, EaselError, LedgerError, NotFound
from core.ids import digest
from core.money import price
from core.news import PaidBack
from core.payments.checkout import Checkout
from core.payments.orders import Order, Taken
from core.payments.telling import Telling
from core.stores.trade import OrderStore

INSIDE = {
    "tg": "with Telegram's Stars, and is paid back there: /refund and the part of the order's id after tg:",
    "discord:ent": "inside Discord, and only Discord pays it back: in its developer portal",
}
"""Where orders are paid back that no gateway of ours has taken."""
UNDER_WAY = "Another refund of this order is not through yet."


class CreditsToFollow(EaselError):
    """Not a LedgerError, which would say that nothing was done and never will be."""

    code = "credits_to_follow"
    retryable = True
    http_status = 503

    def __init__(self) -> None:
        super().__init__("The money is on its way back; the credits for it cannot be taken yet, and are taken later.")


class Refund:
    """`args`: the payment ("" if the order has one only), and the amount in minor units (None: what is left)."""

    def __init__(self, orders: OrderStore, checkout: Checkout, telling: Telling, intents: Intents) -> None:
        self._orders = orders
        self._checkout = checkout
        self._telling = telling
        self._intents = intents

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises NotFound, BadOption or ActionRefused."""
        order = await self._order(intent)
        if order.goods is None or not order.payments:
            raise ActionRefused("Nothing was paid for this order.")
        taken, amount = _payment(order, intent.text("payment")), intent.args["amount"]
        if order.gateway not in self._checkout.gateways:
            raise ActionRefused(f"This was paid {_elsewhere(order)}.")
        if taken.back >= taken.credits:
            raise ActionRefused("This was paid back already.")
        if isinstance(amount, int) and not 1 <= amount <= left(taken):
            raise BadOption("amount", _from_to(left(taken), order.goods.currency, amount))
        if any(_is_like(each, intent) for each in await self._intents.open()):
            raise ActionRefused(UNDER_WAY)
        return {
            "payment": taken.payment, "state": order.state.value, "paid": taken.amount,
            "currency": order.goods.currency, "credits_back": taken.back,
        }  # fmt: skip

    async def act(self, intent: Intent) -> Doc:
        """Raises GatewayError or CreditsToFollow: it goes on then.

        Raises ActionRefused when two began at once, for the second.
        """
        if any(_is_like(each, intent) for each in await self._intents.before(intent.request)):
            raise ActionRefused(UNDER_WAY)
        amount, payment = intent.args["amount"], str(intent.before["payment"])
        assert amount is None or isinstance(amount, int)  # noqa: S101  # `look` has seen it
        try:
            order = await self._checkout.refund(
                await self._order(intent), payment, amount, f"admin-{digest(intent.op)[:32]}"
            )
        except LedgerError as error:  # such as while the buyer's account is just being merged into another one
            raise CreditsToFollow from error
        taken = order.payment(payment)
        return {"state_now": order.state.value, "credits_back": taken.back if taken else 0}

    async def tell(self, intent: Intent, after: Doc) -> None:
        order = await self._orders.get(intent.target)
        if order is None or order.goods is None:
            return
        amount, goods = intent.args["amount"], order.goods
        # of parts that went back before only the credits are known, so that the rest is not told as a number
        given = intent.before["paid"] if amount is None and not intent.before["credits_back"] else amount
        money = given if isinstance(given, int) else None
        await self._telling.person(
            order.account, lambda available: PaidBack(order.id, goods.name, money, goods.currency, available), intent.op
        )

    async def _order(self, intent: Intent) -> Order:
        order = await self._orders.get(intent.target)
        if order is None:
            raise NotFound("There is no such order.")
        return order


def _payment(order: Order, wanted: str) -> Taken:
    """Raises BadOption."""
    found = order.payment(wanted) if wanted else order.payments[0] if len(order.payments) == 1 else None
    if found is None:
        known = ", ".join(taken.payment for taken in order.payments)
        raise BadOption("payment", f"must be one of {known}.")
    return found


def left(taken: Taken) -> int:
    """At most so much can go back still, in minor units. The parts that went back are known by their credits only.

    Those are rounded up (`core.payments.orders.credits_back`): what makes one credit less is less than what went back.
    """
    if not taken.back:
        return taken.amount
    return taken.amount - ((taken.back - 1) * taken.amount // taken.credits + 1)


def _from_to(most: int, currency: str, given: int) -> str:
    """Some type money, and programs its minor units."""
    least, rest = price(1, currency), price(most, currency)
    return f"must be from {least} to {rest}, which is 1 to {most} in minor units; you gave {price(given, currency)}."


def _is_like(one: Intent, other: Intent) -> bool:
    return (one.action, one.target) == (other.action, other.target)


def _elsewhere(order: Order) -> str:
    return INSIDE.get(order.gateway or "", f"with {order.gateway}, which is not set up here any more")
