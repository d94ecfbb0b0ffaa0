"""Telegram Stars: invoices, the question before a payment, refunds, subscriptions, the list of transactions.

https://core.telegram.org/bots/api#payments
"""

from dataclasses import dataclass, field
from itertools import count

from core.clock import SECOND, Clock
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.invoices import Invoice, invoice_of
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.model import Record, User, filled
from tests.fakes.telegram.posting import Posting
from tests.fakes.telegram.questions import Questions
from tests.fakes.telegram.updates import Updates
from tests.fakes.telegram.world import World

CHECKOUT_WINDOW = 10 * SECOND
"""https://core.telegram.org/bots/api#answerprecheckoutquery"""
FIRST_CHECKOUT = 8_382_000_000_000_000_001
MAX_TRANSACTIONS = 100
LINK = "https://t.me/$"


@dataclass
class Charge:
    """Stars that went from somebody to the bot. `telegram_payment_charge_id` is its `id`."""

    id: str
    user: User
    invoice: Invoice
    at: int
    chat_id: int
    refunded: bool = False
    canceled: bool = field(default=False)

    def paid(self) -> Json:
        return self.invoice.asked() | {"telegram_payment_charge_id": self.id, "provider_payment_charge_id": ""}


class Payments:
    """Invoices by message and by link, questions before a payment, and all charges."""

    def __init__(self, world: World, posting: Posting, updates: Updates, clock: Clock) -> None:
        self._world = world
        self._posting = posting
        self._updates = updates
        self._numbers = count(1)
        self.checkouts = Questions(clock, CHECKOUT_WINDOW, FIRST_CHECKOUT)
        self.sent: dict[tuple[int, int], Invoice] = {}
        self.links: dict[str, Invoice] = {}
        self.charges: dict[str, Charge] = {}
        self.transactions: list[Json] = []

    def handlers(self) -> Handlers:
        return {
            "sendInvoice": self.send, "createInvoiceLink": self.link, "answerPreCheckoutQuery": self.answer,
            "refundStarPayment": self.refund, "getStarTransactions": self.listed, "getMyStarBalance": self.balance,
            "editUserStarSubscription": self.edit_subscription,
        }  # fmt: skip

    def send(self, call: Call) -> Json:
        invoice = invoice_of(call)
        place = self._posting.place(call, invoice="reply_markup" in call.args)
        pay = {"inline_keyboard": [[{"text": f"Pay ⭐️{invoice.amount}", "pay": True}]]}
        record = self._posting.post(place, {"invoice": invoice.json()} | {"reply_markup": pay} | place.fields)
        self.sent[record.chat_id, record.id] = invoice
        return record.json

    def link(self, call: Call) -> str:
        address = f"{LINK}invoice{next(self._numbers)}"
        self.links[address] = invoice_of(call)
        return address

    def answer(self, call: Call) -> bool:
        """Raises ApiError 400 when 10 s are over."""
        if not call.flag("ok") and not call.text("error_message"):
            raise bad('parameter "error_message" is required')
        question = self.checkouts.check(call.text("pre_checkout_query_id"))
        question.answer = {"ok": call.flag("ok"), "error_message": call.text("error_message")}
        return True

    def charge(self, user: User, invoice: Invoice, chat_id: int) -> Charge:
        """Take the Stars."""
        charge = Charge(f"stx{next(self._numbers):010d}", user, invoice, self._world.now(), chat_id)
        self.charges[charge.id] = charge
        self._note(charge, "source")
        return charge

    def invoice(self, named: Record | Json | str) -> Invoice:
        """What is for sale in this message or under this link."""
        if isinstance(named, str):
            return self.links[named]
        message = named.json if isinstance(named, Record) else named
        return self.sent[message["chat"]["id"], message["message_id"]]

    def refund(self, call: Call) -> bool:
        charge = self._charge(call)
        if charge.refunded:
            raise bad("CHARGE_ALREADY_REFUNDED")
        charge.refunded = True
        self._note(charge, "receiver")
        chat = self._world.private(charge.user)
        record = self._world.write(chat, self._world.bot, {"refunded_payment": charge.paid()})
        self._updates.add("message", record.json)
        return True

    def edit_subscription(self, call: Call) -> bool:
        charge = self._charge(call)
        if not charge.invoice.subscription_period:
            raise bad("CHARGE_ID_INVALID")
        charge.canceled = call.flag("is_canceled")
        return True

    def _charge(self, call: Call) -> Charge:
        charge = self.charges.get(call.text("telegram_payment_charge_id"))
        if charge is None:
            raise bad("CHARGE_ID_INVALID")
        if charge.user.id != call.number("user_id"):
            raise bad("USER_ID_INVALID")
        return charge

    def listed(self, call: Call) -> Json:
        start = call.number("offset")
        limit = call.number("limit", MAX_TRANSACTIONS)
        if not 1 <= limit <= MAX_TRANSACTIONS or start < 0:
            raise bad("LIMIT_INVALID")
        return {"transactions": self.transactions[start : start + limit]}

    def balance(self, _call: Call) -> Json:
        return {"amount": sum(charge.invoice.amount for charge in self.charges.values() if not charge.refunded)}

    def _note(self, charge: Charge, direction: str) -> None:
        """One line of the list; a refund has the id of the payment that it takes back."""
        partner = filled(
            type="user", transaction_type="invoice_payment", user=charge.user.json(),
            invoice_payload=charge.invoice.payload, subscription_period=charge.invoice.subscription_period or None,
        )  # fmt: skip
        amount, at = charge.invoice.amount, self._world.now()
        self.transactions.append({"id": charge.id, "amount": amount, "date": at, direction: partner})
