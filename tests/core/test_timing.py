"""Where a request's time goes: parts never add up to more than the whole."""

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.timing import PartName, Stopwatch, measured, resumed, stopwatch, summed

PARTS: tuple[PartName, ...] = get_args(PartName)
ROUNDING = 0.001  # each part is rounded to a microsecond


def spin() -> None:
    """Let the clock move on, however coarse it is."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < 20e-6:
        pass


def spin_and_fail() -> None:
    spin()
    raise ZeroDivisionError


def test_a_part_is_counted_in_the_current_request() -> None:
    with stopwatch() as watch, measured("db_ms"):
        spin()
    assert list(watch.parts) == ["db_ms"]
    assert 0 < watch.parts["db_ms"] <= watch.total_ms() + ROUNDING


def test_the_same_part_twice_is_added_up() -> None:
    with stopwatch() as watch:
        with measured("db_ms"):
            spin()
        once = watch.parts["db_ms"]
        with measured("db_ms"):
            spin()
    assert watch.parts["db_ms"] > once


def test_a_span_inside_a_span_is_not_counted_again() -> None:
    with stopwatch() as watch, measured("credit_ms"), measured("db_ms"):
        spin()
    assert list(watch.parts) == ["credit_ms"]


def test_after_an_inner_span_the_outer_one_goes_on() -> None:
    with stopwatch() as watch, measured("credit_ms"):
        with measured("db_ms"):
            spin()
        with measured("ai_ms"):
            spin()
    assert list(watch.parts) == ["credit_ms"]


def test_outside_of_a_request_nothing_is_measured() -> None:
    with measured("db_ms"):
        pass
    with stopwatch() as watch:
        pass
    with measured("db_ms"):
        pass
    assert watch.parts == {}


def test_a_failing_span_is_counted_and_ends() -> None:
    with stopwatch() as watch:
        with pytest.raises(ZeroDivisionError), measured("db_ms"):
            spin_and_fail()
        with measured("ai_ms"):
            spin()
    assert set(watch.parts) == {"db_ms", "ai_ms"}


def test_a_stopwatch_can_be_resumed_later() -> None:
    watch = Stopwatch()
    with resumed(watch), measured("db_ms"):
        spin()
    with resumed(watch), measured("ai_ms"):
        spin()
    with measured("credit_ms"):
        spin()
    assert set(watch.parts) == {"db_ms", "ai_ms"}


def test_a_request_inside_a_request_has_its_own_stopwatch() -> None:
    with stopwatch() as outer:
        with stopwatch() as inner, measured("db_ms"):
            spin()
        with measured("ai_ms"):
            spin()
    assert (list(inner.parts), list(outer.parts)) == (["db_ms"], ["ai_ms"])


async def test_requests_side_by_side_do_not_share_their_time() -> None:
    async def one(part: PartName) -> Stopwatch:
        with stopwatch() as watch, measured(part):
            await asyncio.sleep(0)
        return watch

    watches = await asyncio.gather(*(one(part) for part in PARTS))
    assert [list(watch.parts) for watch in watches] == [[part] for part in PARTS]


async def test_spans_of_one_request_that_run_at_once_count_only_once() -> None:
    async def span(part: PartName) -> None:
        with measured(part):
            await asyncio.sleep(0.002)

    with stopwatch() as watch:
        await asyncio.gather(*(span(part) for part in PARTS))
    assert list(watch.parts) == [PARTS[0]]
    assert sum(watch.parts.values()) <= watch.total_ms() + ROUNDING


@dataclass(frozen=True)
class Span:
    """One measured part and the spans within it."""

    part: PartName
    inside: tuple["Span", ...] = ()

    def __len__(self) -> int:
        return 1 + sum(map(len, self.inside))

    def run(self) -> None:
        with measured(self.part):
            spin()
            for span in self.inside:
                span.run()


SPANS = st.recursive(
    st.builds(Span, st.sampled_from(PARTS)),
    lambda inner: st.builds(Span, st.sampled_from(PARTS), st.lists(inner, max_size=4).map(tuple)),
)


@given(st.lists(SPANS, max_size=4))
def test_however_spans_nest_parts_never_exceed_the_total(spans: list[Span]) -> None:
    with stopwatch() as watch:
        for span in spans:
            span.run()
    assert set(watch.parts) == {span.part for span in spans}
    assert sum(watch.parts.values()) <= watch.total_ms() + sum(map(len, spans)) * ROUNDING


def test_a_deep_nest_counts_only_its_outermost_span() -> None:
    with stopwatch() as watch, ExitStack() as stack:
        for part in PARTS:
            stack.enter_context(measured(part))
        spin()
    assert list(watch.parts) == [PARTS[0]]


def test_two_sets_of_parts_add_up_by_name() -> None:
    assert summed({"db_ms": 1.5, "ai_ms": 2.0}, {"db_ms": 0.25, "credit_ms": 1.0}) == {
        "db_ms": 1.75,
        "ai_ms": 2.0,
        "credit_ms": 1.0,
    }
    assert summed({}, {}) == {}
