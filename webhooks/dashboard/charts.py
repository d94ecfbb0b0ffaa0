"""Charts as geometry: what a template draws as SVG, with the numbers beside it. Pure.

A chart is 1000 wide and 100 high and is stretched to its place, so all its words stand outside of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.admin.figures import Span

WIDTH, HEIGHT = 1000.0, 100.0
GAP = 0.3
"""Of a column's place, what stays empty beside it."""
WIDEST = 80.0


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label. `tone` is its colour's name in the style sheet."""

    name: str
    tone: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Column:
    """What is at one label: bars on top of each other, and what a pointer over its whole place says."""

    x: float
    width: float
    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`marks` are the numbers beside it, from the top to 0; `lines` has points by tone. `say` writes a value."""

    id: str
    title: str
    summary: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    marks: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[tuple[str, str], ...]
    say: Callable[[int], str]

    @property
    def is_empty(self) -> bool:
        return not any(any(each.values) for each in self.series)

    @property
    def few_labels(self) -> tuple[str, ...]:
        """The first, the middle and the last: as many as a phone has room for."""
        if len(self.labels) < 3:
            return self.labels
        return self.labels[0], self.labels[len(self.labels) // 2], self.labels[-1]


def stacked(id: str, title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str]) -> Chart:
    """Columns, each the sum of its series."""
    sums = [sum(max(0, each.values[i]) for each in series) for i in range(len(labels))]
    top = ceiling(max(sums, default=0))
    columns = tuple(_column(i, labels, series, say, top) for i in range(len(labels)))
    return _chart(id, title, labels, series, say, top, columns, ())


def grouped(id: str, title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str]) -> Chart:
    """Columns side by side: for what comes and goes."""
    top = _highest(series)
    columns = tuple(_group(i, labels, series, say, top) for i in range(len(labels)))
    return _chart(id, title, labels, series, say, top, columns, ())


def lines(id: str, title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str]) -> Chart:
    """A line for each series. A single label has nothing to lead to, so it is drawn as columns."""
    if len(labels) < 2:
        return grouped(id, title, labels, series, say)
    top = _highest(series)
    empty = tuple(_column(i, labels, (), say, top, _told(i, labels, series, say)) for i in range(len(labels)))
    return _chart(id, title, labels, series, say, top, empty, tuple((each.tone, _path(each, top)) for each in series))


def ceiling(value: int) -> int:
    """The least of 2, 4, 6, 10 x a power of ten that is not below: its half is as round as itself."""
    power = 1
    while True:
        for step in (2, 4, 6, 10):
            if value <= step * power:
                return step * power
        power *= 10


def _chart(
    id: str, title: str, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str], top: int,
    columns: tuple[Column, ...], paths: tuple[tuple[str, str], ...],
) -> Chart:  # fmt: skip
    sums = ", ".join(f"{each.name} {say(sum(each.values))}" for each in series)
    span = f"from {labels[0]} to {labels[-1]}" if labels else ""
    marks = (say(top), say(top // 2), say(0))
    return Chart(
        id, title, f"{title} {span}: {sums}.", tuple(labels), tuple(series), marks, columns, paths, say
    )  # fmt: skip


def _column(
    i: int, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str], top: int, title: str = ""
) -> Column:
    place = WIDTH / len(labels)
    width = min(place * (1 - GAP), WIDEST)
    left, floor, bars = i * place + (place - width) / 2, HEIGHT, list[Bar]()
    for each in series:
        height = max(0, each.values[i]) / top * HEIGHT
        floor -= height
        if height:
            bars.append(_bar(left, floor, width, height, each.tone))
    return Column(round(i * place, 2), round(place, 2), title or _told(i, labels, series, say), tuple(bars))


def _group(i: int, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str], top: int) -> Column:
    place = WIDTH / len(labels)
    width = min(place * (1 - GAP), WIDEST * len(series)) / len(series)
    left, bars = i * place + (place - width * len(series)) / 2, list[Bar]()
    for number, each in enumerate(series):
        height = max(0, each.values[i]) / top * HEIGHT
        if height:
            bars.append(_bar(left + number * width, HEIGHT - height, width, height, each.tone))
    return Column(round(i * place, 2), round(place, 2), _told(i, labels, series, say), tuple(bars))


def _bar(x: float, y: float, width: float, height: float, tone: str) -> Bar:
    return Bar(round(x, 2), round(y, 3), round(width, 2), round(height, 3), tone)


def _highest(series: Sequence[Series]) -> int:
    return ceiling(max((value for each in series for value in each.values), default=0))


def _told(i: int, labels: Sequence[str], series: Sequence[Series], say: Callable[[int], str]) -> str:
    return f"{labels[i]}: " + ", ".join(f"{each.name} {say(each.values[i])}" for each in series)


def _path(series: Series, top: int) -> str:
    place = WIDTH / len(series.values)
    return " ".join(
        f"{(i + 0.5) * place:.2f},{HEIGHT - max(0, value) / top * HEIGHT:.3f}" for i, value in enumerate(series.values)
    )


def days_of(span: Span) -> list[str]:
    """Each day of a span, those without anything too."""
    first = date.fromisoformat(span.first)
    return [(first + timedelta(days=i)).isoformat() for i in range((date.fromisoformat(span.last) - first).days + 1)]
