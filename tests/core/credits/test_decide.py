"""Rules of credits, one sentence each, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import DAY, HOUR
from core.credits.apply import RETURN_GRACE, apply, fold
from core.credits.closed import all_lots
from core.credits.decide import decide, due_lapse
from core.credits.model import MAX_CREDITS, Entry, Kind, Origin, State
from core.credits.operations import Adjust, EndHold, Grant, Lapse, MoveIn, MoveOut, Operation, PlaceHold, Reverse
from core.credits.verify import check_entries
from core.errors import (
    AccountMoved,
    BadAmount,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    NothingToMove,
    ReversalExceedsGrant,
    SettleExceedsHold,
    TooManyInFlight,
    UnknownLot,
    WordOutdated,
)

NOW = 1_000_000


class Book:
    """One account's entries and their state."""

    def __init__(self, account: str = "a1") -> None:
        self.state = State(account)
        self.entries: list[Entry] = []
        self.now = NOW

    def do(self, operation: Operation) -> Entry:
        entry = decide(self.state, operation, self.now)
        self.state = apply(self.state, entry)
        self.entries.append(entry)
        assert list(check_entries(self.state.account, self.entries)) == []
        return entry

    def grant(self, op: str, amount: int, origin: Origin = Origin.PAID, expires_at: int | None = None) -> Entry:
        return self.do(Grant(self.state.account, op, amount, origin, expires_at))

    def hold(self, job: str, amount: int, max_open: int = 9) -> Entry:
        return self.do(PlaceHold(self.state.account, job, amount, self.now + HOUR, max_open))

    def end(self, job: str, kind: Kind, amount: int = 0) -> Entry:
        return self.do(EndHold(self.state.account, job, kind, amount))

    def lot(self, lot_id: str) -> dict[str, int]:
        lot = next(lot for lot in all_lots(self.state) if lot.id == lot_id)
        names = ("granted", "remaining", "held", "spent", "expired", "reversed", "moved")
        return {name: getattr(lot, name) for name in names if getattr(lot, name)}

    @property
    def money(self) -> tuple[int, int, int]:
        return self.state.spendable(self.now), self.state.held, self.state.debt


@pytest.fixture
def book() -> Book:
    return Book()


def test_a_hold_takes_what_it_needs_and_settling_spends_it(book: Book) -> None:
    book.grant("g", 100)
    book.hold("j", 40)
    assert book.money == (60, 40, 0)
    entry = book.end("j", Kind.SETTLE, 40)
    assert (entry.amount, book.money) == (-40, (60, 0, 0))


def test_settling_less_than_held_gives_the_rest_back(book: Book) -> None:
    book.grant("free", 15, Origin.FREE)
    book.grant("paid", 100)
    book.hold("j", 40)
    book.end("j", Kind.SETTLE, 20)
    assert book.money == (95, 0, 0)
    assert book.lot("paid") == {"granted": 100, "remaining": 95, "spent": 5}


def test_releasing_gives_everything_back(book: Book) -> None:
    book.grant("g", 100)
    book.hold("j", 40)
    assert book.end("j", Kind.RELEASE).amount == 0
    assert book.money == (100, 0, 0)


def test_a_free_request_holds_nothing_but_counts_as_in_flight(book: Book) -> None:
    book.hold("j", 0)
    with pytest.raises(TooManyInFlight):
        book.hold("k", 0, max_open=1)
    book.end("j", Kind.SETTLE, 0)
    book.hold("k", 0, max_open=1)


def test_nobody_spends_more_than_they_have(book: Book) -> None:
    book.grant("g", 9)
    with pytest.raises(InsufficientCredits) as caught:
        book.hold("j", 10)
    assert (caught.value.needed, caught.value.available) == (10, 9)
    assert caught.value.message == "You need 10 credits and have 9."


def test_what_is_held_cannot_be_held_again(book: Book) -> None:
    book.grant("g", 15)
    book.hold("j", 10)
    with pytest.raises(InsufficientCredits):
        book.hold("k", 10)


def test_no_more_holds_than_allowed_at_once(book: Book) -> None:
    book.grant("g", 100)
    book.hold("j", 1, max_open=2)
    book.hold("k", 1, max_open=2)
    with pytest.raises(TooManyInFlight):
        book.hold("l", 1, max_open=2)


def test_expired_credits_cannot_be_spent(book: Book) -> None:
    book.grant("g", 10, Origin.FREE, expires_at=NOW + DAY)
    book.now += DAY
    with pytest.raises(InsufficientCredits) as caught:
        book.hold("j", 1)
    assert caught.value.available == 0


def test_a_lapse_records_what_expired_once(book: Book) -> None:
    book.grant("g", 10, Origin.PROMO, expires_at=NOW + DAY)
    assert due_lapse(book.state, book.now) is None
    book.now += DAY
    lapse = due_lapse(book.state, book.now)
    assert lapse is not None
    assert book.do(lapse).amount == -10
    assert book.lot("g") == {"granted": 10, "expired": 10}
    assert due_lapse(book.state, book.now) is None
    with pytest.raises(BadAmount):
        book.do(Lapse("a1", "again", "g"))


def test_what_was_free_and_expires_soonest_is_spent_first(book: Book) -> None:
    book.grant("paid", 10, Origin.PAID)
    book.grant("promo", 10, Origin.PROMO)
    book.grant("plan", 10, Origin.SUBSCRIPTION, NOW + 9 * DAY)
    book.grant("late", 10, Origin.FREE, NOW + 2 * DAY)
    book.grant("soon", 10, Origin.FREE, NOW + DAY)
    entry = book.hold("j", 45)
    assert [part.lot for part in entry.parts] == ["soon", "late", "plan", "promo", "paid"]
    assert [part.amount for part in entry.parts] == [10, 10, 10, 10, 5]


def test_a_failed_job_returns_credits_that_expired_meanwhile_for_a_while(book: Book) -> None:
    book.grant("g", 10, Origin.FREE, expires_at=NOW + DAY)
    book.hold("j", 10)
    book.now += 2 * DAY
    book.end("j", Kind.RELEASE)
    assert book.money == (10, 0, 0)
    book.now += RETURN_GRACE
    assert book.money == (0, 0, 0)


def test_a_hold_ends_only_once(book: Book) -> None:
    book.grant("g", 10)
    book.hold("j", 10)
    book.end("j", Kind.SETTLE, 10)
    with pytest.raises(HoldNotOpen):
        book.end("j", Kind.RELEASE)


def test_a_hold_ends_in_settle_release_or_expire_only(book: Book) -> None:
    book.grant("g", 10)
    book.hold("j", 10)
    with pytest.raises(HoldNotOpen):
        book.end("j", Kind.GRANT)
    assert book.end("j", Kind.EXPIRE).kind is Kind.EXPIRE


def test_a_job_is_never_charged_more_than_it_held(book: Book) -> None:
    book.grant("g", 100)
    book.hold("j", 10)
    with pytest.raises(SettleExceedsHold):
        book.end("j", Kind.SETTLE, 11)
    with pytest.raises(SettleExceedsHold):
        book.end("j", Kind.SETTLE, -1)


def test_a_reversal_takes_what_is_left_of_its_payment_and_the_rest_becomes_debt(book: Book) -> None:
    book.grant("pay", 100)
    book.hold("j", 30)
    book.end("j", Kind.SETTLE, 30)
    entry = book.do(Reverse("a1", "chargeback", "pay", 100))
    assert (entry.amount, entry.debt) == (-100, 30)
    assert book.money == (0, 0, 30)


def test_a_reversal_takes_other_credits_for_what_is_missing(book: Book) -> None:
    book.grant("pay", 100)
    book.hold("j", 100)
    book.end("j", Kind.SETTLE, 100)
    book.grant("other", 60)
    book.do(Reverse("a1", "chargeback", "pay", 100))
    assert book.money == (0, 0, 40)
    assert book.lot("other") == {"granted": 60, "spent": 60}


def test_later_credits_repay_debt_first(book: Book) -> None:
    book.grant("pay", 10)
    book.hold("j", 10)
    book.end("j", Kind.SETTLE, 10)
    book.do(Reverse("a1", "chargeback", "pay", 10))
    entry = book.grant("new", 25)
    assert (entry.amount, entry.debt) == (25, -10)
    assert book.money == (15, 0, 0)


def test_a_released_hold_repays_debt_first(book: Book) -> None:
    book.grant("pay", 10)
    book.hold("j", 10)
    book.do(Reverse("a1", "chargeback", "pay", 10))
    assert book.money == (0, 10, 10)
    book.end("j", Kind.RELEASE)
    assert book.money == (0, 0, 0)


def test_reversals_never_exceed_what_the_payment_gave(book: Book) -> None:
    book.grant("pay", 10)
    book.do(Reverse("a1", "refund-1", "pay", 4))
    with pytest.raises(ReversalExceedsGrant):
        book.do(Reverse("a1", "refund-2", "pay", 11, 2))
    with pytest.raises(ReversalExceedsGrant):
        book.do(Reverse("a1", "refund-3", "pay", -1, 2))
    entry = book.do(Reverse("a1", "refund-4", "pay", 10, 2))
    assert entry.amount == -6


def test_a_reversal_that_spares_what_is_spent_takes_what_is_there_and_gives_just_that_back(book: Book) -> None:
    book.grant("reward", 100)
    book.hold("j", 30)
    book.end("j", Kind.SETTLE, 30)
    entry = book.do(Reverse("a1", "taken", "reward", 100, 1, spares_spent=True))
    assert (entry.amount, entry.debt, book.money) == (-70, 0, (0, 0, 0))
    assert book.do(Reverse("a1", "again", "reward", 100, 2, spares_spent=True)).amount == 0
    assert book.do(Reverse("a1", "won", "reward", 0, 3, spares_spent=True)).amount == 70
    assert book.money == (70, 0, 0)


def test_of_two_words_on_a_payment_the_later_one_holds_in_whatever_order_they_come(book: Book) -> None:
    book.grant("pay", 10)
    book.do(Reverse("a1", "won", "pay", 0, 2))
    with pytest.raises(WordOutdated):
        book.do(Reverse("a1", "lost", "pay", 10, 1))
    with pytest.raises(WordOutdated):
        book.do(Reverse("a1", "lost again", "pay", 10, 2))
    assert book.money == (10, 0, 0)


def test_what_a_won_dispute_gives_back_can_be_spent_again(book: Book) -> None:
    book.grant("pay", 10)
    book.do(Reverse("a1", "lost", "pay", 10, 1))
    entry = book.do(Reverse("a1", "won", "pay", 4, 2))
    assert (entry.kind, entry.amount, book.money) == (Kind.RESTORE, 6, (6, 0, 0))


def test_a_won_dispute_lowers_the_debt_it_had_made(book: Book) -> None:
    book.grant("pay", 10)
    book.hold("j", 10)
    book.do(Reverse("a1", "lost", "pay", 10, 1))
    assert book.money == (0, 10, 10)
    book.do(Reverse("a1", "won", "pay", 0, 2))
    assert book.money == (0, 10, 0)


def test_a_won_dispute_gives_back_what_was_repaid_meanwhile(book: Book) -> None:
    book.grant("pay", 10)
    book.hold("j", 10)
    book.end("j", Kind.SETTLE, 10)
    book.do(Reverse("a1", "lost", "pay", 10, 1))
    book.grant("other", 25)
    assert book.money == (15, 0, 0)
    book.do(Reverse("a1", "won", "pay", 0, 2))
    assert book.money == (25, 0, 0)


def lapsed_month(book: Book, spent: int) -> None:
    """A month of 100 credits, of which so many were used in time."""
    book.grant("month", 100, Origin.SUBSCRIPTION, book.now + HOUR)
    book.hold("j", spent)
    book.end("j", Kind.SETTLE, spent)
    book.now += HOUR
    lapse = due_lapse(book.state, book.now)
    assert lapse is not None
    book.do(lapse)


def test_nobody_owes_credits_of_a_month_that_lapsed_unused(book: Book) -> None:
    lapsed_month(book, 30)
    entry = book.do(Reverse("a1", "refund", "month", 100))
    assert (entry.amount, entry.debt, book.money) == (-30, 30, (0, 0, 30))
    assert book.lot("month") == {"granted": 100, "spent": 30, "reversed": 70}


def test_a_part_of_a_lapsed_month_that_goes_back_is_what_was_not_used(book: Book) -> None:
    lapsed_month(book, 30)
    entry = book.do(Reverse("a1", "refund", "month", 70))
    assert (entry.amount, book.money) == (0, (0, 0, 0))


@given(spent=st.integers(1, 99), totals=st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_what_is_owed_for_a_lapsed_month_depends_on_the_last_word_only(spent: int, totals: list[int]) -> None:
    book = Book()
    lapsed_month(book, spent)
    for word, total in enumerate(totals, start=1):
        book.do(Reverse("a1", f"r{word}", "month", total, word))
        while lapse := due_lapse(book.state, book.now):
            book.do(lapse)
    assert book.money == (0, 0, max(0, totals[-1] - (100 - spent)))


def test_what_repaid_the_debt_of_a_lapsed_month_comes_back_for_good_when_the_dispute_is_won(book: Book) -> None:
    lapsed_month(book, 30)
    book.grant("pack", 50)
    book.do(Reverse("a1", "lost", "month", 100, 1))
    assert book.money == (20, 0, 0)
    book.do(Reverse("a1", "won", "month", 0, 2))
    while lapse := due_lapse(book.state, book.now):
        book.do(lapse)
    assert book.money == (50, 0, 0)
    book.now += 1000 * HOUR
    assert due_lapse(book.state, book.now) is None


def test_an_heir_owes_no_credits_of_a_month_that_lapsed_before_the_merge(book: Book) -> None:
    heir = Book("a0")
    lapsed_month(book, 30)
    merged(book, heir)
    heir.now = book.now
    heir.do(Reverse("a0", "refund", "month", 100))
    assert heir.money == (0, 0, 30)


def test_a_reversal_of_an_unknown_payment_is_refused(book: Book) -> None:
    with pytest.raises(UnknownLot):
        book.do(Reverse("a1", "refund", "nothing", 1))


def test_an_adjustment_needs_a_reason_and_an_amount(book: Book) -> None:
    for amount, reason in ((0, "why"), (5, "  ")):
        with pytest.raises(BadAmount):
            book.do(Adjust("a1", "adj", amount, reason))


def test_an_adjustment_goes_up_and_down(book: Book) -> None:
    assert book.do(Adjust("a1", "up", 10, "sorry")).kind is Kind.ADJUST
    assert book.do(Adjust("a1", "down", -4, "typo")).amount == -4
    assert book.money == (6, 0, 0)
    with pytest.raises(InsufficientCredits):
        book.do(Adjust("a1", "more", -7, "too much"))


@pytest.mark.parametrize("amount", [0, -1, MAX_CREDITS + 1])
def test_a_grant_of_nothing_or_of_too_much_is_refused(book: Book, amount: int) -> None:
    with pytest.raises(BadAmount):
        book.grant("g", amount)


@pytest.mark.parametrize("amount", [-1, MAX_CREDITS + 1])
def test_a_hold_of_a_senseless_amount_is_refused(book: Book, amount: int) -> None:
    with pytest.raises(BadAmount):
        book.hold("j", amount)


def test_used_up_free_lots_are_forgotten_and_paid_ones_are_kept(book: Book) -> None:
    book.grant("free", 5, Origin.FREE)
    book.grant("paid", 5)
    book.hold("j", 10)
    book.end("j", Kind.SETTLE, 10)
    assert book.state.lots == ()
    assert [lot.id for lot in all_lots(book.state)] == ["paid"]


def test_a_replay_gives_the_same_state(book: Book) -> None:
    book.grant("g", 10)
    book.hold("j", 5)
    book.end("j", Kind.SETTLE, 2)
    assert fold(State("a1"), book.entries) == book.state


# --- merging accounts --------------------------------------------------------------------------------------


def merged(old: Book, new: Book) -> None:
    out = old.do(MoveOut(old.state.account, f"merge:{len(old.entries)}", new.state.account))
    new.do(MoveIn(new.state.account, out))


def test_a_merge_moves_every_lot_with_its_origin_and_expiry(book: Book) -> None:
    heir = Book("a0")
    book.grant("pay", 10)
    book.grant("free", 5, Origin.FREE, NOW + DAY)
    merged(book, heir)
    assert (book.money, heir.money) == ((0, 0, 0), (15, 0, 0))
    assert {(lot.id, lot.origin, lot.expires_at) for lot in heir.state.lots} == {
        ("pay", Origin.PAID, None),
        ("free", Origin.FREE, NOW + DAY),
    }


def test_a_merged_account_passes_further_operations_on(book: Book) -> None:
    merged(book, Book("a0"))
    for operation in (
        Grant("a1", "g", 5, Origin.PAID),
        PlaceHold("a1", "j", 0, NOW, 9),
        Reverse("a1", "r", "pay", 1),
        Adjust("a1", "adj", 5, "why"),
    ):
        with pytest.raises(AccountMoved) as caught:
            book.do(operation)
        assert caught.value.to == "a0"


def test_what_a_job_returns_after_the_merge_follows(book: Book) -> None:
    heir = Book("a0")
    book.grant("pay", 10)
    book.hold("j", 4)
    merged(book, heir)
    assert (book.money, heir.money) == ((0, 4, 0), (6, 0, 0))
    book.end("j", Kind.SETTLE, 1)
    merged(book, heir)
    assert heir.money == (9, 0, 0)
    assert heir.lot("pay") == {"granted": 10, "remaining": 9, "moved": 1}
    with pytest.raises(NothingToMove):
        merged(book, heir)


def test_a_payment_made_before_the_merge_can_be_reversed_after_it(book: Book) -> None:
    heir = Book("a0")
    book.grant("pay", 10)
    book.hold("j", 4)
    book.end("j", Kind.SETTLE, 4)
    book.do(Reverse("a1", "partial", "pay", 2))
    merged(book, heir)
    with pytest.raises(ReversalExceedsGrant):
        heir.do(Reverse("a0", "all", "pay", 11, 2))
    with pytest.raises(WordOutdated):
        heir.do(Reverse("a0", "again", "pay", 5, 1))
    heir.do(Reverse("a0", "rest", "pay", 10, 2))
    assert heir.money == (0, 0, 4)


def test_debt_moves_along_and_is_repaid_by_the_heir(book: Book) -> None:
    heir = Book("a0")
    heir.grant("own", 10)
    book.grant("pay", 6)
    book.hold("j", 6)
    book.end("j", Kind.SETTLE, 6)
    book.do(Reverse("a1", "chargeback", "pay", 6))
    merged(book, heir)
    assert (book.money, heir.money) == ((0, 0, 0), (4, 0, 0))


def test_an_account_moves_to_one_heir_only(book: Book) -> None:
    merged(book, Book("a0"))
    with pytest.raises(AccountMoved):
        book.do(MoveOut("a1", "elsewhere", "a9"))


def test_a_hold_that_comes_after_its_own_expiry_is_not_placed(book: Book) -> None:
    book.grant("g", 10)
    with pytest.raises(Interrupted):
        book.do(PlaceHold("a1", "j", 10, book.now, 9))
    assert book.money == (10, 0, 0)
