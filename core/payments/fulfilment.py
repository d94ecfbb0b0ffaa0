"""Give a payment's credits exactly once, and take them back exactly once.

A payment belongs to no account until its document, claimed by a compare-and-set, names one. From then on that account
is where everything about this payment begins, also after it was merged into another one: so a payment that is reported
again after a link is found, and not credited to the new wallet once more.

Crash table of `credited`:
  before the claim       nothing is on disk                  the provider reports again, or lists it when asked
  after the claim        which account gets the credits      the same: each call goes on from there
  after the grant        the entry `{provider}:{id}`         nobody: a repeated call finds it
Crash table of `reversed`:
  after `credited`       as above, so the lot is there       the provider says so again when it is asked
  after the reversal     the entry `...:back:{word}`         nobody: a repeated call finds it
A refund that arrives before its payment credits first and reverses then, so the late payment changes nothing.

A cycle of a subscription is a lot of its own, which ends with the cycle unless its plan rolls over. It ends so also
where the report is so late that the cycle is over: what was paid for is on record then, and gone.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict

from core.accounts.service import Accounts
from core.admin.journal import PURCHASE, REFUND, Journal
from core.admin.model import Doc
from core.clock import Millis
from core.credits.ledger import Ledger
from core.credits.model import Entry, Origin
from core.credits.operations import Grant, Reverse
from core.errors import WordOutdated
from core.payments.orders import DEMO
from core.payments.ports import Fulfilled, Payment
from core.stores.ports import SettingStore


class Claim(BaseModel):
    """What is kept of a payment: whose it is and for how many credits, but no name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    account: str
    credits: int
    order: str | None = None


class LedgerFulfilment:
    """`Fulfilment` by the ledger. `rollover`: the names of the plans whose credits outlive their cycle."""

    def __init__(
        self,
        settings: SettingStore,
        accounts: Accounts,
        ledger: Ledger,
        journal: Journal,
        rollover: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._ledger = ledger
        self._journal = journal
        self._rollover = frozenset(rollover)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def credited(self, payment: Payment) -> Fulfilled:
        """A lot of paid credits that never expire, or of a subscription's cycle. Raises StoreError or LedgerError."""
        async with self._alone(payment):
            return await self._credited(payment, await self._claim(payment))

    async def order_of(self, provider: str, payment_id: str) -> str | None:
        """The order that a payment was credited for. Raises StoreError."""
        kept = await self._settings.get(_scope(f"{provider}:{payment_id}"))
        return Claim.model_validate_json(kept.doc).order if kept else None

    async def _credited(self, payment: Payment, claim: Claim) -> Fulfilled:
        known = await self._ledger.entry(claim.account, payment.op)
        ref = f"paid {payment.amount} {payment.currency}{f' for {payment.plan}' if payment.plan else ''}"
        origin = Origin.SUBSCRIPTION if payment.plan else Origin.PAID
        grant = Grant(claim.account, payment.op, claim.credits, origin, self._expiry(payment), ref)
        entry = known or await self._ledger.follow(grant)
        await self._note(PURCHASE, payment, entry, payment.amount)
        return _fulfilled(entry, claim, is_new=known is None)

    async def reversed(self, payment: Payment, total: int | None = None, word: int = 1) -> Fulfilled:
        """What is spent already becomes debt. Raises StoreError or LedgerError.

        UnknownLot: the account is just being merged, and its credits have not arrived in the other one yet.
        """
        async with self._alone(payment):
            claim = await self._claim(payment)
            return await self._reversed(payment, claim, claim.credits if total is None else total, word)

    async def _reversed(self, payment: Payment, claim: Claim, total: int, word: int) -> Fulfilled:
        op = f"{payment.op}:back:{word}"
        if known := await self._ledger.entry(claim.account, op):
            await self._note_back(payment, known, claim, total)
            return _fulfilled(known, claim, is_new=False)
        granted = await self._credited(payment, claim)
        reverse = Reverse(claim.account, op, payment.op, total, word, ref=f"{total} of {claim.credits} taken back")
        try:
            entry = await self._ledger.follow(reverse)
        except WordOutdated:
            return replace(granted, is_new=False)
        await self._note_back(payment, entry, claim, total)
        return _fulfilled(entry, claim, is_new=True)

    async def _note_back(self, payment: Payment, entry: Entry, claim: Claim, total: int) -> None:
        """The money that went back with this word: parts of a payment add up to it, whatever their order."""
        before = total - sum(amount for _, amount in entry.clawed)
        amount = _part(payment.amount, total, claim.credits) - _part(payment.amount, before, claim.credits)
        if amount:
            await self._note(REFUND, payment, entry, amount)

    async def _note(self, kind: str, payment: Payment, entry: Entry, amount: int) -> None:
        is_demo = payment.provider.partition(":")[0] == DEMO
        data: Doc = {
            "amount": amount, "currency": f"{payment.currency} ({DEMO})" if is_demo else payment.currency,
            "credits": entry.amount, "provider": payment.provider, "payment": payment.payment_id,
            "plan": payment.plan, "order": payment.order,
        }  # fmt: skip
        await self._journal.happened(kind, entry.account, data, id=f"{kind}:{entry.op}", at=entry.at)

    def _expiry(self, payment: Payment) -> Millis | None:
        return None if payment.plan is None or payment.plan in self._rollover else payment.until

    def _alone(self, payment: Payment) -> asyncio.Lock:
        """Only so that one of two reports at once is the new one; the ledger lets just one of them in anyway."""
        return self._locks.setdefault(payment.op, asyncio.Lock())

    async def _claim(self, payment: Payment) -> Claim:
        """The payment's document, made if there is none. The first to make it decides whose payment it is."""
        scope = _scope(payment.op)
        while (kept := await self._settings.get(scope)) is None:
            account = payment.account or (await self._accounts.for_identity(payment.identity)).id
            claim = Claim(account=account, credits=payment.credits, order=payment.order)
            await self._settings.put(scope, claim.model_dump_json(), 0)
        return Claim.model_validate_json(kept.doc)


def _part(amount: int, credits: int, of: int) -> int:
    """Rounded down, as those credits were rounded up.

    So it is the very money wherever there are no fewer credits than minor units; elsewhere it may be a little more.
    """
    return amount * credits // of if of else 0


def _scope(op: str) -> str:
    return f"payment:{op}"


def _fulfilled(entry: Entry, claim: Claim, *, is_new: bool) -> Fulfilled:
    return Fulfilled(entry.account, claim.credits, entry.at, is_new)
