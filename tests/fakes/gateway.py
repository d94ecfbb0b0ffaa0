"""A provider of payments in memory, for tests of what we make of any provider's truth. Its wire is tested elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from core.payments.orders import Goods, Order
from core.payments.ports import Capture, Created, Forged, GatewayDown, GatewayError, Money, Notice, Progress, Truth

T = TypeVar("T")


@dataclass
class Account:
    """What the provider knows of one order."""

    order: str
    goods: Goods
    progress: Progress = Progress.OPEN
    agreed: bool = False
    captures: dict[str, Capture] = field(default_factory=dict)
    renews: bool = False


class MemoryGateway:
    """`Gateway`. `down`: it does not answer; `lost`: it does what it is told, once, and its answer is lost.

    `refusal`: why it refuses to take money. `tries`: those that were refused; the same one again is refused again.
    `named`: the payment that its notices name.
    """

    name = "memory"
    label = "Memory Pay"
    provider = "memory:cap"
    payee: str | None = "us"
    is_demo = False

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.down = False
        self.lost = False
        self.refusal = ""
        self.why = ""
        self.tries: list[int] = []
        self.calls: list[str] = []
        self.refunds: set[str] = set()
        self.agreed_at: int | None = None
        self.named: str | None = None
        self.payee_told: str | None = "us"

    def sells(self, goods: Goods) -> bool:
        return goods.currency == "USD"

    async def create(self, order: Order, back: str, cancel: str) -> Created:
        self._call("create")
        assert order.goods is not None
        ref = f"ref-{order.id}"
        self.accounts.setdefault(ref, Account(order.id, order.goods))
        return self._answer(Created(ref, f"https://pay.example/{ref}"))

    async def confirm(self, order: Order) -> Truth:
        self._call("confirm")
        account = self.accounts[order.ref or ""]
        if account.agreed and not account.captures:
            if self.refusal or order.tries in self.tries:
                self.tries.append(order.tries)
                return self._answer(replace(self._truth(account), why=self.refusal or "as before", refused=True))
            self.capture(order.ref or "")
        return self._answer(self._truth(account))

    async def look(self, order: Order) -> Truth:
        self._call("look")
        return self._answer(self._truth(self.accounts[order.ref or ""]))

    async def refund(self, order: Order, capture: str, amount: int | None, key: str) -> None:
        self._call("refund")
        known = self.accounts[order.ref or ""].captures[capture]
        if key not in self.refunds:
            self.refunds.add(key)
            back = known.money.amount if amount is None else known.back + amount
            self.change(order.ref or "", capture, back=back)
        self._answer(None)

    async def stop(self, order: Order) -> None:
        self._call("stop")
        self.accounts[order.ref or ""].renews = False

    async def portal(self, order: Order, back: str) -> str | None:
        return None

    async def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        if headers.get("signature") != "right":
            raise Forged("This is not signed by Memory Pay.")
        return Notice("n1", "something.happened", ref=body.decode(), payment=self.named, agreed_at=self.agreed_at)

    async def close(self) -> None: ...

    # --- what the buyer and the provider do --------------------------------------------------------------------

    def agree(self, ref: str) -> None:
        self.accounts[ref].agreed = True

    def capture(self, ref: str, id: str = "", **changes: object) -> str:
        account = self.accounts[ref]
        id = id or f"cap-{ref}-{len(account.captures)}"
        capture = Capture(id, Money(account.goods.price, account.goods.currency), is_complete=True)
        account.captures[id] = replace(capture, **changes)  # type: ignore[arg-type]  # a test knows the fields
        account.progress = Progress.PAID
        return id

    def change(self, ref: str, id: str, **changes: object) -> None:
        account = self.accounts[ref]
        account.captures[id] = replace(account.captures[id], **changes)  # type: ignore[arg-type]  # a test knows the fields

    def _truth(self, account: Account) -> Truth:
        captures = tuple(account.captures.values())
        return Truth(account.order, account.progress, captures, account.renews, self.payee_told, self.why)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise GatewayDown("Memory Pay does not answer.")

    def _answer(self, answer: T) -> T:
        if self.lost:
            self.lost = False
            raise GatewayError("Memory Pay's answer was lost.")
        return answer
