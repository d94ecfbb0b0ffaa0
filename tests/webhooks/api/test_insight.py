"""Reports over the API: the envelope, the numbers, and what is no day."""

import pytest

from core.admin.figures import Span
from core.requests import Accepted
from tests.fakes import settled, working
from tests.support import imagine
from tests.webhooks.api.support import Api


async def drawn(api: Api, request_id: str = "r1") -> None:
    accepted = await api.app.requests.submit(imagine(request_id))
    assert isinstance(accepted, Accepted)
    async with working(api.app):
        await settled(api.app, accepted.job.id)


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


async def test_all_six_latencies_have_percentiles(api: Api) -> None:
    await drawn(api)
    latencies = (await api.get("latencies", await api.token())).json()["data"]["latencies"]
    assert set(latencies) == {"totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs"}
    assert latencies["totalMs"]["count"] == 1


@pytest.mark.parametrize(
    "params",
    [
        {"from": "yesterday"}, {"to": "2026-02-30"}, {"from": "9999-12-31", "to": "9999-12-31"}, {"to": "0001-01-01"},
        {"from": "2026-11-23", "to": "2026-11-01"}, {"from": "2020-01-01", "to": "2026-11-01"}, {"from": "1795435200"},
        {"from": ""}, {"to": "2026-W01-1"},
    ],
)  # fmt: skip
async def test_what_is_no_span_of_days_is_told_in_a_sentence(api: Api, params: dict[str, str]) -> None:
    answer = await api.get("stats", await api.token(), **params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
    assert answer.json()["error"]["message"].endswith(".")
