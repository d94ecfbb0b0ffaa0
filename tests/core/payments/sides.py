"""The other side of a purchase: a buyer and a gateway that does what gateways do, and what is then true of the money.

`Truth` is read from the gateway's own books and not by our adapters, so that a wrong adapter is noticed.
"""

import copy
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from core.clock import DAY, SECOND, Millis, iso
from core.payments.orders import RENEWS_WITHIN
from tests.fakes.paypal import PayPalFake
from tests.fakes.paypal.books import Books
from tests.fakes.stripe import StripeFake
from tests.support import NOON

Letter = tuple[dict[str, str], bytes]
PACK_PRICE, PLAN_PRICE = 499, 899
PART = 100
"""What a partial refund gives back, in minor units."""
MONTH: Millis = 30 * DAY
"""From NOON of tests.support to the same day of the next month."""


@dataclass(frozen=True)
class Paid:
    """A payment that the gateway has, how much of it went back, and when what it paid for ends."""

    amount: int
    back: int
    is_disputed: bool
    until: Millis | None = None


class PayPalSide:
    """`happens` takes: completed, denied, partial, refunded, reversed, opened, won, lost, month, cancelled."""

    name = "paypal"
    events = ("completed", "denied", "partial", "refunded", "reversed", "opened", "won", "lost")
    outcomes = ("completed", "pending", "denied", "refused")

    def __init__(self) -> None:
        self.fake = PayPalFake(NOON)
        self.agreed_at = NOON
        self._bodies: dict[str, bytes] = {}

    async def __aenter__(self) -> Self:
        await self.fake.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.__aexit__(None, None, None)

    def settings(self, url: str = "") -> dict[str, Any]:
        return {
            "paypal_client_id": self.fake.client_id, "paypal_client_secret": self.fake.secret,
            "paypal_webhook_id": self.fake.webhook_id, "paypal_base_url": url or self.fake.url,
        }  # fmt: skip

    @property
    def at(self) -> Millis:
        return self.fake.books.now

    @at.setter
    def at(self, now: Millis) -> None:
        self.fake.now = self.fake.books.now = now

    @property
    def ref(self) -> str:
        """The order made last."""
        return next(reversed(self.fake.books.orders | self.fake.books.subscriptions))

    def fresh(self) -> None:
        """Forget every purchase."""
        self.fake.books, self._bodies = Books(self.at), {}

    def agrees(self, outcome: str = "completed") -> None:
        """The buyer does. `outcome`: what comes of taking the money: completed, pending, denied or refused."""
        self.agreed_at, self.fake.only = self.at, "/capture"
        self.fake.faults.clear()
        if outcome == "refused":
            self.fake.faults.append("declined")
        self.fake.books.next_capture = {"denied": "DECLINED", "refused": "COMPLETED"}.get(outcome, outcome.upper())
        self.fake.books.approve(self.ref)
        if self.ref in self.fake.books.subscriptions:
            self.happens("month")

    def happens(self, event: str) -> None:
        """To the payment made last."""
        books = self.fake.books
        match event:
            case "month":
                books.sell(self.ref, f"{PLAN_PRICE / 100:.2f}")
            case "cancelled":
                books.cancel(self.ref)
            case "completed" | "denied":
                books.turn(self._last, {"denied": "DECLINED"}.get(event, "COMPLETED"))
            case "partial":
                books.refund(self._last, f"{PART / 100:.2f}")
            case "refunded":
                books.refund(self._last)
            case "reversed":
                books.turn(self._last, "REVERSED")
            case "opened":
                books.dispute(self._last)
            case _:
                books.resolve(next(reversed(books.disputes)), won=event == "won")

    @property
    def _last(self) -> str:
        return next(reversed(self.fake.books.captures))

    def letters(self) -> dict[str, Letter]:
        """The last of each kind that PayPal has sent, as it comes when it is delivered now; the latest last."""
        for event in self.fake.books.events:
            self._bodies.pop(event["event_type"], None)
            self._bodies[event["event_type"]] = json.dumps(event).encode()
        sign, hook = self.fake.signer.signed, self.fake.webhook_id
        sent = {f"delivery-{kind}".replace(".", "-").replace("_", "-"): kind for kind in self._bodies}
        return {kind: (sign(id_, iso(self.at), hook, self._bodies[kind]), self._bodies[kind])
                for id_, kind in sent.items()}  # fmt: skip

    def names_only(self, kind: str) -> str | None:
        """The payment, of a notice that names nothing else: of one that we have not heard of, it says nothing to us."""
        if kind != "PAYMENT.SALE.REFUNDED":
            return None
        return str(json.loads(self._bodies[kind])["resource"]["links"][0]["href"]).rpartition("/")[2]

    def paid(self) -> list[Paid]:
        """Every payment that PayPal has completed."""
        books = self.fake.books
        found = []
        for id_, capture in books.captures.items():
            if capture["status"] in ("PENDING", "DECLINED"):
                continue
            amount = round(Decimal(capture["amount"]["value"]) * 100)
            back = sum(round(Decimal(each["amount"]["value"]) * 100) for each in books.refunds.get(id_, []))
            is_disputed = self._is_disputed(id_)
            is_gone = is_disputed or capture["status"] == "REVERSED"
            until = _millis(capture["time"]) + MONTH + RENEWS_WITHIN if "time" in capture else None
            found.append(Paid(amount, amount if is_gone else back, is_disputed, until))
        return found

    def is_pending(self) -> bool:
        """The money is on its way."""
        return any(each["status"] == "PENDING" for each in self.fake.books.captures.values())

    def _is_disputed(self, capture: str) -> bool:
        about = [each for each in self.fake.books.disputes.values()
                 if each["disputed_transactions"][0]["seller_transaction_id"] == capture]  # fmt: skip
        won = "RESOLVED_SELLER_FAVOUR"
        return any(each.get("dispute_outcome", {}).get("outcome_code") != won for each in about)

    def orders(self) -> int:
        """How many were made there."""
        return len(self.fake.books.orders) + len(self.fake.books.subscriptions)

    def snapshot(self) -> Any:
        """To go back to, more than once."""
        return copy.deepcopy((self.fake.books, self._bodies)), dict(self.fake._answers)

    def restore(self, kept: Any) -> None:
        documents, answers = kept
        self.fake.books, self._bodies = copy.deepcopy(documents)
        self.fake._answers = dict(answers)
        self.fake.now = self.fake.books.now


class StripeSide:
    """`happens` takes the same, but for reversed: Stripe reports that as a lost dispute."""

    name = "stripe"
    events = ("completed", "denied", "partial", "refunded", "opened", "won", "lost")
    outcomes = ("completed", "pending", "denied")

    def __init__(self) -> None:
        self.fake = StripeFake()
        self.at = self.agreed_at = NOON
        self._sent: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self.fake.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.stop()
        assert self.fake.problems == []

    def settings(self, url: str = "") -> dict[str, Any]:
        return {
            "stripe_secret_key": self.fake.key, "stripe_webhook_secret": self.fake.secret,
            "stripe_base_url": url or self.fake.url,
        }  # fmt: skip

    @property
    def ref(self) -> str:
        """The order made last."""
        return self._last("checkout.session")

    def fresh(self) -> None:
        """Forget every purchase, but give no id again."""
        self.fake.objects, self._sent = {}, {}

    def agrees(self, outcome: str = "completed") -> None:
        """The buyer does. `outcome`: completed, or pending for a bank that takes days, or denied by it."""
        ref, self.agreed_at = self.ref, self.at
        self.fake.pay(ref, later=outcome != "completed")
        if outcome == "denied":
            self.fake.fail(ref)
        self._send("checkout.session.completed", ref)
        is_plan = self.fake.objects[ref]["mode"] == "subscription"
        kind = "invoice" if is_plan else "payment_intent"
        self._send("invoice.paid" if is_plan else "payment_intent.created", self._last(kind))

    def happens(self, event: str) -> None:
        """To the payment made last."""
        fake, ref, intent = self.fake, self.ref, self._last("payment_intent")
        match event:
            case "month":
                self._send("invoice.paid", fake.renew(ref))
            case "cancelled":
                fake.objects[fake.objects[ref]["subscription"]]["status"] = "canceled"
                self._send("customer.subscription.deleted", fake.objects[ref]["subscription"])
            case "completed":
                fake.settle(ref)
                self._send("checkout.session.async_payment_succeeded", ref)
            case "denied":
                fake.fail(ref)
                self._send("checkout.session.async_payment_failed", ref)
            case "partial" | "refunded":
                charge = fake.objects[fake.objects[intent]["latest_charge"]]
                left = charge["amount"] - charge["amount_refunded"]
                fake.give_back(intent, PART if event == "partial" else left)
                self._send("charge.refunded", charge["id"])
            case "opened":
                self._send("charge.dispute.created", fake.dispute(intent))
            case _:
                fake.resolve(self._last("dispute"), won=event == "won")
                self._send("charge.dispute.closed", self._last("dispute"))

    def _send(self, kind: str, about: str) -> None:
        self._sent.pop(kind, None)
        self._sent[kind] = about

    def _last(self, kind: str) -> str:
        return next(id_ for id_, each in reversed(self.fake.objects.items()) if each["object"] == kind)

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.fake.objects.values() if each["object"] == kind]

    def letters(self) -> dict[str, Letter]:
        """The last of each kind that Stripe has sent, as it comes when it is delivered now; the latest last."""
        return {kind: self.fake.notice(kind, about, self.at // SECOND) for kind, about in self._sent.items()}

    def names_only(self, kind: str) -> str | None:
        """Stripe's notices name our order, or its session."""
        return None

    def paid(self) -> list[Paid]:
        """Every payment that Stripe has completed."""
        found = [self._paid(each["payment_intent"]) for each in self._all("checkout.session")
                 if each["mode"] == "payment" and each["payment_status"] == "paid"]  # fmt: skip
        for invoice in self._all("invoice"):
            until = invoice["lines"]["data"][0]["period"]["end"] * SECOND + RENEWS_WITHIN
            found.append(self._paid(invoice["payment_intent"], until))
        return found

    def is_pending(self) -> bool:
        """The money is on its way."""
        return any(each["status"] == "processing" for each in self._all("payment_intent"))

    def _paid(self, intent: str, until: Millis | None = None) -> Paid:
        charge = self.fake.objects[self.fake.objects[intent]["latest_charge"]]
        is_disputed = any(each["payment_intent"] == intent and each["status"] != "won" for each in self._all("dispute"))
        back = charge["amount"] if is_disputed else charge["amount_refunded"]
        return Paid(charge["amount"], back, is_disputed, until)

    def orders(self) -> int:
        """How many were made there."""
        return len(self._all("checkout.session"))

    def snapshot(self) -> Any:
        """To go back to, more than once."""
        fake = self.fake
        return copy.deepcopy((self.at, fake.objects, fake._kept, fake._number, self._sent))

    def restore(self, kept: Any) -> None:
        fake = self.fake
        self.at, fake.objects, fake._kept, fake._number, self._sent = copy.deepcopy(kept)


Side = PayPalSide | StripeSide
SIDES: dict[str, type[PayPalSide] | type[StripeSide]] = {"paypal": PayPalSide, "stripe": StripeSide}


def _millis(text: str) -> Millis:
    return round(datetime.fromisoformat(text).timestamp() * SECOND)
