"""What Telegram's list of Star transactions says, against what the ledger has: at the start, and every hour.

The list is in the order of time, oldest first, and starts after so many as one asks to skip:
https://core.telegram.org/bots/api#getstartransactions. How many are settled for good is kept as a number. It moves
only past what is settled, so whatever fails is looked at again, and everything in here may be done twice.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from telegram import StarTransaction, TransactionPartnerUser
from telegram.error import TelegramError

from bots.telegram.client import Client
from bots.telegram.stars import Stars, payment_of
from core.app import App
from core.clock import SECOND, Millis
from core.errors import EaselError
from core.log import logger

PAGE = 100
HOUR_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
"""After a round that failed."""


class Transactions:
    """The list of one bot."""

    def __init__(self, bot: int, app: App, client: Client, stars: Stars) -> None:
        self._scope = f"telegram:{bot}:transactions"
        self._app = app
        self._client = client
        self._stars = stars

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                is_done = await self.reconcile()
            except (TelegramError, EaselError) as error:
                logger().warning("transactions not reconciled", detail=str(error))
                is_done = False
            await asyncio.sleep(HOUR_SECONDS if is_done else AGAIN_SECONDS)

    async def reconcile(self) -> bool:
        """False when something has to be looked at again. Raises TelegramError or StoreError."""
        kept = await self._app.stores.settings.get(self._scope)
        seen = settled = int(json.loads(kept.doc)["settled"]) if kept else 0
        is_whole = True
        async for transaction in self._listed(seen):
            is_whole = await self._settled(transaction) and is_whole
            settled += is_whole
        if settled > seen:
            await self._app.stores.settings.put(
                self._scope, json.dumps({"settled": settled}), kept.version if kept else 0
            )
        return is_whole

    async def find(self, charge: str) -> StarTransaction | None:
        """The payment with this transaction id. Raises TelegramError."""
        async for transaction in self._listed(0):
            if transaction.id == charge and isinstance(transaction.source, TransactionPartnerUser):
                return transaction
        return None

    async def _listed(self, offset: int) -> AsyncIterator[StarTransaction]:
        while True:
            page = (await self._client.get_star_transactions(offset, PAGE)).transactions
            for transaction in page:
                yield transaction
            if len(page) < PAGE:
                return
            offset += len(page)

    async def _payload_of_refunded(self, transaction: StarTransaction) -> str | None:
        """A refund has the id of its payment, which says what was sold. The list need not repeat that with a refund."""
        paid = await self.find(transaction.id) if transaction.receiver else None
        return paid.source.invoice_payload if paid and isinstance(paid.source, TransactionPartnerUser) else None

    async def _settled(self, transaction: StarTransaction) -> bool:
        """A payment is credited, a refund taken back; the rest, such as withdrawals, is not about credits."""
        partner = transaction.source or transaction.receiver
        if not isinstance(partner, TransactionPartnerUser):
            return True
        payload = partner.invoice_payload or await self._payload_of_refunded(transaction)
        payment = payment_of(transaction.id, partner.user, payload, transaction.amount, _until(transaction, partner))
        if payment is None:
            return True
        fulfil = self._stars.credit if transaction.source else self._stars.take_back
        try:
            done = await fulfil(payment)
        except EaselError as error:
            logger().error("transaction not settled", charge=transaction.id, errorName=error.code, detail=str(error))
            return False
        if done.is_new:
            logger().info("transaction settled late", charge=transaction.id, credits=done.credits)
        return True


def _until(transaction: StarTransaction, partner: TransactionPartnerUser) -> Millis | None:
    """When the cycle that was paid for ends: the list names its begin and its length."""
    period = partner.subscription_period
    return round((transaction.date + period).timestamp() * SECOND) if period else None
