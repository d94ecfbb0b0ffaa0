"""Spans of a request, its job, its provider calls and its delivery reach a collector as one trace."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from core.app import App
from core.errors import ConfigError, RateLimited
from core.observe.traces import Traces, ids_of
from core.requests import Accepted
from core.tracing import Untraced
from tests.fakes import settled, working
from tests.fakes.serving import serve
from tests.support import imagine, opened, settings_in

STATUS_ERROR = 2


class Collector:
    """OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request"""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/traces", self._take)
        self._runner, self.url = await serve(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-protobuf"
        message = ExportTraceServiceRequest.FromString(await request.read())
        for resource in message.resource_spans:
            self.services |= {
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            }
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        body = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=body, content_type="application/x-protobuf")

    def named(self, name: str) -> Any:
        [span] = [each for each in self.spans if each.name == name]
        return span


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with Collector() as collector:
        yield collector


def about(span: Any) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes}


async def test_a_requests_spans_are_one_trace(tmp_path: Path, collector: Collector) -> None:
    settings = settings_in(tmp_path, otel_exporter_otlp_endpoint=collector.url + "/")
    async with opened(settings) as app:
        accepted = await app.requests.submit(imagine("r1", prompt="a secret fox"))
        assert isinstance(accepted, Accepted)
        async with working(app):
            await settled(app, accepted.job.id)
    trace_id, root_id = (number.to_bytes(size, "big") for number, size in zip(ids_of("r1"), (16, 8), strict=True))
    request, job = collector.named("request"), collector.named("job")
    call, delivery = collector.named("provider call"), collector.named("delivery")
    assert {span.trace_id for span in collector.spans} == {trace_id}
    assert (request.span_id, request.parent_span_id) == (root_id, b"")
    assert (job.parent_span_id, call.parent_span_id) == (root_id, job.span_id)
    assert delivery.parent_span_id in (root_id, job.span_id)
    assert about(request) == {"easel.request_id": "r1", "easel.operation": "image", "easel.platform": "playground"}
    assert about(call) == {"easel.provider": "demo", "easel.model": "demo-art"}
    assert about(job)["easel.attempt"] == "1"
    assert collector.services == {"easel"}
    assert b"secret fox" not in b"".join(span.SerializeToString() for span in collector.spans)


async def test_what_goes_wrong_is_told_by_its_code(tmp_path: Path, collector: Collector) -> None:
    settings = settings_in(tmp_path, otel_exporter_otlp_endpoint=collector.url, rate_limit_per_day="1")
    async with opened(settings) as app:
        await app.requests.submit(imagine("r1"))
        with pytest.raises(RateLimited):
            await app.requests.submit(imagine("r2"))
    refused = next(each for each in collector.spans if about(each)["easel.request_id"] == "r2")
    assert refused.status.code == STATUS_ERROR
    assert about(refused)["error.type"] == "rate_limited"
    assert not refused.events


async def test_requests_side_by_side_keep_their_own_traces(collector: Collector) -> None:
    traces = Traces(collector.url)

    async def one(number: int) -> None:
        with traces.span("request", f"r{number}"):
            await asyncio.sleep(0)
            with traces.span("provider call", provider="demo"):
                await asyncio.sleep(0)

    await asyncio.gather(*(one(number) for number in range(20)))
    await traces.close()
    assert len({span.span_id for span in collector.spans}) == 40
    for number in range(20):
        trace_id = ids_of(f"r{number}")[0].to_bytes(16, "big")
        assert sorted(span.name for span in collector.spans if span.trace_id == trace_id) == [
            "provider call",
            "request",
        ]


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith(("opentelemetry", "core.observe.traces"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)


@pytest.mark.usefixtures("not_installed")
async def test_without_the_extra_the_setting_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"OTEL_EXPORTER_OTLP_ENDPOINT.*pip install 'easel\[traces\]'"):
        async with opened(settings_in(tmp_path, otel_exporter_otlp_endpoint="http://127.0.0.1:4318")):
            pass


async def test_nothing_is_traced_where_nobody_collects(app: App) -> None:
    assert isinstance(app.tracer, Untraced)


def test_nothing_of_it_is_loaded_where_nobody_collects() -> None:
    """Other libraries load OpenTelemetry's interface where it is installed, but not what sends."""
    code = """
import core.app, sys
print([name for name in ("opentelemetry.exporter", "prometheus_client", "core.observe.push") if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
