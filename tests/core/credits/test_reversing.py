"""Rules of what a payment takes back, and of what a won dispute gives back, one sentence each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import HOUR
from core.credits.decide import due_lapse
from core.credits.model import Kind
from core.credits.operations import Reverse
from core.errors import (
    ReversalExceedsGrant,
    UnknownLot,
    WordOutdated,
)
from tests.core.credits.book import Book, lapsed_month


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


def test_a_reversal_of_an_unknown_payment_is_refused(book: Book) -> None:
    with pytest.raises(UnknownLot):
        book.do(Reverse("a1", "refund", "nothing", 1))
