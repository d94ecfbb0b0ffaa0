"""Where a request's time goes: one stopwatch per request, found through a context variable.

Spans never overlap: inside a running span further ones are not counted, so parts cannot exceed the total.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

PartName = Literal["db_ms", "cache_read_ms", "credit_ms", "ai_ms", "cache_write_ms"]


class Stopwatch:
    """Milliseconds by part, and since it was started."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.parts: dict[str, float] = {}
        self.running = False

    def total_ms(self) -> float:
        return round((time.perf_counter() - self.started) * 1_000, 3)


_current: ContextVar[Stopwatch | None] = ContextVar("easel_stopwatch", default=None)


@contextmanager
def resumed(watch: Stopwatch) -> Iterator[None]:
    """Go on timing with a stopwatch that was started before."""
    token = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time everything inside as one request."""
    watch = Stopwatch()
    with resumed(watch):
        yield watch


@contextmanager
def measured(part: PartName) -> Iterator[None]:
    """Count the time inside as this part of the current request, if there is one."""
    watch = _current.get()
    if watch is None or watch.running:
        yield
        return
    watch.running = True
    begun = time.perf_counter()
    try:
        yield
    finally:
        watch.running = False
        spent = (time.perf_counter() - begun) * 1_000
        watch.parts[part] = round(watch.parts.get(part, 0.0) + spent, 3)


def summed(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Two sets of parts added up, in milliseconds."""
    return {name: round(one.get(name, 0.0) + other.get(name, 0.0), 3) for name in one | other}
