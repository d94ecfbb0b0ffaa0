"""What a usage record adds to the daily sums: pure, and the same whenever it is asked again."""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

from core.admin.model import USAGE, Doc, Event
from core.clock import utc_date
from core.observe.model import BUCKETS_MS, LATENCIES, NOBODY, CallCost, Key, Rollup, Usage, bucket_of

TOTAL, MONTH = "t:", "m:"
"""What the day of a summary begins with, so that it is in no range of days."""
EVERYBODY = "*"
ANY = "*"
MADE = ("image", "chat")


def rows_of(usage: Usage) -> list[Rollup]:
    """One rollup for each row that the record belongs to, holding this record alone, in the order of their keys.

    The request counts in the row of whom served it, each of its calls in the row of whom it was made to.
    """
    parts = [_request(usage)] if usage.requests else []
    parts.extend(_call(usage, call) for call in usage.calls)
    rows: dict[Key, Rollup] = {}
    for part in parts:
        rows[part.key] = rows[part.key].plus(part) if part.key in rows else part
    return [rows[key] for key in sorted(rows)]


def all_rows_of(usage: Usage) -> list[Rollup]:
    """These rows, and the summaries that they add to."""
    rows = rows_of(usage)
    summaries: dict[Key, Rollup] = {}
    for row in rows:
        for summary in summaries_of(row):
            known = summaries.get(summary.key)
            summaries[summary.key] = known.plus(summary) if known else summary
    return [*rows, *(summaries[key] for key in sorted(summaries))]


def summaries_of(row: Rollup) -> list[Rollup]:
    """The same row among those of all accounts together, and in the month of its account."""
    total = {"day": TOTAL + row.day, "account": EVERYBODY}
    month = {"day": MONTH + row.day[:7], "provider": ANY, "model": ANY, "operation": ANY, "histograms": {}}
    return [row.model_copy(update=total), row.model_copy(update=month)]


def days_and_months(first: str, last: str) -> list[str]:
    """As what `day` the rows are known that say who was active in this span of UTC days.

    A month that is in it as a whole has one row an account, whose place in it says the same as all its days.
    """
    found, day = list[str](), date.fromisoformat(first)
    while (name := day.isoformat()) <= last:
        end = day.replace(day=monthrange(day.year, day.month)[1])
        if day.day == 1 and end.isoformat() <= last:
            found.append(MONTH + name[:7])
            day = end
        else:
            found.append(name)
        day += timedelta(days=1)
    return found


def unmarked(summary: Rollup) -> Rollup:
    """A summary with its day, or month, as people write it."""
    return summary.model_copy(update={"day": summary.day.removeprefix(TOTAL).removeprefix(MONTH)})


def event_of(usage: Usage) -> Event | None:
    """What other programs are told of a picture or an answer that was asked for; None for anything else."""
    if not usage.requests or usage.operation not in MADE:
        return None
    said = usage.indicators
    data: Doc = {
        "operation": usage.operation, "platform": usage.platform, "model": usage.model, "status": said.status,
        "provider": said.provider_used, "credits": usage.credits, "pictures": usage.pictures, "costNano": usage.cost,
        "totalMs": said.total_ms, "fallbackUsed": said.fallback_used, "cached": said.cached,
        "errorName": said.error_name,
    }  # fmt: skip
    return Event(f"usage:{usage.request_id}", usage.at, USAGE, usage.account, data)


def _request(usage: Usage) -> Rollup:
    said = usage.indicators
    counters = {
        "requests": 1,
        said.status: 1,
        "cached": int(said.cached),
        "fallback": int(said.fallback_used),
        "credits": usage.credits,
        "pictures": usage.pictures,
        "earned_nano": usage.earned or 0,
        "earned_unknown": int(usage.earned is None),
    }
    values = said.model_dump(by_alias=True)
    histograms = {name: _one_in(bucket_of(values[name])) for name in LATENCIES}
    row = _row(usage, said.provider_used or NOBODY, usage.model_used)
    return row.model_copy(update={"counters": counters, "histograms": histograms})


def _call(usage: Usage, call: CallCost) -> Rollup:
    """An addition takes the place of a call that was counted before, with an unknown end and cost."""
    counters = Counter({"requests": 0, "calls": usage.requests, f"calls_{call.outcome}": 1})
    if not usage.requests:
        counters["calls_unknown"] -= 1
    for name, count in (call.tokens.model_dump() if call.tokens else {}).items():
        counters[f"tokens_{name}"] += count or 0
    counters["cost_nano"] += call.cost or 0
    counters["cost_unknown"] += int(call.cost is None) - (1 - usage.requests)
    return _row(usage, call.provider, call.model).model_copy(update={"counters": dict(counters)})


def _row(usage: Usage, provider: str, model: str) -> Rollup:
    return Rollup(
        day=utc_date(usage.at), account=usage.account, provider=provider, model=model, operation=usage.operation
    )


def _one_in(bucket: int) -> list[int]:
    return [int(number == bucket) for number in range(len(BUCKETS_MS) + 1)]
