"""A person's right to see what is stored about them, and to have it deleted."""

import json
from dataclasses import asdict, replace
from typing import Any

from core.accounts import invitations
from core.accounts.model import Account, Tombstone
from core.admin.model import USAGE
from core.cache import ReplyCache
from core.clock import MINUTE, Clock, Millis, iso
from core.credits.ledger import Ledger
from core.errors import DeletionRefused, MediaError, PlanRenews
from core.ids import digest
from core.jobs.model import Job, ReplyTo
from core.log import logger
from core.media.ports import MediaStore
from core.payments.orders import Order, OrderState
from core.stores.ports import Stores
from core.stores.trade import all_of

EXPORTED_MESSAGES = 1_000_000
BOOKS: dict[str, bool | dict[str, set[str]]] = {"earned": True, "calls": {"__all__": {"cost"}}}
"""Of a usage record, what is about the operator and not about the person."""
MAX_EVENTS = 100_000
NOBODY = "deleted"
"""The user of orders whose buyer is forgotten."""
RESUME_AFTER: Millis = MINUTE
"""A deletion that has not come to its end after so long was interrupted."""


class Privacy:
    """Export and deletion. The ledger stays: it holds amounts and ids, and the books must balance."""

    def __init__(self, stores: Stores, ledger: Ledger, media: MediaStore, cache: ReplyCache, clock: Clock) -> None:
        self._stores = stores
        self._ledger = ledger
        self._media = media
        self._cache = cache
        self._clock = clock

    async def export(self, account: Account) -> dict[str, Any]:
        """Everything stored about the account, as plain JSON values; not what the operator pays and earns by it."""
        family = await self._stores.accounts.family(account.id)
        identities = [str(identity) for identity in await self._stores.accounts.identities(family)]
        entries = [entry for member in family for entry in await self._stores.ledger.entries(member)]
        return {
            "account": {
                "id": account.id,
                "since": iso(account.created_at),
                "role": account.role.label,
                "suspended": account.suspended,
            },
            "identities": identities,
            "conversation": [
                {"at": iso(message.at), **json.loads(message.body)}
                for identity in identities
                for message in await self._stores.feed.since(identity, 0, EXPORTED_MESSAGES)
            ],
            "balance": asdict(await self._ledger.balance(account.id)),
            "ledger": [
                {"at": iso(e.at), "kind": e.kind.value, "amount": e.amount, "about": e.ref or e.op} for e in entries
            ],
            "requests": [self._job(job) for job in await self._stores.jobs.all_jobs(family)],
            "orders": [self._order(order) for order in await all_of(self._stores.orders, family)],
            "usage": [
                usage.model_dump(mode="json", exclude=BOOKS) for usage in await self._stores.usage.of_accounts(family)
            ],
            "events": [
                {"at": iso(event.at), "kind": event.kind, "about": event.data}
                for member in family
                for event in await self._stores.events.page(None, MAX_EVENTS, account=member)
                if event.kind != USAGE  # said above, without what the operator pays
            ],
        }

    async def delete(self, account: Account) -> None:
        """Erase all but the ledger. Raises DeletionRefused while something is in the works.

        Crash table: after `close` no request is taken any more, and the sweeper calls `resume`; every step can be
        repeated; identities go last, so that until then the person can ask again.
        A request that crosses this either sees the closed account, or is seen here: each writes before it looks.
        """
        closed_at = self._clock.now()
        await self._stores.accounts.close(account.id, closed_at)
        try:
            await self._erase(account)
        except DeletionRefused:
            await self._stores.accounts.reopen(account.id, closed_at)
            raise

    async def resume(self) -> None:
        """Bring deletions to their end that a crash interrupted."""
        for account in await self._stores.accounts.closing(self._clock.now() - RESUME_AFTER):
            found = await self._stores.accounts.get(account)
            if found is not None:
                try:
                    await self._erase(found)
                except (DeletionRefused, MediaError) as error:  # the next round comes, and others need not wait for it
                    logger().warning("deletion goes on later", account=account, errorName=error.code)

    async def _erase(self, account: Account) -> None:
        stores, now = self._stores, self._clock.now()
        family = await stores.accounts.family(account.id)
        jobs = await stores.jobs.all_jobs(family)
        if not all(job.is_blankable(now) for job in jobs):
            raise DeletionRefused("You have a request in the works.")
        orders = await all_of(stores.orders, family)
        if any(order.renews for order in orders):  # also one whose last month was taken back: it goes on to be paid
            raise PlanRenews
        if any(_may_be_paid(order, now) for order in orders):
            raise DeletionRefused("A purchase of yours can still be paid for.")
        for job in jobs:
            if not await stores.jobs.blank(job.id, now):
                raise DeletionRefused("A result of yours is just being posted.")
            for token in job.media:
                await self._media.delete(token, job.account)
        for member in family:
            await self._cache.forget(member)
        await invitations.forget(stores.settings, family)
        for order in orders:
            await self._nameless(order)
        identities = [str(identity) for identity in await stores.accounts.identities(family)]
        for identity in identities:
            await stores.feed.forget(identity)
        current = await stores.accounts.get(account.id)
        suspended = (current.suspended if current is not None else None) or await self._owing(account.id)
        graves = [Tombstone(digest(identity), now, suspended) for identity in identities]
        await stores.accounts.forget(family, graves)

    async def _owing(self, account: str) -> str | None:
        """Why whoever deletes an account in debt is suspended should they come back: else deletion would pay it."""
        debt = (await self._ledger.balance(account)).debt
        return f"{debt:,} credits were owed for a payment that was taken back" if debt else None

    async def _nameless(self, order: Order) -> None:
        """What was bought stays, as the books do; whose it was is the account's id alone, and its link opens nothing.

        Raises DeletionRefused.
        """
        nowhere = ReplyTo(platform=order.reply_to.platform, channel="")
        who = replace(order.identity, user=NOBODY)
        nobody = replace(order, identity=who, reply_to=nowhere, url=None, token=f"gone:{order.id}")
        if nobody != order and not await self._stores.orders.save(nobody):
            raise DeletionRefused("A purchase of yours is just being worked on.")

    def _order(self, order: Order) -> dict[str, Any]:
        return {
            "id": order.id,
            "at": iso(order.created_at),
            "goods": asdict(order.goods) if order.goods else None,
            "by": order.gateway,
            "state": order.state.value,
            "payments": [
                {"at": iso(p.at), "id": p.payment, "amount": p.amount, "credits": p.credits, "taken back": p.back}
                for p in order.payments
            ],
            "history": [{"at": iso(c.at), "state": c.state.value, "why": c.why} for c in order.history],
        }

    def _job(self, job: Job) -> dict[str, Any]:
        pictures = job.result.pictures if job.result else ()
        return {
            "at": iso(job.created_at),
            "order": job.spec.model_dump(mode="json"),
            "state": job.state.value,
            "credits": job.charged,
            "pictures": [self._media.url(picture) for picture in pictures],
            "text": job.result.text if job.result else "",
        }


def _may_be_paid(order: Order, now: Millis) -> bool:
    """The buyer is at the gateway, or its money is just being booked."""
    return order.state is OrderState.PAID or (
        order.state is OrderState.PENDING and order.ref is not None and order.expires_at > now
    )
