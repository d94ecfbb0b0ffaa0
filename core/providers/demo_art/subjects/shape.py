"""Reads the small drawing language that subjects are written in."""

import math
from dataclasses import dataclass

from core.providers.demo_art.colour import RGB, parse
from core.providers.demo_art.curves import Point, outline


@dataclass(frozen=True)
class Part:
    """One closed outline and the role that decides its colour."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Subject:
    """A figure in a box of 100 units whose feet are at y = 100, facing right."""

    parts: tuple[Part, ...]
    coat: RGB
    size: float
    habitat: str = "ground"


def _ellipse(text: str) -> list[Point]:
    x, y, rx, ry = (float(number) for number in text.split(","))
    steps = 36
    return [(x + math.cos(i / steps * math.tau) * rx, y + math.sin(i / steps * math.tau) * ry) for i in range(steps)]


def _mirror(points: list[Point], axis: float) -> list[Point]:
    return [(2 * axis - x, y) for x, y in points]


def _part(line: str) -> list[Part]:
    """Read "role: outline", "role: o x,y,rx,ry", or "role @51: ..." which draws both halves around x = 51."""
    head, body = (half.strip() for half in line.split(":"))
    role, _, axis = head.partition("@")
    points = _ellipse(body[1:]) if body.startswith("o") else outline(body)
    parts = [Part(role.strip(), tuple(points))]
    if axis:
        parts.append(Part(role.strip(), tuple(_mirror(points, float(axis)))))
    return parts


def subject(text: str, coat: str, size: float, habitat: str = "ground") -> Subject:
    """Read a whole figure, one part per line, back to front."""
    parts = tuple(part for line in text.strip().splitlines() for part in _part(line.strip()))
    return Subject(parts, parse(coat), size, habitat)
