"""Dunes with one lit and one shaded side, mesas behind, cactus in front."""

import math
import random

from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.colour import RGB, darken, lighten, mix
from core.providers.demo_art.curves import Point, jag, open_curve
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage


def mesas(stage: Stage) -> None:
    """Table mountains on the horizon."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("mesas")
    base = stage.layout.horizon + canvas.h * 0.03
    for _ in range(rng.randint(2, 4)):
        x, wide = rng.uniform(0, canvas.w), canvas.u * rng.uniform(0.09, 0.26)
        tall = canvas.u * rng.uniform(0.07, 0.17)
        colour = mix(mix(palette.sky[2], palette.far, 0.7), palette.near, rng.uniform(0.0, 0.2))
        wobble = canvas.u * 0.006
        left = jag(rng, (x - wide * 1.25, base), (x - wide, base - tall), 5, wobble)
        right = jag(rng, (x + wide, base - tall), (x + wide * 1.3, base), 5, wobble)
        top = jag(rng, left[-1], right[0], 6, wobble)
        canvas.shade([*left, *top, *right], (colour, mix(colour, palette.horizon, 0.6)))
    canvas.mist(base - canvas.h * 0.1, base, palette.horizon, 0.5)


def _dune(stage: Stage, place: random.Random, y: float, tall: float, depth: float) -> None:
    """One crest from edge to edge; the lee side falls in shadow from its highest point."""
    canvas, palette = stage.canvas, stage.palette
    top_x = canvas.w * place.uniform(0.15, 0.85)
    crest = [(-canvas.w * 0.05, y + tall * place.uniform(0.1, 0.6))]
    crest += [(top_x * 0.5, y - tall * place.uniform(0.1, 0.4)), (top_x, y - tall)]
    crest += [((top_x + canvas.w) / 2, y - tall * place.uniform(0.0, 0.35))]
    crest += [(canvas.w * 1.05, y + tall * place.uniform(0.1, 0.6))]
    line = open_curve(crest, 24)
    sand = mix(mix(palette.far, palette.light, 0.3 * (1 - depth)), palette.near, 0.12 + 0.5 * depth)
    lit, lee = mix(sand, palette.light, 0.28), darken(mix(sand, palette.near, 0.35), 0.06)
    canvas.shade(ground.below(canvas, line), (lit, sand), (y - tall, y + canvas.h * 0.2))
    _lee(stage, line, (top_x, y - tall), tall, (lee, mix(lee, sand, 0.75)))


def _lee(stage: Stage, line: list[Point], top: Point, tall: float, colours: tuple[RGB, RGB]) -> None:
    canvas = stage.canvas
    west = stage.layout.sun[0] > top[0]
    side = [point for point in line if (point[0] <= top[0]) == west]
    if west:
        side.reverse()
    end = side[-1]
    foot: list[Point] = []
    for step in range(1, 25):
        t = step / 24
        # The shadow's inner edge winds down from the summit like a spine.
        bend = (1.5 * t - 0.3 * math.sin(t * math.tau)) * tall * (1 if west else -1)
        foot.append((top[0] + bend, top[1] + tall * 3.2 * t))
    canvas.shade([top, *side, (end[0], foot[-1][1]), *reversed(foot)], colours, (top[1], top[1] + tall * 3.2))


def dunes(stage: Stage) -> None:
    """Four rows of dunes."""
    canvas = stage.canvas
    for row in range(4):
        near = row / 3
        y = stage.layout.horizon + canvas.h * (0.045 + 0.27 * near**1.25)
        _dune(stage, stage.detail(f"dune{row}"), y, canvas.u * (0.05 + 0.085 * near), near)
        if row < 2:
            canvas.mist(y, y + canvas.h * 0.09, stage.palette.horizon, 0.22)


def _cactus(canvas: Canvas, foot: Point, tall: float, tones: tuple[RGB, RGB], side: float) -> None:
    (x, y), (colour, light) = foot, tones
    wide = tall * 0.085
    arms = ((-1, 0.42, 0.72), (1, 0.55, 0.9))
    for way, low, high in arms:
        out = x + way * tall * 0.23
        for at in ((x, y - tall * low), (out, y - tall * low), (out, y - tall * high)):
            canvas.disc(*at, wide * 0.72, colour)
        canvas.line([(x, y - tall * low), (out, y - tall * low)], colour, wide * 1.44)
        canvas.line([(out, y - tall * low), (out, y - tall * high)], colour, wide * 1.44)
    canvas.disc(x, y - tall, wide, colour)
    canvas.line([(x, y), (x, y - tall)], colour, wide * 2)
    for groove in (-0.4, 0.1, 0.55):
        canvas.line([(x + groove * wide, y), (x + groove * wide, y - tall)], darken(colour, 0.22), wide * 0.16)
    edge = x + side * wide * 0.78
    canvas.line([(edge, y - tall * 0.04), (edge, y - tall)], light, wide * 0.28, 0.55)


def front(stage: Stage) -> None:
    """The nearest dune and what grows on it."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("front")
    crest = ground.hill(stage, "front", 0.05)
    sand = mix(palette.far, palette.near, 0.62)
    canvas.shade(ground.below(canvas, crest), (mix(sand, palette.light, 0.12), darken(palette.near, 0.2)))
    canvas.line(crest, lighten(mix(sand, palette.light, 0.4), 0.1), canvas.u * 0.003, 0.6)
    side = 1.0 if stage.layout.sun[0] > canvas.w / 2 else -1.0
    green = mix(mix((58, 110, 78), palette.near, 0.45), palette.far, 0.12)
    for _ in range(rng.randint(1, 3)):
        x = canvas.w * rng.choice((rng.uniform(0.04, 0.24), rng.uniform(0.76, 0.96)))
        foot = (x, ground.height_at(crest, x) + canvas.u * 0.012)
        _cactus(canvas, foot, canvas.u * rng.uniform(0.12, 0.28), (green, palette.light), side)
    ground.grass(stage, rng, crest[::3], mix(sand, palette.near, 0.4), 0.012)
