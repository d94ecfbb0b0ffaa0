"""What an admin looks at: short answers to `/admin stats` and its like."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bots import admin_tables as tables
from bots import admin_texts as words
from bots.admin_words import Said, days, person
from bots.asked import Asked
from core.admin.figures import DIMENSIONS, Dimension, Line, Span
from core.admin.model import Actor
from core.admin.rules import allow
from core.clock import to_datetime
from core.errors import BadOption
from core.payments.orders import OrderState

SHOWN = 12
USUAL_DAYS, MOST_DAYS = 7, 366
LINES = 15

View = Callable[[Asked, Actor, Said], Awaitable[str]]


async def _stats(asked: Asked, actor: Actor, said: Said) -> str:
    return tables.stats(await asked.app.reports.stats(_days(asked, said)))


async def _costs(asked: Asked, actor: Actor, said: Said) -> str:
    span, others = _span(asked, said)
    by = next((name for name in DIMENSIONS if name in others), None)
    if others and by is None:
        raise said.unclear()
    chosen: Dimension = by or "model"
    lines = await asked.app.reports.costs(span, [chosen], limit=LINES)
    names = await _names(asked, lines) if chosen == "account" else {}
    return tables.costs(lines, chosen, await asked.app.reports.total(span), names)


async def _names(asked: Asked, lines: Sequence[Line]) -> dict[str, str]:
    """How the accounts of these lines are known to people, by their ids."""
    store = asked.app.stores.accounts
    found = {line.by["account"]: await store.identities([line.by["account"]]) for line in lines}
    return {id: min(map(str, identities)) for id, identities in found.items() if identities}


async def _margin(asked: Asked, actor: Actor, said: Said) -> str:
    span = _days(asked, said)
    lines = await asked.app.reports.costs(span, ["model"], limit=LINES)
    return tables.margins(lines, await asked.app.reports.total(span))


async def _health(asked: Asked, actor: Actor, said: Said) -> str:
    app = asked.app
    switched, troubles = await app.switches.now(), await app.bulletin.now()
    return tables.health(await app.reports.queue(), switched, troubles, app.clock.now())


async def _audit(asked: Asked, actor: Actor, said: Said) -> str:
    action = said.words[0].lower() if said.words else None
    return tables.audit(await asked.app.stores.audit.page(None, SHOWN, action=action))


async def _orders(asked: Asked, actor: Actor, said: Said) -> str:
    stores = asked.app.stores
    if not said.words or said.words[0].lower() in list(OrderState):
        state = OrderState(said.words[0].lower()) if said.words else None
        return tables.orders(await stores.orders.listed(state, None, SHOWN))
    account = await person(asked, said.words[0])
    await asked.app.looking.seen(actor, asked.message.id, "orders", account.id)
    return tables.orders(await stores.orders.of_accounts(await stores.accounts.family(account.id), SHOWN))


async def _user(asked: Asked, actor: Actor, said: Said) -> str:
    [who], _ = said.some(1)
    account = await person(asked, who)
    return tables.person(await asked.app.looking.person(actor, asked.message.id, account.id))


async def _job(asked: Asked, actor: Actor, said: Said) -> str:
    [job], _ = said.some(1)
    found = await asked.app.looking.job(actor, asked.message.id, job.lower())
    return tables.job(found, with_prompt=asked.app.settings.admins_see_prompts)


VIEWS: dict[str, View] = {
    "stats": _stats,
    "costs": _costs,
    "margin": _margin,
    "health": _health,
    "audit": _audit,
    "orders": _orders,
    "user": _user,
    "job": _job,
}


async def view(asked: Asked, actor: Actor, said: Said) -> str:
    """Raises Refusal."""
    allow(actor, said.action)
    return await VIEWS[said.action](asked, actor, said)


async def announcement(asked: Asked, actor: Actor) -> str:
    """How far the latest one is."""
    allow(actor, "announcement")
    latest = await asked.app.announcements.latest()
    return words.NOTHING_ANNOUNCED if latest is None else words.announced(*tables.announcement(latest))


def _days(asked: Asked, said: Said) -> Span:
    """The latest days. Raises BadOption for more than a number: the numbers shown would not be those asked for."""
    span, others = _span(asked, said)
    if others:
        raise said.unclear()
    return span


def _span(asked: Asked, said: Said) -> tuple[Span, list[str]]:
    """The latest days, today included, and the words that are no number. Raises BadOption."""
    number, others = days([word for word in said.words if word.lower() != "days"], USUAL_DAYS, MOST_DAYS)
    if len(others) > 1:
        raise BadOption(said.action, "could not be understood.", words.how(said.action))
    today = to_datetime(asked.app.clock.now()).date()
    return Span((today - timedelta(days=number - 1)).isoformat(), today.isoformat()), others
