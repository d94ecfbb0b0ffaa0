"""Commands about payments: /buy, /terms and /paysupport for everybody, /refund for admins."""

import re

from telegram import TransactionPartnerUser
from telegram.error import TelegramError

from bots import error_texts
from bots.telegram import sentences
from bots.telegram.client import Client
from bots.telegram.desk import Desk
from bots.telegram.html import pages
from bots.telegram.messages import Own, Spoken
from bots.telegram.places import PLATFORM, Place
from bots.telegram.refusals import is_closed
from bots.telegram.sender import Sender
from bots.telegram.stars import PROVIDER, Stars, is_refunded_already, payment_of
from bots.telegram.subscriptions import Subscriptions, told
from bots.telegram.transactions import Transactions
from core.accounts.model import Account
from core.admin.model import Actor
from core.admin.rules import allow
from core.app import App
from core.errors import EaselError, Suspended
from core.log import logger

_FROM = re.compile(rf"Question about a payment from {PLATFORM}:(\d{{1,20}}):\n")


class PaymentCommands:
    """Answers in private, wherever they were typed."""

    def __init__(
        self, app: App, client: Client, desk: Desk, sender: Sender, stars: Stars, transactions: Transactions,
        subscriptions: Subscriptions,
    ) -> None:  # fmt: skip
        self._app = app
        self._sender = sender
        self._subscriptions = subscriptions
        self._client = client
        self._desk = desk
        self._stars = stars
        self._transactions = transactions

    @property
    def commands(self) -> dict[str, Own]:
        return {"buy": self.buy, "terms": self.terms, "paysupport": self.paysupport, "refund": self.refund}

    async def buy(self, spoken: Spoken) -> None:
        await self._stars.offer(spoken.place, spoken.heard.rest)

    async def terms(self, spoken: Spoken) -> None:
        self._desk.say(spoken.place, sentences.TERMS)

    async def paysupport(self, spoken: Spoken) -> None:
        """What somebody writes goes to the operators who can be reached here: ADMINS with telegram:."""
        words = spoken.heard.rest
        operators = [int(admin.user) for admin in self._app.settings.admins if admin.platform == PLATFORM]
        if not words:
            self._desk.say(spoken.place, sentences.PAYSUPPORT_HOW, privately=True)
            return
        for operator in operators:
            note = sentences.paysupport_for_operator(str(spoken.incoming.identity), words)
            self._desk.say(Place(operator, operator), note)
        answer = sentences.PAYSUPPORT_SENT if operators else sentences.PAYSUPPORT_NOBODY
        self._desk.say(spoken.place, answer, privately=True)

    async def answer(self, spoken: Spoken) -> bool:
        """An operator's reply to such a message goes to who had asked. False if it is none."""
        note = spoken.message.reply_to_message
        match = _FROM.match((note.text or "") if note and note.from_user and note.from_user.is_bot else "")
        if match is None or spoken.incoming.identity not in self._app.settings.admins or not spoken.heard.text:
            return False
        asker = int(match[1])

        async def pass_on(at: Place) -> None:
            try:
                await self._sender.text(at, pages(sentences.paysupport_answer(spoken.heard.text))[0])
            except TelegramError as error:
                if not is_closed(error):
                    raise
                self._desk.say(spoken.place, sentences.PAYSUPPORT_UNREACHED)
            else:
                self._desk.say(spoken.place, sentences.PAYSUPPORT_ANSWERED)

        self._desk.do(Place(asker, asker), pass_on)
        return True

    async def refund(self, spoken: Spoken) -> None:
        """Give Stars back, then take the credits back. See the crash table in bots/telegram/stars.py."""
        try:
            account = await self._app.accounts.for_identity(spoken.incoming.identity)
            if account.suspended:
                raise Suspended(account.suspended, self._app.settings.support_contact)
            allow(_actor(spoken, account), "refund")
            answer = await self._refund(spoken, account) if spoken.heard.rest else sentences.REFUND_USAGE
        except EaselError as error:
            answer = error_texts.explain(error)
        except TelegramError as error:
            answer = sentences.refund_failed(str(error))
        self._desk.say(spoken.place, answer, privately=True)

    async def _refund(self, spoken: Spoken, account: Account) -> str:
        """Raises TelegramError when Telegram says no, EaselError when the credits could not be taken back yet."""
        charge = spoken.heard.rest
        found = await self._transactions.find(charge)
        if found is None or not isinstance(found.source, TransactionPartnerUser):
            return sentences.NO_SUCH_CHARGE
        buyer = found.source.user
        try:
            await self._client.refund_star_payment(buyer.id, charge)
        except TelegramError as error:
            if not is_refunded_already(error):
                raise
        logger().info("stars refunded", charge=charge, stars=found.amount)
        payment = payment_of(charge, buyer, found.source.invoice_payload, found.amount)
        await self._noted(spoken, account, found.amount, payment.credits if payment else 0)
        if payment is None:
            return sentences.refund_only_stars(found.amount)
        done = await self._stars.take_back(payment)
        said = sentences.refund_done(found.amount, done.credits)
        if payment.plan is None:
            return said
        charges = await self._subscriptions.charges(done.account, payment)
        why = await told(self._client, buyer.id, charges, canceled=True)
        return f"{said} {sentences.renewal_ended(why)}"

    async def _noted(self, spoken: Spoken, account: Account, stars: int, credits: int) -> None:
        """In the audit log, before the credits go: those may have to wait, and nobody would write it down then.

        The same message again finds the Stars given back, and gets here again.
        """
        target = f"{PROVIDER}:{spoken.heard.rest}"
        actor, after = _actor(spoken, account), {"stars": stars, "credits": credits}
        await self._app.admin.noted(actor, spoken.incoming.id, "refund", target, {**after})


def _actor(spoken: Spoken, account: Account) -> Actor:
    return Actor(account.id, str(spoken.incoming.identity), account.role, account=account.id)
