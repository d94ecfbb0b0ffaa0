"""Rules of merging accounts, one sentence each."""

import pytest

from core.clock import DAY
from core.credits.model import Kind, Origin
from core.credits.operations import Adjust, Grant, MoveOut, PlaceHold, Reverse
from core.errors import (
    AccountMoved,
    NothingToMove,
    ReversalExceedsGrant,
    WordOutdated,
)
from tests.core.credits.book import NOW, Book, lapsed_month, merged


def test_an_heir_owes_no_credits_of_a_month_that_lapsed_before_the_merge(book: Book) -> None:
    heir = Book("a0")
    lapsed_month(book, 30)
    merged(book, heir)
    heir.now = book.now
    heir.do(Reverse("a0", "refund", "month", 100))
    assert heir.money == (0, 0, 30)


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
