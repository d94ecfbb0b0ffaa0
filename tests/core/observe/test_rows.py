"""A request counts where it was served, its calls where they were made, and each of them once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.jobs.attempts import Outcome, Tokens
from core.observe.model import BUCKETS_MS, LATENCIES, NOBODY, CallCost, Indicators, Rollup, Status, Usage, bucket_of
from core.observe.rows import MONTH, days_and_months, rows_of
from tests.support import NOON

DAY = "2026-11-23"


def call(provider: str = "p", outcome: Outcome = "done", cost: int | None = 7, **more: object) -> CallCost:
    return CallCost.model_validate({"provider": provider, "model": "m", "outcome": outcome, "cost": cost} | more)


def usage(*calls: CallCost, status: Status = "done", provider: str | None = "p", **more: object) -> Usage:
    said = {name: more.pop(name) for name in list(more) if name in Indicators.model_fields}
    indicators = Indicators.model_validate({"total_ms": 3.0, "status": status, "provider_used": provider} | said)
    values = {
        "request_id": "r", "account": "a", "platform": "discord", "operation": "chat", "at": NOON, "calls": calls,
        "model_used": "m" if provider else NOBODY, "indicators": indicators,
    }  # fmt: skip
    return Usage.model_validate(values | more)


def counters(rows: list[Rollup], provider: str = "p") -> dict[str, int]:
    """What a row says, without its zeros."""
    (row,) = (row for row in rows if row.provider == provider)
    return {name: count for name, count in row.counters.items() if count}


def test_a_request_and_its_only_call_are_in_one_row() -> None:
    tokens = Tokens(input=9, cached=4, output=5, thought=2, image=1)
    record = usage(call(tokens=tokens), credits=3, pictures=2, earned=30, cached=False)
    (row,) = rows_of(record)
    assert row.key == (DAY, "a", "p", "m", "chat")
    assert counters([row]) == {
        "requests": 1, "done": 1, "credits": 3, "pictures": 2, "earned_nano": 30, "calls": 1, "calls_done": 1,
        "cost_nano": 7, "tokens_input": 9, "tokens_cached": 4, "tokens_output": 5, "tokens_thought": 2,
        "tokens_image": 1,
    }  # fmt: skip


def test_a_fallback_is_counted_where_it_served_and_what_failed_before_where_it_failed() -> None:
    record = usage(
        call("q", "retryable", 0), call("q", "unknown", None), call("p", "done", 5), fallback_used=True, earned=9
    )
    rows = rows_of(record)
    assert [row.key for row in rows] == [(DAY, "a", "p", "m", "chat"), (DAY, "a", "q", "m", "chat")]
    assert counters(rows, "p") == {
        "requests": 1, "done": 1, "fallback": 1, "earned_nano": 9, "calls": 1, "calls_done": 1, "cost_nano": 5,
    }  # fmt: skip
    assert counters(rows, "q") == {"calls": 2, "calls_retryable": 1, "calls_unknown": 1, "cost_unknown": 1}
    assert rows[1].histograms == {}
    assert rows[1].counters["requests"] == 0


def test_a_request_that_nobody_served_is_counted_at_nobody() -> None:
    rows = rows_of(usage(call("p", "refused", 4), status="refused", provider=None, earned=0))
    assert [row.key[2:] for row in rows] == [("none", "none", "chat"), ("p", "m", "chat")]
    assert counters(rows, "none") == {"requests": 1, "refused": 1}
    assert counters(rows, "p") == {"calls": 1, "calls_refused": 1, "cost_nano": 4}


def test_an_answer_from_the_cache_is_a_request_without_a_call() -> None:
    (row,) = rows_of(usage(cached=True, earned=0))
    assert counters([row]) == {"requests": 1, "done": 1, "cached": 1}


def test_what_credits_are_worth_is_unknown_and_not_0_when_nobody_knows() -> None:
    (row,) = rows_of(usage(credits=3))
    assert counters([row]) == {"requests": 1, "done": 1, "credits": 3, "earned_unknown": 1}


def test_a_record_of_an_older_easel_belongs_to_the_row_it_was_counted_in() -> None:
    (row,) = rows_of(usage(model_used=""))
    assert row.key == (DAY, "a", "p", "", "chat")


def test_each_request_is_in_one_bucket_of_each_histogram() -> None:
    (row,) = rows_of(usage(total_ms=1e9, db_ms=2.5))
    assert set(row.histograms) == set(LATENCIES)
    assert all((len(row), sum(row)) == (len(BUCKETS_MS) + 1, 1) for row in row.histograms.values())
    assert row.histograms["totalMs"][-1] == 1
    assert row.histograms["dbMs"][bucket_of(2.5)] == 1


# --- what became known later -----------------------------------------------------------------------------------


def test_an_addition_takes_the_place_of_what_was_unknown() -> None:
    record = usage(call("q", "unknown", None), call("p"), credits=3, pictures=1, earned=30)
    known = call("q", "done", 40, tokens=Tokens(input=1))
    addition = record.addition(0, known)
    assert (addition.request_id, addition.requests, addition.margin) == ("r:call:0", 0, -40)
    (before,) = (row for row in rows_of(record) if row.provider == "q")
    (later,) = rows_of(addition)
    assert later.key == before.key
    assert counters([before.plus(later)], "q") == {
        "calls": 1, "calls_done": 1, "cost_nano": 40, "tokens_input": 1,
    }  # fmt: skip


def test_an_addition_that_knows_the_end_but_not_the_cost_leaves_that_unknown() -> None:
    record = usage(call("p", "unknown", None))
    (before,), (later,) = rows_of(record), rows_of(record.addition(0, call("p", "done", None)))
    assert counters([before.plus(later)]) == {
        "requests": 1, "done": 1, "calls": 1, "calls_done": 1, "cost_unknown": 1, "earned_unknown": 1,
    }  # fmt: skip


def test_an_addition_whose_end_stays_unknown_counts_its_cost() -> None:
    record = usage(call("p", "unknown", None), earned=0)
    (before,), (later,) = rows_of(record), rows_of(record.addition(0, call("p", "unknown", 9)))
    assert counters([before.plus(later)]) == {
        "requests": 1, "done": 1, "calls": 1, "calls_unknown": 1, "cost_nano": 9,
    }  # fmt: skip


# --- sums ------------------------------------------------------------------------------------------------------

OUTCOMES: tuple[Outcome, ...] = ("done", "refused", "retryable", "fatal", "unknown", "cancelled")
calls = st.builds(
    CallCost, provider=st.sampled_from("pq"), model=st.sampled_from("mn"), outcome=st.sampled_from(OUTCOMES),
    cost=st.none() | st.integers(0, 99), tokens=st.none() | st.builds(Tokens, input=st.integers(0, 9)),
)  # fmt: skip


@given(st.lists(calls, max_size=6), st.sampled_from([None, "p", "q", "z"]), st.none() | st.integers(0, 99))
def test_all_rows_together_have_each_thing_once(made: list[CallCost], provider: str | None, earned: int | None) -> None:
    record = usage(*made, provider=provider, earned=earned, credits=3)
    rows = rows_of(record)
    assert len({row.key for row in rows}) == len(rows)
    total = rows[0]
    for row in rows[1:]:
        total = total.plus(row)
    said = total.counters
    assert (said["requests"], said["done"], said["credits"]) == (1, 1, 3)
    assert (said["earned_nano"], said["earned_unknown"]) == (earned or 0, int(earned is None))
    assert said.get("calls", 0) == sum(said.get(f"calls_{outcome}", 0) for outcome in OUTCOMES) == len(made)
    assert said.get("cost_unknown", 0) == sum(each.cost is None for each in made)
    assert said.get("cost_nano", 0) == sum(each.cost or 0 for each in made)
    assert said.get("tokens_input", 0) == sum(each.tokens.input for each in made if each.tokens)
    assert all(sum(row) == 1 for row in total.histograms.values())


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(-2, 400))
def test_whole_months_and_the_days_left_of_a_span_are_each_day_of_it_once(first: date, length: int) -> None:
    days = [first + timedelta(days=number) for number in range(length)]
    last = first + timedelta(days=length - 1)
    found: list[date] = []
    for name in days_and_months(first.isoformat(), last.isoformat()):
        if name.startswith(MONTH):
            begun = date.fromisoformat(f"{name.removeprefix(MONTH)}-01")
            month = [begun + timedelta(days=number) for number in range(31)]
            found += [day for day in month if day.month == begun.month]
        else:
            found.append(date.fromisoformat(name))
    assert found == days
