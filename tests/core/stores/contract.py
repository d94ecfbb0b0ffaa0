"""What every database must do, written against the ports alone: here money, codes and limits.

`test_contracts` inherits the suites of this module and of its neighbours `contract_*`, and provides the
fixture `handles`: two independent openings of one new database, which stand for two processes.
"""

import asyncio
from dataclasses import replace

from core.accounts.model import LinkCode
from core.clock import DAY, MINUTE
from core.credits.apply import apply, fold
from core.credits.decide import decide
from core.credits.model import Entry, Kind, Origin, State
from core.credits.operations import Grant, PlaceHold
from core.stores.ports import Appended, OperationKnown, SequenceTaken, Stores
from tests.support import NOON

Handles = tuple[Stores, Stores]


def grant(state: State, op: str, amount: int = 10) -> tuple[Entry, State]:
    """The next entry of an account, and the state after it."""
    entry = decide(state, Grant(state.account, op, amount, Origin.PAID, NOON + DAY, ref="why \u20ac"), NOON)
    return entry, apply(state, entry)


async def granted(stores: Stores, account: str, *ops: str) -> State:
    state = State(account)
    for op in ops:
        entry, state = grant(state, op)
        assert await stores.ledger.append(entry, state) == Appended()
    return state


class LedgerContract:
    async def test_an_account_without_entries_is_empty(self, stores: Stores) -> None:
        loaded = await stores.ledger.load("a", "op")
        assert (loaded.snapshot, list(loaded.tail), loaded.known) == (None, [], None)
        assert await stores.ledger.snapshot("a") is None
        assert await stores.ledger.entries("a") == []
        assert await stores.ledger.accounts() == []

    async def test_an_entry_is_read_back_as_it_was(self, stores: Stores, other: Stores) -> None:
        state = await granted(stores, "a", "g")
        entry = decide(state, PlaceHold("a", "j", 4, NOON + DAY, 9, ref="a fox"), NOON)
        await stores.ledger.append(entry, apply(state, entry))
        assert (await other.ledger.entries("a"))[1] == entry
        assert (await other.ledger.load("a", entry.op)).known == entry

    async def test_snapshot_and_tail_fold_to_the_state(self, stores: Stores, other: Stores) -> None:
        state = await granted(stores, "a", "g1", "g2", "g3")
        loaded = await other.ledger.load("a", None)
        assert fold(loaded.snapshot or State("a"), loaded.tail) == state
        assert loaded.known is None

    async def test_several_accounts_are_loaded_as_each_would_be(self, stores: Stores) -> None:
        await granted(stores, "a", *(f"g{number}" for number in range(9)))
        await granted(stores, "b", "g")
        loaded = await stores.ledger.load_all(["a", "b", "c"])
        assert set(loaded) == {"a", "b", "c"}
        for account, one in loaded.items():
            known = await stores.ledger.load(account, None)
            assert (one.snapshot, list(one.tail), one.known) == (known.snapshot, list(known.tail), None)
        assert await stores.ledger.load_all([]) == {}

    async def test_a_number_is_written_once(self, stores: Stores, other: Stores) -> None:
        entry, after = grant(State("a"), "mine")
        rival, rival_after = grant(State("a"), "rival")
        assert await stores.ledger.append(entry, after) == Appended()
        assert await other.ledger.append(rival, rival_after) == SequenceTaken()
        assert await other.ledger.entries("a") == [entry]
        assert await other.ledger.snapshot("a") in (None, after)

    async def test_an_operation_is_written_once_and_named_afterwards(self, stores: Stores, other: Stores) -> None:
        state = await granted(stores, "a", "g1", "g2")
        (first, _) = await stores.ledger.entries("a")
        again, after = grant(state, "g1")
        assert await other.ledger.append(again, after) == OperationKnown(first)
        assert len(await stores.ledger.entries("a")) == 2
        assert (await stores.ledger.load("a", "g1")).known == first

    async def test_the_very_same_entry_again_is_known(self, stores: Stores, other: Stores) -> None:
        entry, after = grant(State("a"), "g")
        await stores.ledger.append(entry, after)
        assert await other.ledger.append(entry, after) == OperationKnown(entry)

    async def test_accounts_have_their_own_numbers_and_operations(self, stores: Stores) -> None:
        await granted(stores, "b", "g")
        await granted(stores, "a", "g")
        assert await stores.ledger.accounts() == ["a", "b"]
        assert [entry.account for entry in await stores.ledger.entries("a")] == ["a"]

    async def test_entries_are_chosen_by_kind_number_and_count(self, stores: Stores) -> None:
        state = await granted(stores, "a", "g1", "g2", "g3")
        hold = decide(state, PlaceHold("a", "j", 4, NOON + DAY, 9), NOON)
        await stores.ledger.append(hold, apply(state, hold))
        read = stores.ledger.entries
        assert [entry.seq for entry in await read("a")] == [1, 2, 3, 4]
        assert [entry.seq for entry in await read("a", kind=Kind.GRANT, after=1)] == [2, 3]
        assert await read("a", kind=Kind.HOLD) == [hold]
        assert [entry.seq for entry in await read("a", after=1, limit=2)] == [2, 3]
        assert await read("a", limit=0) == []

    async def test_the_snapshot_never_moves_backwards(self, stores: Stores, other: Stores) -> None:
        state = await granted(stores, "a", "g1", "g2")
        entry, _ = grant(state, "g3")
        await other.ledger.append(entry, State("a", seq=1))
        loaded = await stores.ledger.load("a", None)
        assert loaded.snapshot is None or loaded.snapshot.seq >= 2
        assert fold(loaded.snapshot or State("a"), loaded.tail) == apply(state, entry)

    async def test_large_amounts_are_kept_exactly(self, stores: Stores) -> None:
        entry, after = grant(State("a"), "g", 10**15)
        await stores.ledger.append(entry, after)
        assert (await stores.ledger.entries("a"))[0].amount == 10**15

    async def test_of_many_writers_of_one_number_exactly_one_wins(self, handles: Handles) -> None:
        rivals = [grant(State("a"), f"g{number}") for number in range(20)]
        outcomes = await asyncio.gather(
            *(handles[i % 2].ledger.append(entry, after) for i, (entry, after) in enumerate(rivals))
        )
        assert outcomes.count(Appended()) == 1
        assert outcomes.count(SequenceTaken()) == 19
        assert await handles[0].ledger.entries("a") == [rivals[outcomes.index(Appended())][0]]

    async def test_of_many_deliveries_of_one_operation_exactly_one_is_written(self, handles: Handles) -> None:
        entry, after = grant(State("a"), "g")
        outcomes = await asyncio.gather(*(handles[i % 2].ledger.append(entry, after) for i in range(20)))
        assert outcomes.count(Appended()) == 1
        assert outcomes.count(OperationKnown(entry)) == 19


CODE = LinkCode("digest", "a1", NOON + MINUTE)


class LinkContract:
    async def test_a_code_is_claimed_by_the_first_and_again_by_the_same(self, stores: Stores, other: Stores) -> None:
        await stores.links.add(CODE)
        claimed = replace(CODE, claimed_by="a2")
        assert await other.links.claim("digest", "a2", NOON) == claimed
        assert await stores.links.claim("digest", "a2", NOON + DAY) == claimed
        assert await stores.links.claim("digest", "a3", NOON) is None

    async def test_an_unknown_or_expired_code_cannot_be_claimed(self, stores: Stores) -> None:
        await stores.links.add(CODE)
        assert await stores.links.claim("other", "a2", NOON) is None
        assert await stores.links.claim("digest", "a2", NOON + MINUTE) is None
        assert await stores.links.unmerged() == []
        assert await stores.links.claim("digest", "a2", NOON + MINUTE - 1) is not None

    async def test_a_claim_is_unmerged_until_marked(self, stores: Stores, other: Stores) -> None:
        await stores.links.add(CODE)
        await stores.links.claim("digest", "a2", NOON)
        assert await other.links.unmerged() == [replace(CODE, claimed_by="a2")]
        await other.links.mark_merged("digest")
        assert await stores.links.unmerged() == []

    async def test_of_many_who_claim_a_code_exactly_one_gets_it(self, handles: Handles) -> None:
        await handles[0].links.add(CODE)
        claims = await asyncio.gather(*(handles[i % 2].links.claim("digest", f"b{i}", NOON) for i in range(10)))
        assert sum(claim is not None for claim in claims) == 1


class LimitContract:
    async def test_takes_count_up_to_the_limit(self, stores: Stores, other: Stores) -> None:
        takes = [await handle.limits.take("k", f"r{i}", 2, NOON) for i, handle in enumerate((stores, other, stores))]
        assert takes == [1, 2, None]
        assert await other.limits.used("k") == 2

    async def test_a_request_is_counted_once_even_at_the_limit(self, stores: Stores, other: Stores) -> None:
        takes = [await stores.limits.take("k", "r1", 1, NOON), await other.limits.take("k", "r1", 1, NOON)]
        assert takes == [1, 1]

    async def test_keys_do_not_share(self, stores: Stores) -> None:
        await stores.limits.take("k", "r1", 1, NOON)
        assert await stores.limits.take("l", "r1", 1, NOON) == 1
        assert await stores.limits.used("m") == 0

    async def test_what_is_given_back_is_free_again(self, stores: Stores) -> None:
        await stores.limits.take("k", "r1", 1, NOON)
        await stores.limits.give_back("k", "r2")
        assert await stores.limits.take("k", "r2", 1, NOON) is None
        for _ in range(2):
            await stores.limits.give_back("k", "r1")
        assert await stores.limits.take("k", "r2", 1, NOON) == 1

    async def test_ended_windows_are_forgotten_and_others_kept(self, stores: Stores) -> None:
        await stores.limits.take("old", "r", 1, NOON)
        await stores.limits.take("new", "r", 1, NOON + 1)
        await stores.limits.purge(NOON)
        assert (await stores.limits.used("old"), await stores.limits.used("new")) == (0, 1)

    async def test_a_rush_takes_exactly_the_limit(self, handles: Handles) -> None:
        takes = await asyncio.gather(*(handles[i % 2].limits.take("k", f"r{i}", 7, NOON) for i in range(30)))
        assert sorted(take for take in takes if take is not None) == list(range(1, 8))
