"""Commands about buying: what there is, the link to the checkout, plans, orders, gift codes. Payment is on the pages.

Telegram lets a bot sell credits for its Stars only, so nobody gets a link there: its adapter has commands of its own.
"""

from bots import buying_texts as words
from bots import giving, texts
from bots.asked import Asked
from bots.replies import Link, Reply
from core.catalogue import Pack, Plan
from core.errors import BadOption, CodeRefused, NotFound
from core.payments.opening import NEEDED
from core.payments.orders import DEMO, Order, OrderState
from core.stores.trade import all_of

STARS_ONLY = "telegram"
ORDERS_SHOWN = 10


async def buy(asked: Asked) -> Reply:
    """Packs and plans, and where to pay."""
    catalogue = asked.app.catalogue
    lines = [texts.pack(pack.name, pack.credits, pack.bonus, _price(pack)) for pack in catalogue.packs]
    listed = [texts.PACKS, *lines] if lines else []
    if not _sells(asked):
        return Reply("text", "\n".join([*listed, texts.NO_PAYMENT]))
    plans = [words.SEE_PLANS] if any(asked.app.checkout.ways(plan) for plan in catalogue.plans) else []
    return await _with_link(asked, [*listed, *plans])


async def plans(asked: Asked) -> Reply:
    """Credits every month, and what one has."""
    offered = _offered(asked)
    lines = [words.plan(plan.name, plan.credits, _price(plan), rolls_over=plan.rollover) for plan in offered]
    have = [words.has_plan(*_named(order)) for order in await _running(asked)]
    if not lines and not have:
        return Reply("text", words.NO_PLANS)
    return Reply("text", "\n".join([*have, *([words.PLANS, *lines, words.SUBSCRIBE] if lines else [])]))


async def subscribe(asked: Asked) -> Reply:
    """The checkout, which offers plans, and a word to who has one. Raises NotFound for a plan that is not sold here."""
    offered, wanted = _offered(asked), (asked.invocation.text("plan") or "").lower()
    chosen = [plan for plan in offered if wanted in ("", plan.name)]
    if not chosen:
        if not offered:
            return Reply("text", words.NO_PLANS)
        raise NotFound(words.no_such_plan(wanted, [plan.name for plan in offered]))
    have = [words.has_plan(*_named(order)) for order in await _running(asked)]
    lines = [words.plan(plan.name, plan.credits, _price(plan), rolls_over=plan.rollover) for plan in chosen]
    return await _with_link(asked, [*have, *([words.ANOTHER_PLAN] if have else []), *lines])


async def unsubscribe(asked: Asked) -> Reply:
    """Let every plan that renews end with what is paid for."""
    checkout, lines, links = asked.app.checkout, [], []
    for order in await _running(asked, also_unpaid=True):
        if order.gateway not in checkout.gateways:
            lines.append(
                (words.ends_at_the_provider if order.gateway in NEEDED else words.ends_elsewhere)(*_named(order))
            )
        elif not order.renews:
            lines.append(words.ends(*_named(order)))
        else:
            if page := await checkout.portal(order):
                links.append(Link(words.PORTAL, page))
            lines.append(words.ended(*_named(await checkout.stop(order))))
    return Reply("text", "\n".join(lines) or words.NO_PLAN_HELD, links=tuple(links))


async def orders(asked: Asked) -> Reply:
    """The latest purchases, as receipts."""
    bought = [order for order in await _all(asked) if order.goods is not None][:ORDERS_SHOWN]
    return Reply("text", "\n".join(_line(order) for order in bought) or words.NO_ORDERS)


async def redeem(asked: Asked) -> Reply:
    """Credits for a gift code; a friend's invitation is taken, too. Raises BadOption, CodeRefused or AttemptsThrottled.

    Gift codes are looked at first, so that guesses at either kind are counted.
    """
    code, now = asked.invocation.text("code"), asked.app.clock.now()
    if not code:
        raise BadOption("code", words.CODE_MISSING)
    try:
        entry = await asked.app.codes.redeem(asked.account, code, asked.message.id)
    except CodeRefused:
        if await asked.app.referrals.named(code) is None:
            raise
        return await giving.invited(asked, code)
    have = await asked.app.ledger.balance(asked.account.id)
    said = words.redeemed if entry.at >= now else words.redeemed_before
    return Reply("text", said(entry.amount, have.available))


async def _with_link(asked: Asked, lines: list[str]) -> Reply:
    """Only for who asked: the link buys for their account. Raises AttemptsThrottled."""
    message, checkout = asked.message, asked.app.checkout
    url = await checkout.link(asked.account, message.identity, message.reply_to, message.locale, message.id)
    minutes = asked.app.catalogue.shop.link_minutes
    is_demo = any(gateway.is_demo for gateway in checkout.gateways.values())
    text = "\n".join([*lines, words.checkout(minutes, is_demo=is_demo)])
    return Reply("text", text, links=(Link(words.OPEN_CHECKOUT, url),), demo=is_demo)


def _sells(asked: Asked) -> bool:
    """Whether there is a checkout for who asks."""
    return asked.message.identity.platform != STARS_ONLY and bool(asked.app.checkout.offers())


def _offered(asked: Asked) -> list[Plan]:
    if not _sells(asked):
        return []
    return [plan for plan in asked.app.catalogue.plans if asked.app.checkout.ways(plan)]


async def _all(asked: Asked) -> list[Order]:
    family = await asked.app.stores.accounts.family(asked.account.id)
    return await all_of(asked.app.stores.orders, family)


async def _running(asked: Asked, *, also_unpaid: bool = False) -> list[Order]:
    """Plans that are paid for now, or that go on to be paid for although the last month was taken back."""
    now, plans = asked.app.clock.now(), [order for order in await _all(asked) if order.is_plan]
    return [order for order in plans if (order.paid_until or 0) > now or (also_unpaid and order.renews)]


def _named(order: Order) -> tuple[str, int]:
    """Its plan, and until when that is paid."""
    return (order.goods.name if order.goods else ""), (order.paid_until or 0)


def _line(order: Order) -> str:
    goods = order.goods
    assert goods is not None  # noqa: S101  # the others are not listed
    credits = sum(taken.credits - taken.back for taken in order.payments)
    why = order.history[-1].why if order.history and order.state is OrderState.FAILED else ""
    price = f"{texts.money(goods.price, goods.currency)}{words.PRETENDED if order.gateway == DEMO else ''}"
    return words.order(order.created_at, goods.name, price, words.STATES[order.state], credits, order.id, why)


def _price(item: Pack | Plan) -> str:
    return texts.money(item.price, item.currency)
