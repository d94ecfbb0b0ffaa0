"""Charts say what the numbers say: heights are values, whatever the values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.dashboard.charts import HEIGHT, WIDTH, Series, ceiling, grouped, lines, stacked

LABELS = ["1 Nov", "2 Nov", "3 Nov"]
VALUES = st.lists(st.integers(0, 10**15), min_size=1, max_size=40)


@given(st.integers(0, 10**18))
def test_the_top_of_a_chart_is_round_and_not_far_above_what_is_in_it(value: int) -> None:
    top = ceiling(value)
    assert value <= top <= max(2, 2 * value)
    assert top % 2 == 0
    assert len(str(top).rstrip("0")) == 1


@given(VALUES)
def test_bars_are_as_high_as_their_values_and_stand_on_each_other(values: list[int]) -> None:
    other = tuple(reversed(values))
    chart = stacked(
        "c", "C", [str(i) for i in range(len(values))], [Series("A", "a", tuple(values)), Series("B", "b", other)], str
    )
    top = ceiling(max(a + b for a, b in zip(values, other, strict=True)))
    for i, column in enumerate(chart.columns):
        assert sum(bar.height for bar in column.bars) == pytest.approx((values[i] + other[i]) / top * HEIGHT, abs=0.01)
        assert all(-0.01 <= bar.y <= HEIGHT for bar in column.bars)
        assert all(column.x <= bar.x and bar.x + bar.width <= column.x + column.width + 0.02 for bar in column.bars)
    assert chart.columns[-1].x + chart.columns[-1].width == pytest.approx(WIDTH, abs=0.1)


@given(VALUES.filter(lambda values: len(values) > 1))
def test_a_line_goes_through_its_values(values: list[int]) -> None:
    chart = lines("c", "C", [str(i) for i in range(len(values))], [Series("A", "a", tuple(values))], str)
    ((tone, points),) = chart.lines
    heights = [HEIGHT - float(point.split(",")[1]) for point in points.split()]
    assert tone == "a"
    assert heights == pytest.approx([value / ceiling(max(values)) * HEIGHT for value in values], abs=0.001)


def test_a_pointer_over_a_day_reads_all_of_its_values() -> None:
    series = [Series("Sold", "a", (1, 2, 3)), Series("Spent", "b", (0, 5, 0))]
    for chart in (
        stacked("c", "C", LABELS, series, str),
        grouped("c", "C", LABELS, series, str),
        lines("c", "C", LABELS, series, str),
    ):
        assert chart.columns[1].title == "2 Nov: Sold 2, Spent 5"
        assert chart.summary == "C from 1 Nov to 3 Nov: Sold 6, Spent 5."


def test_a_single_day_is_no_line() -> None:
    chart = lines("c", "C", ["1 Nov"], [Series("A", "a", (3,)), Series("B", "b", (4,))], str)
    assert chart.lines == ()
    assert [bar.height for bar in chart.columns[0].bars] == [75.0, 100.0]


def test_what_was_taken_back_is_not_drawn_below_the_floor() -> None:
    chart = stacked("c", "C", ["1 Nov"], [Series("A", "a", (-3,))], str)
    assert chart.columns[0].bars == ()
    assert not chart.is_empty
