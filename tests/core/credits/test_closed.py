"""Used-up lots as texts: nothing is lost, and they come back when they matter."""

from hypothesis import given
from hypothesis import strategies as st

from core.clock import HOUR
from core.credits.apply import apply, fold
from core.credits.closed import all_lots, by_id, packed, unpacked
from core.credits.decide import decide
from core.credits.model import Entry, Kind, Lot, Origin, State
from core.credits.operations import EndHold, Grant, MoveIn, MoveOut, Operation, PlaceHold, Reverse
from tests.support import NOON

amounts = st.integers(0, 10**15)
lots = st.builds(
    Lot, st.text(min_size=1), st.sampled_from(Origin), st.none() | amounts, *[amounts] * 8
)  # fmt: skip


def after(state: State, *operations: Operation) -> tuple[State, list[Entry]]:
    entries = []
    for operation in operations:
        entries.append(decide(state, operation, NOON))
        state = apply(state, entries[-1])
    return state, entries


def spent(account: str, lot: str, amount: int = 10) -> tuple[Operation, ...]:
    """A payment whose credits are all used up."""
    return (
        Grant(account, lot, amount, Origin.PAID),
        PlaceHold(account, f"{lot}-job", amount, NOON + HOUR, 9),
        EndHold(account, f"{lot}-job", Kind.SETTLE, amount),
    )


@given(lots)
def test_a_lot_is_read_back_as_it_was(lot: Lot) -> None:
    assert unpacked(packed(lot)) == lot
    assert by_id([packed(lot)]) == {lot.id: packed(lot)}


def test_a_used_up_lot_is_carried_as_a_text_and_can_still_be_reversed_only_up_to_its_grant() -> None:
    state, _ = after(State("a"), *spent("a", "pay 1"), *spent("a", "pay 2"))
    assert (state.lots, len(state.closed)) == ((), 2)
    state, _ = after(state, Reverse("a", "chargeback", "pay 1", 10))
    assert (state.debt, {lot.id: lot.clawed for lot in all_lots(state)}) == (10, {"pay 1": 10, "pay 2": 0})
    assert state.lots == ()


def test_used_up_lots_follow_a_merge_and_what_returns_to_them_can_be_spent() -> None:
    source, _ = after(State("a"), *spent("a", "old"), Grant("a", "new", 10, Origin.PAID))
    source, (_, out) = after(source, PlaceHold("a", "j", 10, NOON + HOUR, 9), MoveOut("a", "m1", "b"))
    heir, _ = after(State("b"), MoveIn("b", out))
    assert (heir.lots, sorted(lot.id for lot in all_lots(heir))) == ((), ["new", "old"])
    source, (_, rest) = after(source, EndHold("a", "j", Kind.RELEASE), MoveOut("a", "m2", "b"))
    heir, _ = after(heir, MoveIn("b", rest))
    assert [(lot.id, lot.remaining) for lot in heir.lots] == [("new", 10)]
    assert source.lots == ()


def test_folding_at_once_and_entry_by_entry_give_the_same_state() -> None:
    operations = [step for number in range(5) for step in spent("a", f"p{number}")]
    state, entries = after(State("a"), *operations, Reverse("a", "r", "p2", 4), Grant("a", "g", 9, Origin.PAID))
    assert fold(State("a"), entries) == state
