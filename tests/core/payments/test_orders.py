"""The states of an order, and the arithmetic of what goes back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.model import Identity
from core.jobs.model import ReplyTo
from core.payments.orders import MAX_HISTORY, NEXT, Order, OrderState, Taken, credits_back, moved, outcome
from tests.support import NOON

ORDER = Order("o1", "a1", Identity("slack", "T/U"), ReplyTo(platform="slack", channel="c"), "en", NOON, NOON + 1, "t")
PAID = Taken("cap", 499, 500, NOON)


def test_every_change_is_a_line_of_history_and_no_change_is_none() -> None:
    pending = moved(ORDER, OrderState.PENDING, "small by PayPal", NOON)
    assert [(line.state, line.why, line.at) for line in pending.history] == [("pending", "small by PayPal", NOON)]
    assert moved(pending, OrderState.PENDING, "again", NOON + 1) is pending


@pytest.mark.parametrize("source", OrderState)
@pytest.mark.parametrize("target", OrderState)
def test_an_order_takes_the_steps_of_the_table_only(source: OrderState, target: OrderState) -> None:
    order = replace(ORDER, state=source)
    if source is target or target in NEXT[source]:
        assert moved(order, target, "why", NOON).state is target
    else:
        with pytest.raises(ValueError, match=f"from {source} to {target}"):
            moved(order, target, "why", NOON)


def test_no_order_returns_to_the_beginning() -> None:
    assert all(OrderState.CREATED not in after for after in NEXT.values())


def test_a_history_does_not_grow_for_ever() -> None:
    order = ORDER
    for number in range(MAX_HISTORY):
        order = moved(order, OrderState.PENDING, "", NOON + number)
        order = moved(order, OrderState.FAILED, "", NOON + number)
    assert len(order.history) == MAX_HISTORY


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 2 * 10**6), st.integers(0, 2 * 10**6))
def test_all_credits_go_with_all_the_money_and_never_fewer_with_more(
    credits: int, amount: int, back: int, more: int
) -> None:
    assert credits_back(credits, amount, 0) == 0
    assert credits_back(credits, amount, amount) == credits
    assert 0 <= credits_back(credits, amount, back) <= credits_back(credits, amount, back + more) <= credits
    assert credits_back(credits, amount, min(back, amount)) * amount >= credits * min(back, amount)


@pytest.mark.parametrize(
    ("payments", "state"),
    [
        ((PAID,), OrderState.FULFILLED),
        ((replace(PAID, back=100),), OrderState.FULFILLED),
        ((replace(PAID, back=500),), OrderState.REFUNDED),
        ((replace(PAID, back=500), PAID), OrderState.FULFILLED),
        ((replace(PAID, is_disputed=True), PAID), OrderState.DISPUTED),
    ],
)
def test_payments_decide_the_state(payments: tuple[Taken, ...], state: OrderState) -> None:
    found = outcome(replace(ORDER, payments=payments))
    assert found is not None
    assert found[0] is state


def test_without_payments_nothing_is_decided() -> None:
    assert outcome(ORDER) is None


def test_a_plan_is_paid_until_its_last_month_that_was_not_taken_back_ends() -> None:
    months = tuple(replace(PAID, payment=f"m{n}", until=NOON + n) for n in (1, 3, 2))
    assert replace(ORDER, payments=months).paid_until == NOON + 3
    refunded = tuple(replace(month, back=500) if month.until == NOON + 3 else month for month in months)
    assert replace(ORDER, payments=refunded).paid_until == NOON + 2
    assert ORDER.paid_until is None
