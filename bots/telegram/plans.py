"""/plans, /subscribe and /unsubscribe: credits every month for Stars, answered in private.

A subscription is bought by the link of an invoice, which Telegram opens itself. It renews without asking us; whether
somebody ended it in Telegram's own settings no bot is told. https://core.telegram.org/bots/api#createinvoicelink
"""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError

from bots.telegram import sentences
from bots.telegram.client import Client
from bots.telegram.desk import Desk
from bots.telegram.goods import Goods, Invoice
from bots.telegram.limits import MONTH_SECONDS
from bots.telegram.messages import Own, Spoken
from bots.telegram.stars import Stars
from bots.telegram.subscriptions import Subscription, Subscriptions, told
from core.app import App
from core.catalogue import Plan
from core.clock import utc_date
from core.log import logger

Held = tuple[str, Subscription]


class PlanCommands:
    """Offers plans that have a price in Stars, and ends subscriptions to them."""

    def __init__(self, app: App, client: Client, desk: Desk, stars: Stars, subscriptions: Subscriptions) -> None:
        self._app = app
        self._client = client
        self._desk = desk
        self._stars = stars
        self._subscriptions = subscriptions
        self._links: dict[Goods, str] = {}

    @property
    def commands(self) -> dict[str, Own]:
        return {"plans": self.plans, "subscribe": self.subscribe, "unsubscribe": self.unsubscribe}

    async def plans(self, spoken: Spoken) -> None:
        """Raises StoreError."""
        held = [one for _, one in await self._of(spoken)]
        have = [sentences.subscribed_line(one.plan, utc_date(one.until), one.canceled) for one in held]
        lines = [_line(plan) for plan in self._offered()]
        goes_on = any(not one.canceled for one in held)
        self._say(spoken, sentences.plans(lines, have, goes_on) if lines or have else sentences.NO_PLANS_IN_STARS)

    async def subscribe(self, spoken: Spoken) -> None:
        """Raises StoreError."""
        name, offered = spoken.heard.rest.lower(), self._offered()
        wanted = [plan for plan in offered if name in ("", plan.name)]
        if not wanted:
            self._say(spoken, sentences.NO_SUCH_PLAN if offered else sentences.NO_PLANS_IN_STARS)
            return
        if why := await self._stars.not_for(spoken.place.user):
            self._say(spoken, why)
            return
        held = {one.plan: (account, one) for account, one in await self._of(spoken)}
        for plan in wanted:
            if plan.name in held:
                self._say(spoken, await self._about(spoken, held[plan.name]))
        free = [plan for plan in wanted if plan.name not in held]
        if free:
            await self._offer(spoken, free)

    async def unsubscribe(self, spoken: Spoken) -> None:
        """Raises StoreError."""
        name = spoken.heard.rest.lower()
        held = [(account, one) for account, one in await self._of(spoken) if name in ("", one.plan)]
        if not held:
            self._say(spoken, sentences.NO_SUBSCRIPTION)
        for each in held:
            self._say(spoken, await self._ended(spoken, each))

    async def _offer(self, spoken: Spoken, plans: list[Plan]) -> None:
        try:
            rows = [[await self._button(plan)] for plan in plans]
        except TelegramError as error:
            logger().warning("no invoice link", detail=str(error))
            self._say(spoken, sentences.LINK_NOT_MADE)
            return
        words = sentences.subscribe([_line(plan) for plan in plans])
        self._desk.say(spoken.place, words, InlineKeyboardMarkup(rows), privately=True)

    async def _button(self, plan: Plan) -> InlineKeyboardButton:
        invoice = Invoice.of(plan)
        assert invoice is not None  # noqa: S101  # a type guard: only plans with a price in Stars are offered
        goods = invoice.goods
        if goods not in self._links:
            self._links[goods] = await self._client.create_invoice_link(
                invoice.title, invoice.description, goods.payload, invoice.currency, invoice.prices,
                subscription_period=MONTH_SECONDS,
            )  # fmt: skip
        return InlineKeyboardButton(sentences.subscribe_button(plan.name, goods.stars), url=self._links[goods])

    async def _about(self, spoken: Spoken, held: Held) -> str:
        """Of a plan that the person has: it may go on again, if it was cancelled here."""
        account, one = held
        if not one.canceled:
            return sentences.has_that_plan(one.plan, utc_date(one.until))
        if why := await told(self._client, spoken.place.user, (one.charge, one.latest), canceled=False):
            logger().warning("subscription not renewable", charge=one.charge, detail=why)
            return sentences.has_that_plan(one.plan, utc_date(one.until))
        await self._subscriptions.cancel(account, one, canceled=False)
        return sentences.can_renew(one.plan, utc_date(one.until))

    async def _ended(self, spoken: Spoken, held: Held) -> str:
        account, one = held
        if one.canceled:
            return sentences.unsubscribed_already(one.plan, utc_date(one.until))
        if why := await told(self._client, spoken.place.user, (one.charge, one.latest), canceled=True):
            logger().warning("subscription not cancelled", charge=one.charge, detail=why)
            return sentences.not_unsubscribed(one.plan, why)
        await self._subscriptions.cancel(account, one, canceled=True)
        return sentences.unsubscribed(one.plan, utc_date(one.until))

    async def _of(self, spoken: Spoken) -> list[Held]:
        account = await self._app.accounts.for_identity(spoken.incoming.identity)
        return await self._subscriptions.active(account)

    def _offered(self) -> list[Plan]:
        return [plan for plan in self._app.catalogue.plans if plan.stars]

    def _say(self, spoken: Spoken, words: str) -> None:
        self._desk.say(spoken.place, words, privately=True)


def _line(plan: Plan) -> str:
    return sentences.plan_line(plan.name, plan.credits, plan.stars or 0, plan.rollover)
