"""Which subscription in Stars an account has: what has to be named to Telegram to end it.

Telegram tells of each cycle by an update, and its list of transactions has it, too; both may come twice, late, and in
another order. Only the update says whether a cycle is the first. So what is kept is a pure function of what is kept
already and one more report, which changes nothing when it comes again (`noted`).

A document belongs to the account that a cycle was credited to; after a link those of the whole family count. It has no
name in it: who types /unsubscribe is known by then, and Telegram lets nobody end what somebody else pays for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from telegram.error import TelegramError

from bots.telegram.client import Client
from bots.telegram.refusals import is_outage
from core.accounts.model import Account
from core.app import App
from core.clock import DAY, Millis
from core.payments.ports import Payment

GRACE: Millis = 3 * DAY
"""A renewal this late still belongs to the same subscription, where nothing but the list tells of it."""
PERIOD: Millis = 30 * DAY


class Subscription(BaseModel):
    """`charge` is the payment it began with, if `is_first`; else the earliest that is known. `latest` paid `until`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    plan: str
    charge: str
    latest: str
    until: Millis
    is_first: bool = False
    canceled: bool = False

    def is_active(self, now: Millis) -> bool:
        return self.until > now

    def is_refunded(self, charge: str) -> bool:
        return self.until == 0 and self.latest == charge


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    subscriptions: dict[str, Subscription] = {}


@dataclass(frozen=True, slots=True)
class Cycle:
    """One report of a payment for a plan. `is_first`: as the report says, None if it does not."""

    plan: str
    charge: str
    until: Millis
    is_first: bool | None = None


def noted(kept: Subscription | None, cycle: Cycle) -> Subscription:
    """What is known after one more report."""
    if kept is None or (cycle.until > kept.until and _begins(kept, cycle)):
        return Subscription(
            plan=cycle.plan, charge=cycle.charge, latest=cycle.charge, until=cycle.until, is_first=bool(cycle.is_first)
        )
    if kept.is_refunded(cycle.charge):
        return kept
    if cycle.until > kept.until:
        return kept.model_copy(update={"latest": cycle.charge, "until": cycle.until, "canceled": False})
    if cycle.is_first and not kept.is_first:
        return kept.model_copy(update={"charge": cycle.charge, "is_first": True})
    return kept


def taken_back(kept: Subscription | None, plan: str, charge: str) -> Subscription:
    """After the refund of a payment: the period that it paid for is over, also if the payment is told of later."""
    if kept is None:
        return Subscription(plan=plan, charge=charge, latest=charge, until=0)
    return kept.model_copy(update={"until": 0}) if kept.latest == charge else kept


def _begins(kept: Subscription, cycle: Cycle) -> bool:
    """Whether this later cycle is the first of a new subscription."""
    if kept.is_refunded(cycle.charge):
        return False
    return cycle.until - kept.until > PERIOD + GRACE if cycle.is_first is None else cycle.is_first


async def told(client: Client, user: int, charges: Iterable[str], *, canceled: bool) -> str:
    """Tell Telegram whether this person's subscription is to renew; why not, if it refuses.

    It knows a subscription by its first payment. As that is not always known, several may be tried.
    """
    why = ""
    for charge in dict.fromkeys(charges):
        try:
            await client.edit_user_star_subscription(user, charge, canceled)
        except TelegramError as error:
            why = why or str(error)
            if is_outage(error):
                return why
        else:
            return ""
    return why


class Subscriptions:
    """The documents, by account. Everything raises StoreError and may be repeated."""

    def __init__(self, bot: int, app: App) -> None:
        self._scope = f"telegram:{bot}:subscriptions"
        self._app = app

    async def note(self, account: str, payment: Payment, *, is_first: bool | None) -> None:
        """A cycle that was credited to this account."""
        if payment.plan is None or payment.until is None:
            return
        cycle = Cycle(payment.plan, payment.payment_id, payment.until, is_first)
        await self._change(account, cycle.plan, lambda kept: noted(kept, cycle))

    async def take_back(self, account: str, payment: Payment) -> None:
        """A cycle that was refunded."""
        if payment.plan is not None:
            plan, charge = payment.plan, payment.payment_id
            await self._change(account, plan, lambda kept: taken_back(kept, plan, charge))

    async def cancel(self, account: str, subscription: Subscription, *, canceled: bool) -> None:
        """What Telegram was told of it."""

        def marked(kept: Subscription | None) -> Subscription | None:
            if kept is None or kept.charge != subscription.charge:
                return kept
            return kept.model_copy(update={"canceled": canceled})

        await self._change(account, subscription.plan, marked)

    async def charges(self, account: str, payment: Payment) -> list[str]:
        """By what Telegram may know the subscription that this payment belongs to."""
        kept = (await self._kept(account))[0].subscriptions.get(payment.plan or "")
        return [*([kept.charge] if kept else []), payment.payment_id]

    async def active(self, account: Account) -> list[tuple[str, Subscription]]:
        """What the account, or one that was merged into it, has paid for now; with the account it is kept for."""
        now = self._app.clock.now()
        family = await self._app.stores.accounts.family(account.id)
        kept = [(member, one) for member in family for one in (await self._kept(member))[0].subscriptions.values()]
        return [(member, one) for member, one in kept if one.is_active(now)]

    async def _kept(self, account: str) -> tuple[_Kept, int]:
        found = await self._app.stores.settings.get(f"{self._scope}:{account}")
        return (_Kept.model_validate_json(found.doc), found.version) if found else (_Kept(), 0)

    async def _change(
        self, account: str, plan: str, change: Callable[[Subscription | None], Subscription | None]
    ) -> None:
        while True:
            kept, version = await self._kept(account)
            before = kept.subscriptions.get(plan)
            after = change(before)
            if after is None or after == before:
                return
            changed = _Kept(subscriptions=kept.subscriptions | {plan: after})
            if await self._app.stores.settings.put(f"{self._scope}:{account}", changed.model_dump_json(), version):
                return
