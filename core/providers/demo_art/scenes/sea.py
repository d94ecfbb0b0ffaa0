"""Open water with waves, and a boat or a lighthouse if nobody else is in the picture."""

import math
import random

from core.providers.demo_art.colour import RGB, darken, lighten, mix
from core.providers.demo_art.curves import Point
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage
from core.providers.demo_art.subjects import compose


def _deep(stage: Stage) -> RGB:
    palette = stage.palette
    return mix(mix(palette.sky[0], palette.sky[1], 0.3), palette.near, 0.45)


def horizon(stage: Stage) -> None:
    """Distant islands."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("islands")
    for _ in range(rng.randint(1, 3)):
        x, wide = rng.uniform(0, canvas.w), canvas.u * rng.uniform(0.16, 0.4)
        line = stage.layout.horizon + 1
        tall = wide * rng.uniform(0.14, 0.28)
        crest: list[Point] = []
        for step in range(17):
            t = step / 16
            bump = math.sin(math.pi * t) * (0.75 + 0.25 * math.sin(t * 9 + x))
            crest.append((x + (t - 0.5) * 2 * wide, line - tall * bump))
        canvas.shade(crest, (mix(palette.sky[2], palette.far, 0.75), mix(palette.far, palette.horizon, 0.6)))


def water(stage: Stage) -> None:
    """The sky's colours again, deeper towards the viewer."""
    canvas, palette = stage.canvas, stage.palette
    line, deep = stage.layout.horizon, _deep(stage)
    ground.water(stage, line, deep, 0.45)
    canvas.mist(line, line + canvas.h * 0.12, lighten(palette.horizon, 0.15), 0.35, rising=False)
    ground.glitter(stage, stage.detail("glitter"), line, 0.9)


def _wave(stage: Stage, rng: random.Random, y: float, near: float, colours: tuple[RGB, RGB]) -> None:
    canvas = stage.canvas
    size, foam = 0.009 + 0.032 * near, 0.3 + 0.35 * near
    phase, second = rng.uniform(0, math.tau), rng.uniform(0, math.tau)
    crest: list[Point] = []
    under: list[Point] = []
    steps = 120
    for step in range(steps + 1):
        x = canvas.w * step / steps
        t = x / canvas.u / (size * 9)
        # A power of a sine has narrow crests and wide troughs, as waves do.
        swing = 0.55 + 0.45 * math.sin(t * 1.7 + second)
        lift = (0.5 + 0.5 * math.sin(t * math.tau + phase)) ** 1.8 * swing + 0.2 * math.sin(t * 11.3 + second)
        crest.append((x, y - lift * size * canvas.u))
        under.append((x, y - (lift - 0.42 * max(0.0, lift - 0.12) ** 1.2) * size * canvas.u))
    canvas.shade(ground.below(canvas, crest), colours, (y - size * canvas.u * 1.3, y + canvas.h * 0.16))
    tone = lighten(stage.palette.light, 0.35)
    # Foam only where the crest is high: an even line would look ruled.
    canvas.poly([*crest, *reversed(under)], tone, foam)
    for _ in range(int(26 * canvas.w / canvas.u)):
        dash_x, dash_y = rng.uniform(0, canvas.w), y + canvas.u * size * rng.uniform(0.3, 3.2)
        wide = canvas.u * size * rng.uniform(0.4, 1.8)
        canvas.disc(dash_x, dash_y, wide, tone, foam * 0.35, ry=wide * 0.07 + 1)


def _rows(stage: Stage, name: str, rows: range, total: int) -> None:
    palette, canvas = stage.palette, stage.canvas
    deep = _deep(stage)
    line = stage.layout.horizon
    for row in rows:
        rng = stage.detail(f"{name}{row}")
        near = (row + 1) / total
        y = line + (canvas.h - line) * (0.1 + 0.86 * near**1.35)
        top = mix(mix(deep, palette.sky[2], 0.45), deep, near * 0.75)
        _wave(stage, rng, y, near, (top, darken(deep, 0.15 + 0.3 * near)))


def landmark(stage: Stage) -> None:
    """A lighthouse or a sail, placed like a subject but smaller."""
    if stage.plan.subject is not None and "lighthouse" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.dice.of_layout("landmark")
    lighthouse = "lighthouse" in stage.plan.traits or rng.random() < 0.4
    if lighthouse:
        _headland(stage, rng)
        return
    y = stage.layout.horizon + (canvas.h - stage.layout.horizon) * rng.uniform(0.2, 0.3)
    compose.place(stage, "boat", (stage.layout.stand[0], y), canvas.u * rng.uniform(0.15, 0.24))


def _headland(stage: Stage, rng: random.Random) -> None:
    canvas, palette = stage.canvas, stage.palette
    right = stage.layout.sun[0] < canvas.w / 2
    edge, way = (canvas.w, -1.0) if right else (0.0, 1.0)
    line = stage.layout.horizon + (canvas.h - stage.layout.horizon) * 0.22
    top = line - min(canvas.u, canvas.h) * rng.uniform(0.1, 0.14)
    reach = min(canvas.u * 0.5, canvas.w * 0.46)
    rock = [(edge, top - canvas.u * 0.03), (edge + way * reach * 0.35, top - canvas.u * 0.012)]
    rock += [(edge + way * reach * 0.62, top), (edge + way * reach * 0.74, top + canvas.u * 0.05)]
    rock += [(edge + way * reach * 0.86, top + canvas.u * 0.07), (edge + way * reach, line), (edge, line)]
    canvas.shade(rock, (mix(palette.near, palette.far, 0.35), palette.near))
    canvas.line(rock[:3], mix(palette.light, palette.far, 0.35), canvas.u * 0.004, 0.8)
    spot = (edge + way * reach * 0.45, top + canvas.u * 0.002)
    compose.place(stage, "lighthouse", spot, min(canvas.u * 0.3, spot[1] * 0.8))


def swell(stage: Stage) -> None:
    """Waves behind the subject."""
    _rows(stage, "wave", range(4), 6)
    if compose.needs_ground(stage):
        _beach(stage)


def near(stage: Stage) -> None:
    """Waves in front, which hide the waterline of whoever swims."""
    if not compose.needs_ground(stage):
        _rows(stage, "wave", range(4, 6), 6)


def _beach(stage: Stage) -> None:
    canvas, palette = stage.canvas, stage.palette
    crest = ground.hill(stage, "beach", 0.03)
    foam = [(x, y - canvas.u * 0.014) for x, y in crest]
    canvas.poly(ground.below(canvas, foam), lighten(palette.light, 0.4), 0.75)
    sand = mix(mix(palette.light, (205, 165, 110), 0.6), palette.near, 0.45 if palette.dark else 0.18)
    canvas.shade(ground.below(canvas, crest), (sand, darken(sand, 0.25)))
