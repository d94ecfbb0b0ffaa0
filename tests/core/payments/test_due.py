"""When orders are looked at again: often while something may happen soon, and every wait has an end."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import DAY, HOUR, MINUTE
from core.payments.due import (
    DISPUTABLE,
    PAYABLE,
    SOON,
    TELLABLE,
    after_failure,
    is_to_be_told,
    next_look,
    without_gateway,
)
from core.payments.orders import Goods, Order, OrderState, Taken
from tests.core.payments.test_orders import ORDER
from tests.support import NOON

PENDING = replace(ORDER, state=OrderState.PENDING, goods=Goods("pack", "small", 500, 499, "USD"))
PAID = replace(PENDING, state=OrderState.FULFILLED, payments=(Taken("cap", 499, 500, NOON),), told=1)
PLAN = replace(
    PAID, goods=Goods("plan", "club", 500, 499, "USD"), renews=True,
    payments=(Taken("m1", 499, 500, NOON, until=NOON + 30 * DAY),),
)  # fmt: skip
UNTOLD = replace(PAID, told=0)


def looks(order: Order, days: int) -> list[int]:
    """When it is looked at, if nothing ever changes: milliseconds after its payment."""
    found, at = [], NOON
    while (at := next_look(order, at, is_gone=False) or 0) and at < NOON + days * DAY:
        found.append(at - NOON)
    return found


def test_who_cannot_be_told_is_tried_ever_more_seldom_and_not_for_ever() -> None:
    tries = [at for at in looks(UNTOLD, 8) if is_to_be_told(UNTOLD, NOON + at)]
    assert tries[:5] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE]
    assert len(tries) < 20
    assert not is_to_be_told(UNTOLD, NOON + TELLABLE)


def test_a_plan_that_renews_is_asked_for_near_the_end_of_its_month_and_seldom_before() -> None:
    looked = looks(PLAN, 32)
    assert len([at for at in looked if at < 29 * DAY]) <= 12
    assert 30 * DAY - HOUR in looked
    after = [at for at in looked if at >= 30 * DAY - HOUR]
    assert all(later - earlier == HOUR for earlier, later in pairwise(after))


def test_a_plan_that_renews_is_never_forgotten() -> None:
    assert next_look(PLAN, NOON + 2 * DISPUTABLE, is_gone=False) == NOON + 2 * DISPUTABLE + DAY


@pytest.mark.parametrize(
    ("order", "after", "wait"),
    [(PENDING, 0, HOUR), (PENDING, PAYABLE, DAY), (PENDING, DISPUTABLE, None), (PAID, 0, DAY), (PAID, 8 * DAY, 7 * DAY),
     (PAID, DISPUTABLE, None), (replace(PENDING, state=OrderState.EXPIRED), PAYABLE, None)],
)  # fmt: skip
def test_an_order_is_looked_at_while_something_may_happen(order: Order, after: int, wait: int | None) -> None:
    found = next_look(order, NOON + after, is_gone=False)
    assert (found and found - NOON - after) == wait


def test_an_order_without_a_gateway_is_due_daily_and_not_for_ever() -> None:
    assert without_gateway(PAID, NOON) == NOON + DAY
    assert without_gateway(PAID, NOON + DISPUTABLE) is None


@given(st.sampled_from([PENDING, PAID, PLAN, UNTOLD]), st.integers(0, 2 * DISPUTABLE), st.booleans())
def test_no_order_is_due_at_once_again(order: Order, after: int, is_gone: bool) -> None:
    now = NOON + after
    for found in (next_look(order, now, is_gone=is_gone), after_failure(order, now, 5 * MINUTE)):
        assert found is None or SOON <= found - now <= 7 * DAY or found == NOON + 30 * DAY - HOUR
