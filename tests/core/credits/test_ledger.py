"""The ledger over its store: exactly once, under races, crashes and repeats."""

import asyncio
from dataclasses import replace

import pytest

from core.clock import DAY, HOUR
from core.credits.apply import apply
from core.credits.decide import decide
from core.credits.ledger import MAX_LOST_RACES, Ledger
from core.credits.model import Entry, Kind, Origin, State
from core.credits.operations import EndHold, Grant, MoveIn, MoveOut, PlaceHold, Reverse
from core.errors import AccountMoved, HoldNotOpen, InsufficientCredits, StoreBusy
from core.stores.ports import Appended, LedgerStore, Loaded, OperationKnown, SequenceTaken, Stores
from tests.support import NOON, ManualClock


@pytest.fixture
def ledger(stores: Stores, clock: ManualClock) -> Ledger:
    return Ledger(stores.ledger, clock)


def grant(op: str, amount: int = 100, account: str = "a1", **more: object) -> Grant:
    return Grant(account, op, amount, Origin.PAID, **more)  # type: ignore[arg-type]  # a test knows what it gives


def hold(job: str, amount: int = 10, account: str = "a1") -> PlaceHold:
    return PlaceHold(account, job, amount, NOON + HOUR, 1_000)


async def test_an_operation_that_comes_again_has_one_effect(ledger: Ledger) -> None:
    first = await ledger.execute(grant("pay"))
    assert await ledger.execute(grant("pay")) == first
    assert (await ledger.balance("a1")).available == 100


async def test_a_settled_job_cannot_be_released_as_well(ledger: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await ledger.execute(hold("j"))
    settled = await ledger.execute(EndHold("a1", "j", Kind.SETTLE, 10))
    assert await ledger.execute(EndHold("a1", "j", Kind.RELEASE)) == settled
    assert await ledger.execute(EndHold("a1", "j", Kind.EXPIRE)) == settled
    assert (await ledger.balance("a1")).available == 90


async def test_ending_a_hold_that_never_was_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(HoldNotOpen):
        await ledger.execute(EndHold("a1", "j", Kind.RELEASE))


async def test_parallel_holds_never_spend_more_than_there_is(stores: Stores, clock: ManualClock) -> None:
    """Several ledgers stand for several processes: they share nothing but the store."""
    ledgers = [Ledger(stores.ledger, clock) for _ in range(8)]
    await ledgers[0].execute(grant("pay", 200))
    outcomes = await asyncio.gather(*(ledgers[n % 8].execute(hold(f"j{n}")) for n in range(60)), return_exceptions=True)
    assert sum(isinstance(outcome, Entry) for outcome in outcomes) == 20
    assert sum(isinstance(outcome, InsufficientCredits) for outcome in outcomes) == 40
    balance = await ledgers[0].balance("a1")
    assert (balance.available, balance.held) == (0, 200)


async def test_the_same_operation_from_many_sides_has_one_effect(stores: Stores, clock: ManualClock) -> None:
    ledgers = [Ledger(stores.ledger, clock) for _ in range(8)]
    entries = await asyncio.gather(*(ledger.execute(grant("pay")) for ledger in ledgers for _ in range(4)))
    assert len({entry.seq for entry in entries}) == 1
    assert (await ledgers[0].balance("a1")).available == 100


async def test_the_store_takes_each_number_once(stores: Stores) -> None:
    state = State("a1")
    one = decide(state, grant("one"), NOON)
    other = decide(state, grant("other"), NOON)
    assert await stores.ledger.append(one, apply(state, one)) == Appended()
    assert await stores.ledger.append(other, apply(state, other)) == SequenceTaken()


async def test_the_store_takes_each_operation_once(stores: Stores) -> None:
    state = State("a1")
    one = decide(state, grant("one"), NOON)
    await stores.ledger.append(one, apply(state, one))
    again = replace(one, seq=2)
    assert await stores.ledger.append(again, apply(state, again)) == OperationKnown(one)


async def test_a_lost_snapshot_is_repaired_from_the_entries(stores: Stores, ledger: Ledger) -> None:
    """A store may lose the snapshot in a crash: the entry alone counts."""

    class Forgetful:
        """Keeps entries and drops every snapshot after the first."""

        def __init__(self, store: LedgerStore) -> None:
            self.store = store

        async def load(self, account: str, op: str | None) -> Loaded:
            return await self.store.load(account, op)

        async def append(self, entry: Entry, after: State | None) -> Appended | SequenceTaken | OperationKnown:
            return await self.store.append(entry, State(entry.account))

    forgetful = Ledger(Forgetful(stores.ledger), ledger.clock)  # type: ignore[arg-type]  # the two verbs it needs
    await forgetful.execute(grant("pay"))
    await forgetful.execute(hold("j"))
    assert await ledger.state("a1") == await forgetful.state("a1")
    assert (await ledger.balance("a1")).held == 10


async def test_an_endlessly_lost_race_ends_in_a_retryable_error(clock: ManualClock) -> None:
    class Taken:
        """Somebody else is always faster."""

        loads = 0

        async def load(self, account: str, op: str | None) -> Loaded:
            self.loads += 1
            return Loaded(None, [], None)

        async def append(self, entry: Entry, after: State | None) -> SequenceTaken:
            return SequenceTaken()

    store = Taken()
    with pytest.raises(StoreBusy) as caught:
        await Ledger(store, clock).execute(grant("pay"))  # type: ignore[arg-type]  # the two verbs it needs
    assert caught.value.retryable
    assert store.loads == MAX_LOST_RACES


async def test_losing_the_race_to_oneself_returns_the_other_entry(clock: ManualClock) -> None:
    entry = decide(State("a1"), grant("pay"), NOON)

    class Raced:
        """Another process appends the same operation between our load and our append."""

        async def load(self, account: str, op: str | None) -> Loaded:
            return Loaded(None, [], None)

        async def append(self, ours: Entry, after: State | None) -> OperationKnown:
            return OperationKnown(entry)

    assert await Ledger(Raced(), clock).execute(grant("pay")) == entry  # type: ignore[arg-type]  # a stand-in with what the ledger calls


async def test_expired_lots_are_written_off_before_anything_else(
    ledger: Ledger, clock: ManualClock, stores: Stores
) -> None:
    await ledger.execute(grant("soon", 5, expires_at=NOON + DAY))
    await ledger.execute(grant("later", 7))
    clock.move(2 * DAY)
    await ledger.execute(replace(hold("j", 7), expires_at=clock.now() + HOUR))
    kinds = [entry.kind for entry in await stores.ledger.entries("a1")]
    assert kinds == [Kind.GRANT, Kind.GRANT, Kind.LAPSE, Kind.HOLD]


async def test_a_balance_says_what_expires_when(ledger: Ledger) -> None:
    await ledger.execute(grant("soon", 5, expires_at=NOON + DAY))
    await ledger.execute(grant("later", 7))
    balance = await ledger.balance("a1")
    assert (balance.available, balance.expiring) == (12, ((5, NOON + DAY),))


async def test_operations_follow_a_merged_account(ledger: Ledger) -> None:
    await ledger.execute(grant("pay", 100, "a2"))
    assert await ledger.drain("a2", "a1")
    entry = await ledger.follow(grant("more", 5, "a2"))
    assert entry.account == "a1"
    assert (await ledger.balance("a1")).available == 105
    await ledger.follow(Reverse("a2", "chargeback", "pay", 100))
    assert (await ledger.balance("a1")).available == 5
    with pytest.raises(AccountMoved):
        await ledger.execute(grant("more still", 5, "a2"))


async def test_merges_in_a_ring_end_in_an_error(clock: ManualClock) -> None:
    class Ring:
        """Each of two accounts has moved to the other one."""

        async def load(self, account: str, op: str | None) -> Loaded:
            return Loaded(State(account, moved_to="a2" if account == "a1" else "a1"), [], None)

    with pytest.raises(StoreBusy):
        await Ledger(Ring(), clock).follow(grant("pay"))  # type: ignore[arg-type]  # the one verb it needs


async def test_a_drain_that_crashed_between_out_and_in_is_finished_by_the_next(ledger: Ledger) -> None:
    await ledger.execute(grant("pay", 100, "a2"))
    await ledger.execute(MoveOut("a2", "merge:a2:2", "a1"))
    assert (await ledger.balance("a1")).available == 0
    assert await ledger.drain("a2", "a1")
    assert await ledger.drain("a2", "a1")
    assert (await ledger.balance("a1")).available == 100


async def test_a_chain_of_many_linked_accounts_does_not_keep_a_chargeback_away(ledger: Ledger) -> None:
    """Who links one account after the other, each into an older one, decides how long the way is."""
    await ledger.execute(grant("pay", account="a40"))
    for number in range(40, 10, -1):
        assert await ledger.drain(f"a{number}", f"a{number - 1}")
    await ledger.follow(Reverse("a40", "back", "pay", 100))
    assert (await ledger.balance("a10")).available == 0


async def test_a_drain_waits_for_open_holds(ledger: Ledger) -> None:
    await ledger.execute(grant("pay", 100, "a2"))
    await ledger.execute(hold("j", 40, "a2"))
    assert not await ledger.drain("a2", "a1")
    await ledger.execute(EndHold("a2", "j", Kind.RELEASE))
    assert await ledger.drain("a2", "a1")
    assert (await ledger.balance("a1")).available == 100


async def test_a_chain_of_merges_carries_late_credits_to_its_end(ledger: Ledger) -> None:
    await ledger.execute(grant("pay", 100, "a3"))
    await ledger.execute(hold("j", 40, "a3"))
    await ledger.drain("a3", "a2")
    await ledger.drain("a2", "a1")
    await ledger.execute(EndHold("a3", "j", Kind.SETTLE, 15))
    await ledger.drain("a3", "a2")
    balance = await ledger.balance("a1")
    assert (balance.available, balance.held) == (85, 0)


async def test_moving_in_twice_has_one_effect(ledger: Ledger) -> None:
    await ledger.execute(grant("pay", 100, "a2"))
    out = await ledger.execute(MoveOut("a2", "merge:a2:2", "a1"))
    assert await ledger.execute(MoveIn("a1", out)) == await ledger.execute(MoveIn("a1", out))


async def test_an_entry_is_found_by_its_operation(ledger: Ledger) -> None:
    entry = await ledger.execute(grant("pay"))
    assert await ledger.entry("a1", "pay") == entry
    assert await ledger.entry("a1", "other") is None
