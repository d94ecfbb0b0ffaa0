"""Makes smooth and jagged outlines, so shapes can be written as a few points by hand."""

import math
import random
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]

_STEPS = 8


def _tangent(before: Point, here: Point, after: Point) -> Point:
    """Direction at a point, shortened where neighbours are close so that curves do not overshoot."""
    dx, dy = after[0] - before[0], after[1] - before[1]
    length = math.hypot(dx, dy) or 1.0
    reach = min(math.dist(before, here), math.dist(here, after)) / 3
    return dx / length * reach, dy / length * reach


def _bezier(a: Point, b: Point, c: Point, d: Point, steps: int) -> list[Point]:
    points = []
    for step in range(steps):
        t = step / steps
        k = 1 - t
        wa, wb, wc, wd = k * k * k, 3 * k * k * t, 3 * k * t * t, t * t * t
        points.append((a[0] * wa + b[0] * wb + c[0] * wc + d[0] * wd, a[1] * wa + b[1] * wb + c[1] * wc + d[1] * wd))
    return points


def closed(points: Sequence[Point], corners: frozenset[int] = frozenset(), steps: int = _STEPS) -> list[Point]:
    """Smooth a closed outline; the points whose index is in corners stay sharp."""
    count = len(points)
    still: Point = (0.0, 0.0)
    tangents = [
        still if i in corners else _tangent(points[i - 1], points[i], points[(i + 1) % count]) for i in range(count)
    ]
    outline: list[Point] = []
    for i in range(count):
        j = (i + 1) % count
        here, there, out, back = points[i], points[j], tangents[i], tangents[j]
        outline += _bezier(
            here, (here[0] + out[0], here[1] + out[1]), (there[0] - back[0], there[1] - back[1]), there, steps
        )
    return outline


def open_curve(points: Sequence[Point], steps: int = _STEPS) -> list[Point]:
    """Smooth a line through the points, first to last."""
    outline: list[Point] = []
    last = len(points) - 1
    tangents = [
        _tangent(points[max(i - 1, 0)], points[i], points[min(i + 1, last)]) if 0 < i < last else (0.0, 0.0)
        for i in range(last + 1)
    ]
    for i in range(last):
        here, there, out, back = points[i], points[i + 1], tangents[i], tangents[i + 1]
        outline += _bezier(
            here, (here[0] + out[0], here[1] + out[1]), (there[0] - back[0], there[1] - back[1]), there, steps
        )
    outline.append(points[last])
    return outline


def outline(text: str) -> list[Point]:
    """Read a closed outline such as "0,0! 10,5 20,0!", where "!" keeps that point sharp, and smooth it."""
    words = text.split()
    corners = frozenset(i for i, word in enumerate(words) if word.endswith("!"))
    points: list[Point] = []
    for word in words:
        x, y = word.rstrip("!").split(",")
        points.append((float(x), float(y)))
    return closed(points, corners)


def fractal(rng: random.Random, levels: int, roughness: float) -> list[float]:
    """Heights from 0 to 1 by midpoint displacement: the outline of far hills."""
    heights = [rng.random(), rng.random()]
    swing = 0.5
    for _ in range(levels):
        longer = [heights[0]]
        for left, right in pairwise(heights):
            longer += [(left + right) / 2 + rng.uniform(-swing, swing), right]
        heights = longer
        swing *= roughness
    low, high = min(heights), max(heights)
    span = (high - low) or 1.0
    return [(height - low) / span for height in heights]


def jag(rng: random.Random, start: Point, end: Point, parts: int, wobble: float) -> list[Point]:
    """A broken line from start to end: a rock edge."""
    points = [start]
    for part in range(1, parts):
        t = part / parts
        points.append(
            (
                start[0] + (end[0] - start[0]) * t + rng.uniform(-wobble, wobble),
                start[1] + (end[1] - start[1]) * t + rng.uniform(-wobble, wobble) * 0.4,
            )
        )
    points.append(end)
    return points
