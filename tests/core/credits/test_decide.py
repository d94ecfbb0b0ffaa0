"""Rules of credits, one sentence each, without a database."""

import pytest

from core.clock import DAY
from core.credits.apply import RETURN_GRACE, fold
from core.credits.closed import all_lots
from core.credits.decide import due_lapse
from core.credits.model import MAX_CREDITS, Kind, Origin, State
from core.credits.operations import Adjust, Lapse, PlaceHold
from core.errors import (
    BadAmount,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    SettleExceedsHold,
    TooManyInFlight,
)
from tests.core.credits.book import NOW, Book


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


def test_a_hold_that_comes_after_its_own_expiry_is_not_placed(book: Book) -> None:
    book.grant("g", 10)
    with pytest.raises(Interrupted):
        book.do(PlaceHold("a1", "j", 10, book.now, 9))
    assert book.money == (10, 0, 0)
