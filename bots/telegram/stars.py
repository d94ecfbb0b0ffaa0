"""Credits for Telegram Stars: the only way in which Telegram lets a bot sell them.

Crash table of a purchase. Telegram has taken the Stars before the bot hears of it:
  yes to the pre-checkout           nothing of ours          Telegram goes on, or the payment never happens
  `successful_payment` arrives      nothing of ours          the update stays with Telegram until it was handled, and
                                                             the list of transactions names the payment for ever
  payment claimed for an account    its document             the same two, see core/payments/fulfilment.py
  credits granted                   entry `tg:{charge}`      nobody; repetitions find it
  thanks said                       nothing                  nobody: said again only if the entry is new
Crash table of a refund (/refund, or by Telegram itself):
  Stars given back                  nothing of ours          the update `refunded_payment`, the list of transactions,
                                                             or /refund again: "already refunded" is a success
  credits taken back                `tg:{charge}:back:1`     nobody; repetitions find it
The charge id is the operation id, so one invoice that is paid twice is credited twice, and one payment never is. Each
cycle of a subscription is such a payment; what has to be known to end it is noted after its credits were granted, at
each report (bots/telegram/subscriptions.py).
"""

import asyncio
from contextlib import suppress

from telegram import Message, PreCheckoutQuery, SuccessfulPayment, User
from telegram.error import TelegramError

from bots.telegram import sentences
from bots.telegram.client import Client
from bots.telegram.desk import Desk
from bots.telegram.goods import Goods, Invoice, is_offered
from bots.telegram.limits import STARS
from bots.telegram.places import Place, identity_of
from bots.telegram.refusals import is_outage
from bots.telegram.subscriptions import Subscriptions
from core.app import App
from core.clock import SECOND, Millis, utc_date
from core.errors import StoreError
from core.log import logger
from core.payments.ports import Fulfilled, Payment

PROVIDER = "tg"
CHECKOUT_PAUSES = (0.3, 1.0, 2.0)
LOOK_SECONDS = 0.5
"""How long the answer before a payment may wait for the database. Telegram gives up after 10 s."""


class Stars:
    """Sells packs, and takes payments for packs and plans. Everything may happen again, and in another order."""

    def __init__(self, app: App, client: Client, desk: Desk, subscriptions: Subscriptions) -> None:
        self._app = app
        self._client = client
        self._desk = desk
        self._subscriptions = subscriptions

    async def offer(self, place: Place, name: str = "") -> None:
        """The invoice of this pack, or those of all."""
        invoices = [invoice for pack in self._app.catalogue.packs if (invoice := Invoice.of(pack)) is not None]
        chosen = [invoice for invoice in invoices if name.lower() in ("", invoice.goods.name)]
        if not chosen:
            self._desk.say(place, sentences.NO_SUCH_PACK if invoices else sentences.NOTHING_IN_STARS, privately=True)
            return
        if why := await self.not_for(place.user):
            self._desk.say(place, why, privately=True)
            return

        async def send(at: Place) -> None:
            for invoice in chosen:
                await self._client.send_invoice(
                    at.chat, invoice.title, invoice.description, invoice.goods.payload, invoice.currency,
                    invoice.prices, start_parameter=f"buy-{invoice.goods.name}"[:64],
                )  # fmt: skip

        self._desk.do(place, send, privately=True)

    async def checkout(self, query: PreCheckoutQuery) -> None:
        """Answer whether this may be paid. It waits for nothing but, shortly, for the buyer's account."""
        goods = Goods.parse(query.invoice_payload)
        is_sold = goods is not None and is_offered(goods, self._app.catalogue)
        if goods is None or not is_sold or (query.currency, query.total_amount) != (STARS, goods.stars):
            why = sentences.OFFER_CHANGED
        else:
            why = await self.not_for(query.from_user.id)
        for pause in (*CHECKOUT_PAUSES, None):
            try:
                await query.answer(ok=not why, error_message=why or None)
            except TelegramError as error:
                if pause is None or not is_outage(error):
                    logger().warning("payment not answered", detail=str(error))
                    return
                await asyncio.sleep(pause)
            else:
                return

    async def paid(self, message: Message) -> None:
        """Stars have arrived. Raises StoreError or LedgerError: it is to be told again then."""
        paid, buyer = message.successful_payment, message.from_user
        if paid is None or buyer is None:
            return
        place = Place(message.chat.id, buyer.id)
        charge = paid.telegram_payment_charge_id
        payment = payment_of(charge, buyer, paid.invoice_payload, paid.total_amount, _until(paid))
        if payment is None:
            logger().error("payment for unknown goods", charge=charge, stars=paid.total_amount)
            self._desk.say(place, sentences.PAID_FOR_UNKNOWN, privately=True)
            return
        await self.credit(payment, is_first=bool(paid.is_first_recurring))

    async def credit(self, payment: Payment, *, is_first: bool | None = None) -> Fulfilled:
        """The credits of a payment, with thanks when it is new. Raises StoreError or LedgerError.

        `is_first`: whether it begins a subscription; None: the report does not say.
        """
        done = await self._app.fulfilment.credited(payment)
        if done.is_new:
            have = await self._app.ledger.balance(done.account)
            self._desk.say(_chat_with(payment), self._thanks(payment, done.credits, have.available))
        await self._subscriptions.note(done.account, payment, is_first=is_first)
        return done

    async def take_back(self, payment: Payment) -> Fulfilled:
        """The credits of a payment that was refunded, and the news of it. Raises StoreError or LedgerError."""
        done = await self._app.fulfilment.reversed(payment)
        if done.is_new:
            self._desk.say(_chat_with(payment), sentences.refunded_to_you(done.credits))
        await self._subscriptions.take_back(done.account, payment)
        return done

    async def refunded(self, message: Message) -> None:
        """Stars were given back, whoever did that. Raises StoreError or LedgerError: it is to be told again then."""
        back = message.refunded_payment
        buyer = message.from_user if message.from_user and not message.from_user.is_bot else None
        chat = message.chat
        if back is None:
            return
        who = buyer or User(chat.id, chat.first_name or "", is_bot=False)
        payment = payment_of(back.telegram_payment_charge_id, who, back.invoice_payload, back.total_amount)
        if payment is not None:
            await self.take_back(payment)

    def _thanks(self, payment: Payment, credits: int, available: int) -> str:
        if payment.plan is None:
            return sentences.thanks(credits, available, payment.payment_id)
        rolls = any(plan.rollover for plan in self._app.catalogue.plans if plan.name == payment.plan)
        until = None if rolls or payment.until is None else utc_date(payment.until)
        return sentences.thanks_for_cycle(payment.plan, credits, available, until, payment.payment_id)

    async def not_for(self, user: int) -> str:
        """Why this person cannot buy now; if that cannot be found out in time, they can."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                account = await self._app.stores.accounts.find(identity_of(user))
                if account is not None and (account := await self._app.accounts.root(account)).suspended:
                    return sentences.BUY_SUSPENDED
        return ""


def _chat_with(payment: Payment) -> Place:
    """The private chat of who paid."""
    return Place(int(payment.identity.user), int(payment.identity.user))


def payment_of(
    charge: str, buyer: User, payload: str | None, stars: int, until: Millis | None = None
) -> Payment | None:
    """The payment as the core knows it; None when what was sold is not known. `until`: the end of a plan's cycle."""
    if (goods := Goods.parse(payload or "")) is None:
        return None
    if goods.stars != stars:
        logger().warning("paid another price", charge=charge, stars=stars, asked=goods.stars)
    plan = goods.name if goods.is_plan else None
    return Payment(
        PROVIDER, charge, identity_of(buyer.id), goods.credits, STARS, stars, plan, until if goods.is_plan else None
    )


def _until(paid: SuccessfulPayment) -> Millis | None:
    end = paid.subscription_expiration_date
    return round(end.timestamp() * SECOND) if end else None


def is_refunded_already(error: TelegramError) -> bool:
    return "charge_already_refunded" in str(error).lower()
