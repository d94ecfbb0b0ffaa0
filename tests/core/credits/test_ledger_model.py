"""The real ledger on real SQLite against the plain wallet, through long random histories."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st

from core.clock import DAY, HOUR
from core.credits.ledger import Ledger
from core.credits.model import Entry, Kind, Origin
from core.credits.operations import Adjust, EndHold, Give, Grant, Operation, PlaceHold, Reverse
from core.credits.verify import check_entries, check_snapshot
from core.errors import (
    CannotGive,
    EaselError,
    InsufficientCredits,
    ReversalExceedsGrant,
    SettleExceedsHold,
    TooManyInFlight,
    WordOutdated,
)
from core.stores.sqlite import open_sqlite
from tests.core.credits.plain import PlainWallet, Refused
from tests.support import ManualClock

ACCOUNT = "a1"
REASONS: dict[str, type[EaselError]] = {
    "too many": TooManyInFlight,
    "insufficient": InsufficientCredits,
    "not to give": CannotGive,
    "more than held": SettleExceedsHold,
    "more than granted": ReversalExceedsGrant,
    "old news": WordOutdated,
}
amounts = st.integers(1, 12)


class LedgerAgainstWallet(stateful.RuleBasedStateMachine):
    """Every rule does the same to both; after each step both must say the same."""

    lots = stateful.Bundle("lots")
    jobs = stateful.Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        path = Path(self.folder.name) / "easel.db"
        self.database, self.stores = self.runner.run(open_sqlite(path))
        self.ledger = Ledger(self.stores.ledger, self.clock)
        self.wallet = PlainWallet()
        self.done: list[tuple[Operation, Entry]] = []
        self.number = 0

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def both(self, operation: Operation, plainly: Any) -> bool:
        """Do it on both sides; whether they agreed to do it."""
        try:
            plainly()
        except Refused as refused:
            with pytest.raises(REASONS[str(refused)]):
                self.runner.run(self.ledger.execute(operation))
            return False
        self.done.append((operation, self.runner.run(self.ledger.execute(operation))))
        return True

    @stateful.rule(target=lots, amount=amounts, origin=st.sampled_from(Origin), life=st.sampled_from([None, 1, 3, 30]))
    def grant(self, amount: int, origin: Origin, life: int | None) -> str:
        name = self.name("lot")
        expires_at = None if life is None else self.clock.now() + life * DAY
        operation = Grant(ACCOUNT, name, amount, origin, expires_at)
        self.both(operation, lambda: self.wallet.grant(name, amount, origin, expires_at, self.clock.now()))
        return name

    @stateful.rule(target=jobs, amount=st.integers(0, 20), most=st.integers(1, 4))
    def hold(self, amount: int, most: int) -> Any:
        job = self.name("job")
        operation = PlaceHold(ACCOUNT, job, amount, self.clock.now() + HOUR, most)
        held = self.both(operation, lambda: self.wallet.hold(job, amount, most, self.clock.now()))
        return job if held else stateful.multiple()

    @stateful.rule(job=jobs, kind=st.sampled_from([Kind.SETTLE, Kind.RELEASE, Kind.EXPIRE]), amount=st.integers(0, 20))
    def end(self, job: str, kind: Kind, amount: int) -> None:
        if job not in self.wallet.jobs:
            return
        operation = EndHold(ACCOUNT, job, kind, amount)
        self.both(operation, lambda: self.wallet.end(job, kind, amount, self.clock.now()))

    @stateful.rule(lot=lots, total=st.integers(0, 20), word=st.integers(1, 6), spares=st.booleans())
    def reverse(self, lot: str, total: int, word: int, spares: bool) -> None:  # as rules are called
        if self.wallet.piles[lot].origin is Origin.FREE:
            return
        name = self.name("reversal")
        operation = Reverse(ACCOUNT, name, lot, total, word, spares_spent=spares)
        self.both(operation, lambda: self.wallet.reverse(lot, total, word, name, self.clock.now(), spares=spares))

    @stateful.rule(amount=st.integers(-8, 8).filter(bool))
    def adjust(self, amount: int) -> None:
        name = self.name("adjustment")
        operation = Adjust(ACCOUNT, name, amount, "because")
        self.both(operation, lambda: self.wallet.adjust(name, amount, self.clock.now()))

    @stateful.rule(amount=st.integers(0, 12))
    def give(self, amount: int) -> None:
        operation = Give(ACCOUNT, self.name("gift"), amount, "a2")
        self.both(operation, lambda: self.wallet.give(amount, self.clock.now()))

    @stateful.rule(hours=st.sampled_from([1, 7, 30, 100]))
    def wait(self, hours: int) -> None:
        self.clock.move(hours * HOUR)

    @stateful.precondition(lambda self: self.done)
    @stateful.rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """An operation that comes again changes nothing and is answered as before."""
        operation, entry = data.draw(st.sampled_from(self.done))
        assert self.runner.run(self.ledger.execute(operation)) == entry

    @stateful.precondition(lambda self: self.number % 7 == 6)
    @stateful.rule()
    def restart(self) -> None:
        """Nothing is remembered but what is stored."""
        self.ledger = Ledger(self.stores.ledger, self.clock)

    @stateful.invariant()
    def same_money(self) -> None:
        balance = self.runner.run(self.ledger.balance(ACCOUNT))
        now = self.clock.now()
        assert balance.available == len(self.wallet.spendable(now))
        assert balance.held == self.wallet.held()
        assert balance.debt == self.wallet.debt
        assert min(balance.available, balance.held, balance.debt) >= 0

    def teardown(self) -> None:
        entries = self.runner.run(self.stores.ledger.entries(ACCOUNT))
        snapshot = self.runner.run(self.stores.ledger.snapshot(ACCOUNT))
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()
        assert list(check_entries(ACCOUNT, entries)) == []
        assert list(check_snapshot(ACCOUNT, entries, snapshot)) == []


def run(examples: int, steps: int) -> None:
    stateful.run_state_machine_as_test(
        LedgerAgainstWallet, settings=settings(max_examples=examples, stateful_step_count=steps)
    )


def test_the_ledger_agrees_with_a_plain_wallet() -> None:
    run(examples=40, steps=40)


@pytest.mark.soak
def test_the_ledger_agrees_with_a_plain_wallet_for_100_000_steps() -> None:
    run(examples=1_000, steps=100)
