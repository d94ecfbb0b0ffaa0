"""Reports over the API: the envelope, the numbers, and what is no day."""

import csv
import io

import httpx
import pytest

from core.admin.figures import Span
from core.admin.refusals import BadParameter
from core.requests import Accepted
from tests.fakes import settled, working
from tests.support import ManualClock, imagine
from tests.webhooks.api.support import Api
from webhooks.api.spans import span_of


async def drawn(api: Api, request_id: str = "r1") -> None:
    accepted = await api.app.requests.submit(imagine(request_id))
    assert isinstance(accepted, Accepted)
    async with working(api.app):
        await settled(api.app, accepted.job.id)


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_a_token_of_the_command_line_reads_the_numbers_in_the_envelope(api: Api) -> None:
    await drawn(api)
    answer = await api.get("stats", await api.token())
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert body["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    total, books = body["data"]["total"], body["data"]["books"]
    assert (total["requests"], total["pictures"], total["credits"]) == (1, 1, 10)
    assert (books["users"], books["active"], books["spent"], books["outstanding"]) == (1, 1, 10, 90)
    assert (len(body["data"]["days"]), body["data"]["last"]) == (30, "2026-11-23")
    assert [line["by"] for line in body["data"]["operations"]] == [{"operation": "image"}]
    stats = await api.app.reports.stats(Span("2026-11-23", "2026-11-23"))
    assert total["costNano"] == stats.total.cost_nano


async def test_costs_are_by_what_was_asked_for(api: Api) -> None:
    await drawn(api)
    token = await api.token()
    [line] = (await api.get("costs", token, by=["day", "model"])).json()["data"]
    assert line["by"] == {"day": "2026-11-23", "model": "demo-art"}
    assert (line["figures"]["requests"], line["figures"]["rates"]["error"]) == (1, 0.0)
    assert (await api.get("costs", token, provider="nobody")).json()["data"] == []


async def test_reports_are_files_too(api: Api) -> None:
    await drawn(api)
    token = await api.token()
    [row] = rows(await api.get("costs", token, by=["day", "model"], format="csv"))
    assert (row["day"], row["provider"], row["model"]) == ("2026-11-23", "", "demo-art")
    assert (row["figures.requests"], row["figures.rates.error"]) == ("1", "0.0")
    days = rows(await api.get("stats", token, format="csv", **{"from": "2026-11-22"}))
    assert [(day["day"], day["books.spent"]) for day in days] == [("2026-11-22", "0"), ("2026-11-23", "10")]


async def test_all_six_latencies_have_percentiles(api: Api) -> None:
    await drawn(api)
    latencies = (await api.get("latencies", await api.token())).json()["data"]["latencies"]
    assert set(latencies) == {"totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs"}
    assert latencies["totalMs"]["count"] == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("yesterday", None), (None, "2026-02-30"), ("9999-12-31", "9999-12-31"), (None, "0001-01-01"), ("", None),
        ("2026-11-23", "2026-11-01"), ("2020-01-01", "2026-11-01"), ("1795435200", None), (None, "2026-W01-1"),
        ("2026-11-24", None), ("20261101", None), ("2026-11-01T00:00", None),
    ],
)  # fmt: skip
def test_what_is_no_span_of_days_is_none(first: str | None, last: str | None) -> None:
    with pytest.raises(BadParameter):
        span_of(first, last, ManualClock())


def test_a_span_is_the_last_thirty_days_or_what_is_asked_for() -> None:
    assert span_of(None, None, ManualClock()) == Span("2026-10-25", "2026-11-23")
    assert span_of(None, "2026-01-31", ManualClock()) == Span("2026-01-02", "2026-01-31")
    assert span_of("2024-01-01", "2024-12-31", ManualClock()) == Span("2024-01-01", "2024-12-31")


async def test_what_is_no_day_is_told_in_a_sentence(api: Api) -> None:
    answer = await api.get("stats", await api.token(), to="2026-02-30")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
    assert answer.json()["error"]["message"] == "to must be a day such as 2026-11-01, from 2000-01-01 to 2999-12-31."
