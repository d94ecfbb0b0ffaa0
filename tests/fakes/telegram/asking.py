"""What people ask the bot for and wait for: a pressed button, an inline search, a payment.

https://core.telegram.org/bots/api#callbackquery, https://core.telegram.org/bots/api#inlinequery,
https://core.telegram.org/bots/payments-stars#3-pre-checkout
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tests.fakes.telegram.errors import Json
from tests.fakes.telegram.invoices import SUBSCRIPTION_SECONDS, Invoice
from tests.fakes.telegram.methods.editing import Editing
from tests.fakes.telegram.methods.payments import Charge, Payments
from tests.fakes.telegram.methods.queries import Queries
from tests.fakes.telegram.model import Chat, Record, User, filled
from tests.fakes.telegram.people import Message, People
from tests.fakes.telegram.questions import Question
from tests.fakes.telegram.updates import Updates
from tests.fakes.telegram.world import World

T = TypeVar("T")


class Until(Protocol):
    """Waits for something to be so."""

    async def __call__(self, condition: Callable[[], T], seconds: float = ...) -> T: ...


@dataclass(frozen=True)
class Payment:
    """How it ended. `charge` and `update` (successful_payment) are there if the Stars were taken."""

    question: Question
    charge: Charge | None = None
    update: Json | None = None

    @property
    def refused(self) -> str:
        """What the bot said instead of yes."""
        return str((self.question.answer or {}).get("error_message", ""))


class Asking:
    """People who wait for an answer."""

    def __init__(
        self, world: World, updates: Updates, people: People, queries: Queries, editing: Editing, payments: Payments,
        until: Until,
    ) -> None:  # fmt: skip
        self._world = world
        self._updates = updates
        self._people = people
        self._queries = queries
        self._editing = editing
        self._payments = payments
        self._until = until

    def press(self, data: str, message: Message, user: User, *, stale: bool = False) -> Question:
        """Somebody presses the button with this data; `stale`: one that the message no longer has, or never had."""
        record = self._people.record(message)
        buttons = [button.get("callback_data") for row in record.buttons for button in row]
        assert stale or data in buttons, f"{data!r} is not among the buttons {buttons}"
        query_id = self._queries.callbacks.next_id()
        inline_id = next((name for name, one in self._editing.inline.items() if one is record), None)
        where: Json = {"inline_message_id": inline_id} if inline_id else {"message": shown(record)}
        body = {"id": query_id, "from": user.json(), "chat_instance": str(-record.chat_id * 7), "data": data} | where
        return self._queries.callbacks.ask(query_id, self._updates.add("callback_query", body))

    def inline(self, query: str, user: User, *, offset: str = "", chat_type: str = "sender") -> Question:
        """Somebody types `@bot query` somewhere."""
        self._world.meet(user)
        query_id = self._queries.inline.next_id()
        body = {"id": query_id, "from": user.json(), "query": query, "offset": offset, "chat_type": chat_type}
        return self._queries.inline.ask(query_id, self._updates.add("inline_query", body))

    def choose_inline(self, question: Question, result_id: str, user: User, chat: Chat) -> Record:
        """Somebody picks a result: the message that it sends. The bot learns of it by chosen_inline_result."""
        answer = question.answer
        assert answer is not None, "the bot has not answered this inline query"
        result = next(one for one in answer["results"] if one["id"] == result_id)
        markup = filled(reply_markup=result.get("reply_markup"))
        body = self._queries.content(result) | {"via_bot": self._world.bot.json()} | markup
        record = self._world.write(chat, user, body)
        inline_id = f"BAAAA{record.chat_id}_{record.id}" if markup else None
        if inline_id:
            self._editing.inline[inline_id] = record
        chosen = filled(
            result_id=result_id, query=question.update["inline_query"]["query"], inline_message_id=inline_id
        )
        self._updates.add("chosen_inline_result", chosen | {"from": user.json()})
        return record

    async def pay(self, invoice: Message | str, user: User, seconds: float = 10.0) -> Payment:
        """Somebody pays an invoice, by its message or link. The bot's yes must come within Telegram's 10 s."""
        sold = self._payments.invoice(invoice)
        chat = self._world.private(user) if isinstance(invoice, str) else self._chat_of(invoice)
        query_id = self._payments.checkouts.next_id()
        body = {"id": query_id, "from": user.json()} | sold.asked()
        question = self._payments.checkouts.ask(query_id, self._updates.add("pre_checkout_query", body))
        await self._until(lambda: question.answer or self._payments.checkouts.late(question), seconds)
        if not (question.answer or {}).get("ok"):
            return Payment(question)
        return self._paid(question, user, sold, chat, renewal=False)

    def renew(self, payment: Payment) -> Payment:
        """The next month of a subscription, which Telegram takes without asking the bot."""
        charge = payment.charge
        assert charge is not None, "it was never paid"
        assert charge.invoice.subscription_period, "it is no subscription"
        assert not charge.canceled, "it was canceled"
        chat = self._world.chats[charge.chat_id]
        return self._paid(payment.question, charge.user, charge.invoice, chat, renewal=True)

    def _paid(self, question: Question, user: User, sold: Invoice, chat: Chat, *, renewal: bool) -> Payment:
        charge = self._payments.charge(user, sold, chat.id)
        paid = charge.paid()
        if sold.subscription_period:
            paid |= {"subscription_expiration_date": self._world.now() + SUBSCRIPTION_SECONDS, "is_recurring": True}
            paid |= {} if renewal else {"is_first_recurring": True}
        record = self._world.write(chat, user, {"successful_payment": paid})
        return Payment(question, charge, self._updates.add("message", record.json))

    def _chat_of(self, message: Message) -> Chat:
        return self._world.chats[self._people.record(message).chat_id]


def shown(record: Record) -> Json:
    """A message that is gone is shown without content: https://core.telegram.org/bots/api#inaccessiblemessage"""
    if record.deleted:
        return {"chat": record.json["chat"], "message_id": record.id, "date": 0}
    return record.json
