"""Every order in which things can happen to a purchase: a word of what the gateway does and of what we hear of it.

A letter of the word is one of
  `agrees ...`                the buyer consents, and the money will come, be pending, be denied, or be refused until
                              they consent again
  completed ... cancelled     a change at the gateway, legal after those before it; each happens once
  `return`                    the buyer comes back
  `hears KIND`                one of the notices that were sent so far is delivered, the last one of its kind
Notices that are lost, late, repeated and out of order are words without that delivery, with it later, or with several.

Two words are the same to us when the gateway has gone through the same changes and our order and ledger are the same:
whatever follows does the same to both. So `explored` goes from one such state to all that follow, each once, and has
then been through every word of any length, with each notice delivered any number of times.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.accounts.model import Identity
from core.app import App
from core.clock import SECOND
from core.payments.orders import Order, OrderState
from tests.core.payments.sides import PLAN_PRICE, Paid, Side
from tests.support import ManualClock, to_feed

Kind = Literal["pack", "plan"]
Word = tuple[str, ...]
NAMES: dict[Kind, str] = {"pack": "small", "plan": "club"}
CREDITS = {499: 500, PLAN_PRICE: 1200}
RETURN = "return"
HEARS = "hears "
APPROVED = f"{HEARS}CHECKOUT.ORDER.APPROVED"


@dataclass
class Explored:
    """What a campaign has been through: words played, different states that they led to, letters of the longest one."""

    words: int = 0
    states: int = 0
    longest: int = 0


@dataclass
class Purchase:
    """One purchase of a person of its own. After each hearing it looks whether all is true."""

    app: App
    clock: ManualClock
    side: Side
    kind: Kind
    buyer: Identity
    secret: str
    order: str
    word: Word = ()

    async def goes_on(self, letter: str) -> None:
        self.clock.move(SECOND)
        self.side.at = self.clock.at
        self.word = (*self.word, letter)
        known = await self._order()
        await self._happens(letter)
        payment = self.side.names_only(letter.removeprefix(HEARS))
        if payment is not None and known.payment(payment) is None:
            assert await self._order() == known, self.word
        elif is_heard(letter):
            await self._check()
        if letter in (RETURN, APPROVED) and "agrees completed" in self.word:
            assert self.side.paid(), self.word

    def following(self) -> list[str]:
        """The letters that can come next."""
        return [*self._legal(self._changes()), RETURN, *(f"{HEARS}{kind}" for kind in self.side.letters())]

    async def _happens(self, letter: str) -> None:
        match letter.split(" ", 1):
            case [word] if word == RETURN:
                await self.app.checkout.returned(self.secret)
            case ["hears", kind]:
                headers, body = self.side.letters()[kind]
                await self.app.checkout.noticed(self.side.name, headers, body)
            case ["agrees", outcome]:
                self.side.agrees(outcome)
            case _:
                self.side.happens(letter)

    def _legal(self, changes: Word) -> Iterator[str]:
        if not changes:
            yield from (f"agrees {outcome}" for outcome in self.side.outcomes[: None if self.kind == "pack" else 1])
        elif changes == ("agrees refused",):
            yield "agrees completed"
        elif self.kind == "plan":
            yield from (change for change in ("month", "cancelled") if not {change, "cancelled"} & {*changes})
        if not self.side.paid():
            waits = self.side.is_pending()
            yield from (change for change in ("completed", "denied") if waits)
            return
        yield from (change for change in self.side.events if _is_legal(change, {*changes}, self.kind))

    def _changes(self) -> Word:
        return tuple(letter for letter in self.word if not is_heard(letter))

    async def _check(self) -> None:
        order, paid, word = await self._order(), self.side.paid(), self.word
        account = await self.app.accounts.for_identity(self.buyer)
        balance = await self.app.ledger.balance(account.id)
        credits = balance.available - balance.debt - self.app.settings.signup_credits
        assert credits == sum(map(credits_of, paid)), word
        assert order.state is state_of(paid, order.state), word
        assert order.told == len(order.payments) == len(paid), word
        assert self.side.orders() == 1, word

    async def state(self) -> str:
        """All that later steps depend on: without ids, times and history, which no rule reads."""
        order = await self._order()
        lines = [replace(taken, payment="", at=0, until=None) for taken in order.payments]
        entries = await self.app.stores.ledger.entries(order.account)
        changes = self._changes()
        ordered = tuple(change for change in changes if change != "cancelled")  # when that was changes nothing else
        return repr((ordered, len(changes), sorted(self.side.letters()), order.state, order.told, order.renews, lines,
                     order.standing, order.tries, self.side.agreed_at > order.refused_at,
                     [(entry.kind, entry.amount, entry.debt) for entry in entries]))  # fmt: skip

    async def _order(self) -> Order:
        order = await self.app.stores.orders.get(self.order)
        assert order is not None
        return order


Begin = Callable[[], Awaitable[Purchase]]


async def begun(app: App, clock: ManualClock, side: Side, kind: Kind, buyer: Identity) -> Purchase:
    """The buyer has chosen, and is sent to the gateway, which knows of nothing else."""
    side.fresh()
    account = await app.accounts.for_identity(buyer)
    secret = (await app.checkout.link(account, buyer, to_feed(buyer), "en", "r1")).rpartition("/")[2]
    order = await app.checkout.choose(secret, kind, NAMES[kind], side.name)
    return Purchase(app, clock, side, kind, buyer, secret, order.id)


async def explored(begin: Begin) -> Explored:
    """Through every word, the shortest first."""
    found = Explored()
    seen: set[str] = set()
    waiting: deque[Word] = deque([()])
    while waiting:
        purchase = await begin()
        for letter in (word := waiting.popleft()):
            await purchase.goes_on(letter)
        found.words += 1
        state = await purchase.state()
        if state not in seen:
            seen.add(state)
            found.states, found.longest = len(seen), len(word)
            waiting += [(*word, letter) for letter in purchase.following()]
    return found


def is_heard(letter: str) -> bool:
    return letter == RETURN or letter.startswith(HEARS)


def credits_of(paid: Paid) -> int:
    """What is left of a payment's credits: those that go are rounded up."""
    credits = CREDITS[paid.amount]
    return credits - -(-credits * min(paid.back, paid.amount) // paid.amount)


def state_of(paid: Sequence[Paid], unpaid: OrderState) -> OrderState:
    """What an order is to be. Without a payment: whatever it is, as long as that claims none."""
    if not paid:
        assert unpaid in (OrderState.CREATED, OrderState.PENDING, OrderState.EXPIRED, OrderState.FAILED)
        return unpaid
    if any(each.is_disputed for each in paid):
        return OrderState.DISPUTED
    return OrderState.REFUNDED if all(each.back >= each.amount for each in paid) else OrderState.FULFILLED


def _is_legal(change: str, before: set[str], kind: Kind) -> bool:
    is_whole = bool(before & {"refunded", "reversed"})
    match change:
        case "partial":
            return kind == "pack" and not is_whole and not before & {"partial", "lost"}
        case "refunded":
            return not is_whole and "lost" not in before
        case "reversed":
            return not is_whole
        case "opened":
            return "opened" not in before
        case "won" | "lost":
            return "opened" in before and not before & {"won", "lost"}
    return False
