"""What a ledger remembers spares reads, and never makes an answer that a fresh read would not give."""

import asyncio

import pytest

from core.clock import DAY, HOUR
from core.credits.ledger import Ledger, is_snapshot_due
from core.credits.memory import RecentStates
from core.credits.model import Entry, Kind, Lot, Origin, State
from core.credits.operations import EndHold, Grant, MoveOut, PlaceHold
from core.credits.verify import verify_ledger
from core.errors import AccountMoved, InsufficientCredits, StoreBusy
from core.stores.ports import Appended, LedgerStore, Loaded, OperationKnown, SequenceTaken, Stores
from tests.support import NOON, ManualClock


class Watched:
    """A store that counts loads, and whose next append can be made to fail before or after it is written."""

    def __init__(self, store: LedgerStore) -> None:
        self.store = store
        self.loads = 0
        self.kept: list[int] = []
        self.failing: BaseException | None = None
        self.writes_first = False

    async def entries(self, account: str, *, kind: Kind | None = None) -> list[Entry]:
        return await self.store.entries(account, kind=kind)

    async def load(self, account: str, op: str | None) -> Loaded:
        self.loads += 1
        return await self.store.load(account, op)

    async def append(self, entry: Entry, after: State | None) -> Appended | SequenceTaken | OperationKnown:
        error, self.failing = self.failing, None
        if error is not None and not self.writes_first:
            raise error
        outcome = await self.store.append(entry, after)
        if after is not None:
            self.kept.append(after.seq)
        if error is not None:
            raise error
        return outcome


@pytest.fixture
def store(stores: Stores) -> Watched:
    return Watched(stores.ledger)


@pytest.fixture
def ledger(store: Watched, clock: ManualClock) -> Ledger:
    return Ledger(store, clock)  # type: ignore[arg-type]  # the verbs it needs


@pytest.fixture
def other(stores: Stores, clock: ManualClock) -> Ledger:
    """Another process's ledger."""
    return Ledger(stores.ledger, clock)


def grant(op: str, amount: int = 100, account: str = "a1") -> Grant:
    return Grant(account, op, amount, Origin.PAID)


def hold(job: str, amount: int = 10, account: str = "a1", most: int = 1_000) -> PlaceHold:
    return PlaceHold(account, job, amount, NOON + HOUR, most)


async def test_a_process_that_is_alone_reads_an_account_once(ledger: Ledger, store: Watched) -> None:
    await ledger.execute(grant("pay"))
    for number in range(5):
        await ledger.execute(hold(f"j{number}"))
        await ledger.execute(EndHold("a1", f"j{number}", Kind.SETTLE, 10))
    assert store.loads == 1


async def test_a_stale_memory_of_too_little_money_refuses_nothing(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay", 10))
    await other.execute(grant("more", 90))
    assert (await ledger.execute(hold("j", 100))).seq == 3


async def test_a_stale_memory_of_too_many_jobs_refuses_nothing(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await ledger.execute(hold("j1", most=1))
    await other.execute(EndHold("a1", "j1", Kind.SETTLE, 10))
    assert (await ledger.execute(hold("j2", most=1))).seq == 4


async def test_a_stale_memory_of_much_money_overspends_nothing(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await other.execute(hold("j1", 100))
    with pytest.raises(InsufficientCredits) as caught:
        await ledger.execute(hold("j2", 10))
    assert caught.value.available == 0


async def test_a_stale_memory_of_an_open_account_moves_nothing_into_a_merged_one(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await other.drain("a1", "a0")
    with pytest.raises(AccountMoved):
        await ledger.execute(grant("more"))
    assert (await ledger.follow(grant("more"))).account == "a0"


async def test_an_operation_that_another_process_has_done_is_answered_with_its_entry(
    ledger: Ledger, other: Ledger
) -> None:
    await ledger.execute(grant("pay"))
    entry = await other.execute(hold("j"))
    assert await ledger.execute(hold("j")) == entry
    settled = await other.execute(EndHold("a1", "j", Kind.SETTLE, 10))
    assert await ledger.execute(EndHold("a1", "j", Kind.RELEASE)) == settled


async def test_a_job_that_another_process_held_for_is_settled(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await other.execute(hold("j"))
    assert (await ledger.execute(EndHold("a1", "j", Kind.SETTLE, 10))).amount == -10


async def test_a_repeated_operation_whose_moment_has_passed_is_still_answered(
    ledger: Ledger, clock: ManualClock
) -> None:
    await ledger.execute(grant("pay"))
    entry = await ledger.execute(hold("j"))
    clock.move(DAY)
    assert await ledger.execute(hold("j")) == entry


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("error", [StoreBusy(), asyncio.CancelledError()], ids=["failed", "cancelled"])
async def test_after_an_append_of_unknown_outcome_nothing_is_remembered(
    ledger: Ledger, store: Watched, error: BaseException, written: bool
) -> None:
    await ledger.execute(grant("pay"))
    store.failing, store.writes_first = error, written
    with pytest.raises(type(error)):
        await ledger.execute(hold("j"))
    assert ledger._recent.take("a1") is None
    assert (await ledger.execute(hold("j"))).seq == 2
    assert (await ledger.balance("a1")).held == 10
    assert (await ledger.execute(hold("k"))).seq == 3


async def test_a_lost_race_is_not_remembered_as_won(ledger: Ledger, other: Ledger, store: Watched) -> None:
    await ledger.execute(grant("pay"))
    await other.execute(hold("theirs", 95))
    with pytest.raises(InsufficientCredits):
        await ledger.execute(hold("ours", 10))
    assert (await ledger.execute(hold("small", 5))).seq == 3
    assert store.loads == 3  # at first, after the lost race, and for the operation after the refusal


async def test_answers_include_what_others_wrote(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await other.execute(hold("j", 30))
    assert (await ledger.balance("a1")).held == 30
    assert (await ledger.state("a1")).seq == 2
    assert await ledger.entry("a1", "job:j:hold") is not None


async def test_a_drain_sees_what_another_process_gave_back(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    await ledger.execute(hold("j", 40))
    assert not await ledger.drain("a1", "a0")
    await other.execute(EndHold("a1", "j", Kind.RELEASE))
    assert await ledger.drain("a1", "a0")
    assert (await other.balance("a0")).available == 100


async def test_a_known_move_is_not_made_twice(ledger: Ledger, other: Ledger) -> None:
    await ledger.execute(grant("pay"))
    out = MoveOut("a1", "merge:a1:2", "a0")
    assert await other.execute(out) == await ledger.execute(out)


def test_only_the_accounts_used_last_are_remembered() -> None:
    recent = RecentStates(limit=2)
    for account in ("a", "b", "c"):
        recent.keep(State(account))
    assert [recent.take(account) for account in ("a", "b", "b")] == [None, State("b"), None]


def lots(count: int) -> tuple[Lot, ...]:
    return tuple(Lot(f"p{number}", Origin.PAID, None, 1, 1) for number in range(count))


@pytest.mark.parametrize(("count", "every"), [(0, 1), (31, 1), (32, 2), (63, 2), (64, 4), (5_000, 256)])
def test_the_larger_a_state_is_the_less_often_it_is_saved(count: int, every: int) -> None:
    owned = lots(count)
    states = [State("a", seq, owned) for seq in range(1, 513)]
    assert [state.seq for state in states if is_snapshot_due(state)] == list(range(every, 513, every))


async def test_an_account_with_many_lots_is_right_between_snapshots(
    ledger: Ledger, other: Ledger, store: Watched, stores: Stores
) -> None:
    for number in range(150):
        await ledger.execute(grant(f"p{number}", 1))
    snapshot = await stores.ledger.snapshot("a1")
    assert snapshot is not None
    assert snapshot.seq < 150
    assert len(store.kept) < 75
    assert (await other.balance("a1")).available == 150
    assert (await other.execute(hold("all", 150))).seq == 151
    with pytest.raises(InsufficientCredits):
        await ledger.execute(hold("one more", 1))
    assert (await verify_ledger(stores)).problems[0].invariant == "I4"  # holds without jobs, and nothing else
    assert len((await verify_ledger(stores)).problems) == 1
