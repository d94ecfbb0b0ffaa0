"""Measure two ways of doing something against each other on a noisy machine: in turns, many short rounds.

A ratio is the median over the rounds, of figures taken right after each other.
"""

import statistics
import time
from collections.abc import Awaitable, Callable

Round = Callable[[int], Awaitable[object]]


async def alternated(ours: Round, theirs: Round, *, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of each round of both; who begins changes with each round."""
    taken: dict[Round, list[float]] = {ours: [], theirs: []}
    for number in range(rounds):
        for call in (ours, theirs) if number % 2 else (theirs, ours):
            begun = time.perf_counter()
            await call(number)
            taken[call].append(time.perf_counter() - begun)
    return taken[ours], taken[theirs]


def print_rates(what: str, ours: list[float], theirs: list[float], each: int) -> None:
    """How many a second: the higher the ratio, the better."""
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    mine, bare = each / statistics.median(ours), each / statistics.median(theirs)
    print(f"\n{what}: {ratio:.2f} ({mine:.0f}/s against {bare:.0f}/s)")


def print_times(what: str, ours: list[float], theirs: list[float], each: int) -> None:
    """How long one takes: the lower the ratio, the better."""
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    mine, other = statistics.median(ours) / each * 1_000, statistics.median(theirs) / each * 1_000
    print(f"\n{what}: {ratio:.2f} ({mine:.3f} ms against {other:.3f} ms)")
