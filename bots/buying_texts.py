"""Every sentence that a person reads about buying. The others are in `bots.texts`."""

from collections.abc import Sequence

from bots.texts import count
from core.clock import Millis, to_datetime
from core.payments.orders import OrderState

OPEN_CHECKOUT = "Open checkout"
PORTAL = "Manage your plan"
SEE_PLANS = "Type /plans for credits every month."
PLANS = "Plans, credits every month and more requests a day:"
SUBSCRIBE = "Type /subscribe to get one."
ANOTHER_PLAN = "What you subscribe to now is paid for as well. To change, type /unsubscribe first."
NO_PLANS = "No plan is sold here. Type /buy for single packs."
NO_PLAN_HELD = "You have no plan that is paid for. Type /plans for what there is."
CODE_MISSING = "is missing: type it after the command, such as /redeem ABCDEFG-HJKMNPQ."
NO_ORDERS = "You have bought nothing yet. Type /buy for what there is."
PRETENDED = " (demo, no real money)"
STATES = {
    OrderState.CREATED: "not chosen yet",
    OrderState.PENDING: "waiting for the payment",
    OrderState.PAID: "paid, the credits are on their way",
    OrderState.FULFILLED: "paid",
    OrderState.FAILED: "not paid",
    OrderState.EXPIRED: "expired",
    OrderState.REFUNDED: "paid back",
    OrderState.DISPUTED: "disputed",
}


def checkout(minutes: int, *, is_demo: bool) -> str:
    demo = " This is a demo: no real money is taken." if is_demo else ""
    return f"The checkout buys for your account; keep its link to yourself. It is good for {minutes} minutes.{demo}"


def plan(name: str, credits: int, price: str, *, rolls_over: bool) -> str:
    fate = "what is left stays" if rolls_over else "what is left ends with the month"
    return f"- **{name}**: {count(credits, 'credit')} every month for {price}; {fate}"


def has_plan(name: str, until: Millis) -> str:
    return f"You have **{name}**, paid until {_day(until)}."


def no_such_plan(name: str, known: Sequence[str]) -> str:
    return f"No plan is called {name[:32]!r}. There are: {', '.join(known)}."


def ended(name: str, until: Millis) -> str:
    return f"**{name}** will not renew.{f' It stays yours until {_day(until)}.' if until else ''}"


def ends(name: str, until: Millis) -> str:
    return f"**{name}** does not renew any more. It stays yours until {_day(until)}."


def ends_elsewhere(name: str, until: Millis) -> str:
    paid = f" (paid until {_day(until)})" if until else ""
    return f"**{name}**{paid} was bought inside another app: type /unsubscribe there."


def order(at: Millis, goods: str, price: str, state: str, credits: int, id: str, why: str) -> str:
    got = f", {count(credits, 'credit')}" if credits else ""
    reason = f" ({why.removesuffix('.')})" if why else ""
    return f"- {_day(at)} **{goods}** {price}: {state}{reason}{got}. Order `{id}`"


def ends_at_the_provider(name: str, until: Millis) -> str:
    """Of one that is not set up here any more: nothing here can stop it."""
    paid = f" (paid until {_day(until)})" if until else ""
    return f"**{name}**{paid} cannot be stopped from here any more: stop it at the provider that you pay it with."


def redeemed(credits: int, available: int) -> str:
    return f"**+{count(credits, 'credit')}**, balance **{available:,}**."


def redeemed_before(credits: int, available: int) -> str:
    return f"You have used this code already: it was **+{count(credits, 'credit')}**. Now you have **{available:,}**."


def _day(at: Millis) -> str:
    return f"{to_datetime(at):%Y-%m-%d}"
