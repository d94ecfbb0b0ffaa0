"""Sums of a span, read once: whatever is asked of them is of the same moment, and costs no further read."""

from collections.abc import Iterable, Sequence

from core.admin.figures import Dimension, Figures, Filter, Line
from core.observe.model import Rollup

ALL = Filter()
LINES = 200


class Sums:
    """Rollups of some days and accounts."""

    def __init__(self, rows: Sequence[Rollup]) -> None:
        self._rows = rows

    def total(self, only: Filter = ALL) -> Figures:
        return _figures(row for row in self._rows if _is_meant(row, only))

    def lines(self, by: Sequence[Dimension], only: Filter = ALL, limit: int = LINES) -> list[Line]:
        """Lines by these dimensions, the dearest first; in order of the days if "day" is the first of them."""
        groups: dict[tuple[str, ...], list[Rollup]] = {}
        for row in self._rows:
            if _is_meant(row, only):
                groups.setdefault(tuple(getattr(row, name) for name in by), []).append(row)
        lines = [Line(dict(zip(by, key, strict=True)), _figures(rows)) for key, rows in groups.items()]
        if by and by[0] == "day":
            lines.sort(key=lambda line: [line.by[name] for name in by])
        else:
            lines.sort(key=lambda line: (-line.figures.cost_nano, -line.figures.count("requests"), *line.by.values()))
        return lines[:limit]


def _is_meant(row: Rollup, only: Filter) -> bool:
    """Whose rows they are was settled when they were read."""
    wanted = ((only.provider, row.provider), (only.operation, row.operation), (only.model, row.model))
    return all(value is None or value == has for value, has in wanted)


def _figures(rows: Iterable[Rollup]) -> Figures:
    counters: dict[str, int] = {}
    histograms: dict[str, list[list[int]]] = {}
    for row in rows:
        for name, value in row.counters.items():
            counters[name] = counters.get(name, 0) + value
        for name, counts in row.histograms.items():
            histograms.setdefault(name, []).append(counts)
    sums = {name: tuple(map(sum, zip(*each, strict=True))) for name, each in histograms.items()}
    return Figures(counters, sums)
