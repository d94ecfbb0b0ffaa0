"""Traces by OpenTelemetry, sent over OTLP/HTTP to OTEL_EXPORTER_OTLP_ENDPOINT.

A request's trace id is made from its request id, so that the process that took it in and the worker that does the job
write into one trace without telling each other. No span has words of a person in it.
https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
"""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, TraceFlags

from core import __version__
from core.errors import EaselError

EXPORT_SECONDS = 5.0
ROOT = "request"


class Ids(RandomIdGenerator):
    """Random, but for the root of a request's trace: `root` is taken once, by the span that is begun next."""

    def __init__(self) -> None:
        self.root: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.root[0] if self.root else super().generate_trace_id()

    def generate_span_id(self) -> int:
        root, self.root = self.root, None
        return root[1] if root else super().generate_span_id()


class Traces:
    """`Tracer`. An end that cannot be reached costs spans, and nobody any time."""

    def __init__(self, endpoint: str) -> None:
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._ids = Ids()
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "easel", "service.version": __version__}),
            id_generator=self._ids, shutdown_on_exit=False,
        )  # fmt: skip
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("easel", __version__)

    @contextmanager
    def span(self, name: str, request_id: str = "", **about: str | int) -> Iterator[None]:
        attributes: dict[str, str | int] = {f"easel.{key}": value for key, value in about.items()}
        if request_id:
            attributes["easel.request_id"] = request_id
        with self._tracer.start_as_current_span(
            name, self._parent(name, request_id), attributes=attributes, record_exception=False,
            set_status_on_exception=False,
        ) as span:  # fmt: skip
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", error.code if isinstance(error, EaselError) else type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    async def close(self) -> None:
        await asyncio.to_thread(self._provider.shutdown)

    def _parent(self, name: str, request_id: str) -> context.Context | None:
        """None: what is going on."""
        if not request_id or trace.get_current_span().get_span_context().is_valid:
            return None
        trace_id, span_id = ids_of(request_id)
        if name == ROOT:
            self._ids.root = trace_id, span_id
            return context.Context()
        root = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        return trace.set_span_in_context(NonRecordingSpan(root), context.Context())


def ids_of(request_id: str) -> tuple[int, int]:
    """The ids of its trace and of that trace's first span; neither may be zero."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:16], "big") or 1, int.from_bytes(digest[16:24], "big") or 1
