"""The pages as HTML. Nothing here asks or writes anything."""

from collections.abc import Sequence

from core.catalogue import Pack, Plan
from core.money import price
from core.payments.looking import Seen
from core.payments.orders import DEMO, Goods, Order, OrderState, Standing
from core.payments.ports import Gateway
from webhooks.assets import PALETTE
from webhooks.pay.markup import Markup, Piece, document, joined, tag
from webhooks.pay.words import cost, count, day, platform, way_back, what

RELOAD_SECONDS = 5
_SOON = "This takes a few seconds as a rule. The page goes on by itself, and you may close it, too."
_SLOW = "This may take a while, with a bank some days. You may close this page: the chat tells you when it is done."
_KINDS: dict[str, str] = {"pack": "Buy once", "plan": "Every month, until you stop it"}
_ENDED = {
    OrderState.FAILED: ("The payment failed", "No credits were added."),
    OrderState.EXPIRED: ("This link has expired", "Nobody paid in time."),
    OrderState.REFUNDED: ("This order was refunded", "The money went back, and the credits for it were taken back."),
    OrderState.DISPUTED: (
        "This payment is disputed",
        "Its credits are held back, and yours again if the dispute is decided for the payment. "
        "There is nothing to do here.",
    ),
}

_PLAN_OVER = ("This plan has ended", "Its last month is over. Ask /plans in the chat for what there is now.")


def page(title: str, *inside: Piece, refresh: str | None = None, script: bool = False, demo: bool = False) -> str:
    """`demo`: nothing on it is about real money."""
    head = joined([
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        _refresh(refresh, script=script) if refresh else None,
        tag("title", f"{title} · Easel"),
        tag("link", rel="stylesheet", href=PALETTE),
        tag("link", rel="stylesheet", href="/pay-static/pay.css"),
        tag("script", src="/pay-static/pay.js", type="module") if script else None,
    ])  # fmt: skip
    badge = tag("span", "Demo: no real money", class_="demo") if demo else None
    return document(head, tag("main", tag("p", "Easel", badge, class_="brand"), tag("h1", title), *inside))


def _refresh(content: str, *, script: bool) -> Markup:
    """Where a script looks, the page reloads itself without it only: a reload begins anew what is read aloud."""
    meta = tag("meta", http_equiv="refresh", content=content)
    return tag("noscript", meta) if script else meta


def choose(order: Order, action: str, balance: int, offers: Sequence[Pack | Plan], ways: Sequence[Gateway]) -> str:
    """`ways` are all that sell any of the offers; which of them sells what was chosen is checked when it is sent."""
    whose = f"For your account on {platform(order.reply_to)}. Balance now: {count(balance)}."
    if not offers:
        return page("Nothing is for sale here", tag("p", "No way to pay is set up for it. Ask who runs this Easel."))
    items = [(Goods.of(offer), offer.bonus if isinstance(offer, Pack) else 0) for offer in offers]
    kinds = {kind: [item for item in items if item[0].kind == kind] for kind in _KINDS}
    paid_by = [_choice("way", way.name, way.label, "", "", first=not index) for index, way in enumerate(ways)]
    form = tag(
        "form",
        *(_group(_KINDS[kind], [_item(*each, first=each == items[0]) for each in some])
          for kind, some in kinds.items() if some),
        _group("How to pay", paid_by),
        tag("button", "Go on to payment", class_="button"),
        method="post", action=action,
    )  # fmt: skip
    return page("Buy credits", tag("p", whose, class_="quiet"), form, demo=all(way.is_demo for way in ways))


def leaving(url: str, label: str, seen: Seen, *, at_once: bool, again: str, cancelled: bool) -> str:
    """To the gateway by a link, as `form-action` of a strict CSP forbids a form to be redirected to other sites."""
    if cancelled and seen.took_nothing:
        return _cancelled(url, label, again, seen.order)
    words = f"{_bought(seen.order)} You pay on the page of {label}."
    charged = "Nothing has been charged yet." if seen.took_nothing else seen.trouble or None
    said = tag("p", words, " " if charged else None, charged)
    link = tag("a", f"Pay with {label}", class_="button", href=url, rel="noreferrer")
    at_once_to = f"0; url={url}" if at_once else None
    return page(
        "Pay for your order", said, link, _again(again, seen), refresh=at_once_to, demo=_is_demo(seen.order)
    )  # fmt: skip


def _cancelled(url: str, label: str, again: str, order: Order) -> str:
    said = tag("p", f"You left the page of {label} without paying. Nothing was charged.", role="status")
    words = f"{_bought(order)} Go on with it, start over to choose something else, or close this page."
    advice = tag("p", words)
    link = tag("a", f"Pay with {label}", class_="button", href=url, rel="noreferrer")
    return page("You have not paid", said, advice, link, _start_over(again), demo=_is_demo(order))


def refused(order: Order, url: str | None, label: str, again: str) -> str:
    """The last try took nothing. `url` leads to the gateway, where another way to pay is chosen for the same order."""
    words = tag("p", f"{order.why} Nothing was charged.", role="alert")
    note = tag("p", f"Order {order.id}", class_="quiet")
    choose = f"Choose another way to pay at {label}"
    link = tag("a", choose, class_="button", href=url, rel="noreferrer") if url else None
    return page("The payment was refused", words, link, note, _start_over(again), demo=_is_demo(order))


def waiting(seen: Seen, base: str, url: str | None = None, label: str = "") -> str:
    """Nobody starts over here unless it is certain that nothing was taken: it would be paid twice.

    `url` and `label`: of the gateway's page, for who came back from it without agreeing to pay.
    """
    order = seen.order
    usual = _SLOW if order.standing is Standing.UNDERWAY else _SOON
    words = " ".join(filter(None, (seen.trouble or order.why, usual)))
    pay = tag("a", f"Pay with {label}", class_="button", href=url, rel="noreferrer") if url else None
    status = tag("div", tag("p", words), aria_live="polite", role="status", data_status=f"{base}/status",
                 data_page=base)  # fmt: skip
    note = tag("p", f"Order {order.id}", class_="quiet")
    link = tag("a", "Look again", class_="button", href=f"{base}/wait")
    return page(
        "Waiting for your payment",
        status,
        note,
        pay if seen.took_nothing else None,
        link,
        _again(f"{base}/again", seen),
        refresh=f"{RELOAD_SECONDS}; url={base}/wait",
        script=True,
        demo=_is_demo(order),
    )


def done(order: Order, balance: int, base_url: str) -> str:
    goods = order.goods
    lines = [("Order", order.id), ("Balance", count(balance))]
    if goods is not None:
        paid = [(f"Paid on {day(taken.at)}", price(taken.amount, goods.currency)) for taken in order.payments]
        lines = [("Bought", f"{what(goods)} ({goods.name})"), *paid, *lines]
    if until := order.paid_until:
        lines.insert(-2, ("Next payment" if order.renews else "Ends", day(until)))
    stop = tag("p", "To stop it, type /unsubscribe in the chat.", class_="quiet") if order.renews else None
    receipt = tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in lines))
    words = f"+{count(sum(taken.credits - taken.back for taken in order.payments))} are in your account."
    thanks = tag("p", words, role="status", class_="large")
    return page("Thank you", thanks, receipt, stop, _back(order, base_url), demo=_is_demo(order))


def ended(seen: Seen, again: str, base_url: str) -> str:
    order = seen.order
    title, words = _ENDED.get(order.state, _ENDED[OrderState.EXPIRED])
    if order.state is OrderState.EXPIRED and order.payments:
        title, words = _PLAN_OVER
    why = order.history[-1].why if order.history and order.state is OrderState.FAILED else ""
    reason = tag("p", f"Reason: {why.rstrip('.')}.") if why else None
    note = tag("p", f"Order {order.id}", class_="quiet")
    said = tag("p", words, role="status")
    late = tag("p", f"{seen.trouble} If you have paid, nothing is lost: look again later.") if seen.trouble else None
    onward = (_back(order, base_url), _again(again, seen))
    return page(title, said, reason, late, note, *onward, demo=_is_demo(order))


def trouble(title: str, words: str, *more: Piece) -> str:
    """`more`: what to do next, and a way back."""
    return page(title, tag("p", words, role="alert"), *more)


def _group(legend: str, choices: Sequence[Markup]) -> Markup:
    return tag("fieldset", tag("legend", legend), *choices)


def _item(goods: Goods, bonus: int, *, first: bool) -> Markup:
    """Packs and plans are one choice in two groups."""
    value, name = f"{goods.kind}:{goods.name}", f"{goods.name}, {bonus:,} of them bonus" if bonus else goods.name
    return _choice("item", value, what(goods), name, cost(goods), first=first)


def _bought(order: Order) -> str:
    goods = order.goods
    return f"Your order: {what(goods)} ({goods.name}) for {cost(goods)}." if goods else ""


def _choice(group: str, value: str, name: str, small: str, cost: str, *, first: bool) -> Markup:
    text = tag("span", name, tag("small", small) if small else None, class_="what")
    box = tag("input", type="radio", name_=group, value=value, required=True, checked=first)
    return tag("label", box, text, tag("span", cost, class_="price") if cost else None, class_="choice")


def _again(action: str, seen: Seen) -> Markup | None:
    """Only where no money was taken, or all of it went back: who starts over otherwise may pay twice."""
    return _start_over(action) if seen.took_nothing or seen.order.state is OrderState.REFUNDED else None


def _start_over(action: str) -> Markup:
    return tag("form", tag("button", "Start over", class_="button second"), method="post", action=action)


def _is_demo(order: Order) -> bool:
    return order.gateway == DEMO


def _back(order: Order, base_url: str) -> Markup:
    url = way_back(order.reply_to, base_url)
    words = f"Back to {platform(order.reply_to)}"
    return tag("a", words, class_="button", href=url) if url else tag("p", f"Go {words.lower()} to use them.")
