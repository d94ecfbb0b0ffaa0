"""Pictures of nothing: flowing ribbons, a faceted mosaic, orbits around a centre."""

import math

from core.providers.demo_art.colour import RGB, darken, lighten, mix, ramp
from core.providers.demo_art.curves import Point
from core.providers.demo_art.stage import Stage


def backdrop(stage: Stage) -> None:
    """A quiet gradient with one light in it."""
    canvas, palette = stage.canvas, stage.palette
    canvas.fill((palette.sky[0], palette.sky[1], mix(palette.sky[2], palette.far, 0.3)))
    canvas.glow(*stage.layout.sun, canvas.u * 0.9, palette.light, 0.55, power=2.0)


def ribbons(stage: Stage) -> None:
    """Broad bands that follow one slow wave, each with a bright edge and a shadow."""
    canvas, palette = stage.canvas, stage.palette
    place, rng = stage.dice.of_layout("ribbons"), stage.detail("ribbons")
    stops = (palette.sky[0], palette.sky[2], palette.accent, palette.horizon, palette.far, palette.near)
    waves = [(place.uniform(0.5, 2.2), place.uniform(0, math.tau), place.uniform(0.04, 0.12)) for _ in range(3)]
    upright = canvas.h > canvas.w * 1.15
    length, depth = (canvas.h, canvas.w) if upright else (canvas.w, canvas.h)
    count = rng.randint(17, 22)

    def crest(index: int) -> list[Point]:
        t = index / count
        points: list[Point] = []
        for step in range(97):
            along = -0.02 + 1.04 * step / 96
            lift = sum(a * math.sin(along * f * 4 + p + t * 1.3 * f) for f, p, a in waves)
            side = -0.12 + 1.25 * t + lift * (1 + 0.35 * math.sin(t * 3))
            points.append((side * depth, along * length) if upright else (along * length, side * depth))
        return points

    lines = [crest(index) for index in range(count + 3)]
    for index in range(count + 1):
        line, below = lines[index], lines[index + 2]
        colour = ramp(stops, (index / count + rng.uniform(-0.06, 0.06)) % 1.0)
        for lift in (0.013, 0.008, 0.004):
            soft = [(x, y - canvas.u * lift) if not upright else (x - canvas.u * lift, y) for x, y in line]
            canvas.poly([*soft, *reversed(line)], darken(palette.near, 0.4), 0.11)
        canvas.shade([*line, *reversed(below)], (lighten(colour, 0.12), colour, darken(colour, 0.22)))
        canvas.line(line, lighten(colour, 0.55), canvas.u * 0.0022, 0.75)


def _facet(stage: Stage, corners: list[Point], tones: tuple[RGB, ...], jitter: float) -> None:
    canvas = stage.canvas
    x = sum(point[0] for point in corners) / 3
    y = sum(point[1] for point in corners) / 3
    sun_x, sun_y = stage.layout.sun
    away = math.hypot(x - sun_x, y - sun_y) / math.hypot(canvas.w, canvas.h)
    colour = ramp(tones, away * 1.3 + jitter)
    canvas.poly(corners, colour)
    canvas.line([*corners, corners[0]], lighten(colour, 0.35), canvas.u * 0.0014, 0.5)


def mosaic(stage: Stage) -> None:
    """Triangles over a shaken grid; colours run outwards from the light."""
    canvas, palette = stage.canvas, stage.palette
    rng, place = stage.detail("mosaic"), stage.dice.of_layout("mosaic")
    cell = canvas.u / place.uniform(6.5, 10.5)
    columns, rows = int(canvas.w / cell) + 3, int(canvas.h / cell) + 3
    grid = [
        [
            ((c - 1 + rng.uniform(-0.36, 0.36)) * cell, (r - 1 + rng.uniform(-0.36, 0.36)) * cell)
            for c in range(columns + 1)
        ]
        for r in range(rows + 1)
    ]
    tones = (palette.light, mix(palette.horizon, palette.accent, 0.35), palette.accent, palette.sky[2],
             palette.far, palette.sky[1], palette.sky[0], palette.near)  # fmt: skip
    for r in range(rows):
        for c in range(columns):
            a, b, d, e = grid[r][c], grid[r][c + 1], grid[r + 1][c], grid[r + 1][c + 1]
            halves = ([a, b, d], [b, e, d]) if (r + c) % 2 else ([a, b, e], [a, e, d])
            for half in halves:
                _facet(stage, half, tones, rng.uniform(-0.09, 0.09))


def orbits(stage: Stage) -> None:
    """Arcs and small worlds turning around an off-centre sun."""
    canvas, palette = stage.canvas, stage.palette
    place, rng = stage.dice.of_layout("orbits"), stage.detail("orbits")
    x, y = canvas.w * place.uniform(0.36, 0.64), canvas.h * place.uniform(0.4, 0.6)
    unit = canvas.u
    rings = 11
    reach = math.hypot(canvas.w, canvas.h) * 0.56
    for index in range(rings, 0, -1):
        radius = unit * 0.09 + (reach - unit * 0.09) * (index / rings) ** 1.3
        colour = ramp((palette.horizon, palette.accent, palette.far, palette.sky[1], palette.sky[0]), index / rings)
        canvas.disc(x, y + unit * 0.006, radius + unit * 0.008, darken(palette.near, 0.3), 0.16)
        canvas.disc(x, y, radius, mix(colour, palette.near, 0.08 * (index % 3)))
        _arc(stage, (x, y), radius * 0.94, (rng.uniform(0, math.tau), rng.uniform(0.7, 3.6)), index)
    canvas.glow(x, y, unit * 0.28, palette.light, 0.85)
    canvas.disc(x, y, unit * 0.075, lighten(palette.light, 0.35))


def _arc(stage: Stage, centre: Point, radius: float, turn: tuple[float, float], index: int) -> None:
    canvas, palette = stage.canvas, stage.palette
    steps, (start, sweep) = 40, turn
    line = [
        (
            centre[0] + math.cos(start + sweep * i / steps) * radius,
            centre[1] + math.sin(start + sweep * i / steps) * radius,
        )
        for i in range(steps + 1)
    ]
    colour = palette.pops[index % len(palette.pops)]
    canvas.line(line, lighten(colour, 0.3), canvas.u * (0.002 + 0.0045 * (index % 3)), 0.85)
    size = canvas.u * (0.008 + 0.006 * (index % 4))
    canvas.disc(line[-1][0] + size * 0.15, line[-1][1] + size * 0.3, size * 1.15, darken(palette.near, 0.3), 0.3)
    canvas.disc(*line[-1], size, lighten(colour, 0.15))
    canvas.disc(line[-1][0] - size * 0.3, line[-1][1] - size * 0.3, size * 0.4, lighten(colour, 0.6), 0.8)


def halo(stage: Stage) -> None:
    """A calm disc behind the subject, so that a pattern does not swallow it."""
    if stage.plan.subject is None:
        return
    canvas, palette = stage.canvas, stage.palette
    x, y = canvas.w / 2, canvas.h / 2
    radius = canvas.u * 0.36
    for grow, alpha in ((1.08, 0.15), (1.04, 0.2)):
        canvas.disc(x, y + radius * 0.02, radius * grow, darken(palette.near, 0.4), alpha)
    canvas.disc(x, y, radius, mix(palette.horizon, palette.light, 0.4))
    canvas.disc(x, y, radius * 0.9, mix(palette.horizon, palette.sky[2], 0.4), 0.5)
