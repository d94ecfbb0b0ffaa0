"""Numbers, money and days as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.figures import Percentiles, Span
from core.errors import BadRequest
from tests.support import ManualClock
from webhooks.dashboard import formats
from webhooks.dashboard.periods import Period, period_of


@pytest.mark.parametrize(
    ("nano", "said"),
    [
        (0, "$0.00"), (12_340_000_000, "$12.34"), (12_345_000_000, "$12.35"), (12_345_670_000_000, "$12,345.67"),
        (1_234_567_890_000_000, "$1,234,568"), (-99_999_994_000_000, "-$99,999.99"),
        (10_000_000, "$0.01"), (4_200_000, "$0.00420"), (39, "$0.000000039"), (-12_340_000_000, "-$12.34"),
    ],
)  # fmt: skip
def test_money_of_the_operator_is_in_dollars_and_never_rounded_to_nothing(nano: int, said: str) -> None:
    assert formats.usd(nano) == said


@given(st.integers(1, 10**15))
def test_what_costs_something_is_never_said_to_cost_nothing(nano: int) -> None:
    assert set(formats.usd(nano)) & set("123456789")


@pytest.mark.parametrize(
    ("by_currency", "said"),
    [
        ({}, ("$0.00", "")),
        ({"USD": 499}, ("$4.99", "")),
        ({"EUR": 499, "XTR": 50}, ("4.99 EUR", "and 50 XTR")),
        ({"EUR": 499, "USD": 123_456, "XTR": 5_000}, ("$1,234.56", "and 4.99 EUR and 5,000 XTR")),
        ({"EUR": -5}, ("-0.05 EUR", "")),
    ],
)
def test_money_of_buyers_keeps_its_currency(by_currency: dict[str, int], said: tuple[str, str]) -> None:
    assert (formats.money(by_currency), formats.more_money(by_currency)) == said


def test_rates_times_and_lengths_are_short() -> None:
    assert [formats.percent(rate) for rate in (0.0, 0.0004, 0.034, 1.0)] == ["0 %", "< 0.1 %", "3.4 %", "100 %"]
    assert formats.latencies(Percentiles(9, 250, 2_500, None)) == ("≤ 250 ms", "≤ 2.5 s", formats.NOTHING)
    assert [formats.duration(ms) for ms in (-5, 3_000, 240_000, 7_200_000, 10**9)] == [
        "0 s",
        "3 s",
        "4 min",
        "2 h",
        "11 d",
    ]
    assert formats.short_day("2026-11-02") == "2 Nov"
    days = [formats.day_label(day, "2026-11-03") for day in ("2026-11-02", "2026-11-03")]
    assert days == ["2 Nov", "3 Nov, so far"]


def test_days_are_the_last_thirty_unless_the_address_says_otherwise(clock: ManualClock) -> None:
    assert period_of({}, clock) == Period(Span("2026-10-25", "2026-11-23"), 30)
    assert period_of({"days": "1"}, clock) == Period(Span("2026-11-23", "2026-11-23"), 1)
    chosen = period_of({"from": "2026-01-01", "to": "2026-02-01", "days": "7"}, clock)
    assert chosen == Period(Span("2026-01-01", "2026-02-01"), None)
    for period in (period_of({}, clock), period_of({"days": "7"}, clock), chosen):
        assert period_of(period.query, clock) == period


@pytest.mark.parametrize(
    "query",
    [
        {"days": "0"}, {"days": "367"}, {"days": "x"}, {"days": "-1"}, {"days": "٣"},
        {"from": "2026-13-01"}, {"from": "yesterday"},
        {"from": "2026-11-09", "to": "2026-11-01"}, {"from": "2020-01-01", "to": "2026-01-01"}, {"to": "9999-12-31"},
        {"from": "20261101"}, {"to": "0001-01-01"},
    ],
)  # fmt: skip
def test_days_that_are_none_are_refused_with_a_sentence(query: dict[str, str], clock: ManualClock) -> None:
    with pytest.raises(BadRequest) as refused:
        period_of(query, clock)
    assert refused.value.message.endswith(".")
