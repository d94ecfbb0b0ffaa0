"""Mountains in layers over a lake, the picture most prompts without a place deserve."""

import math
import random

from core.providers.demo_art.colour import WHITE, darken, lighten, mix
from core.providers.demo_art.curves import Point, jag
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage


def hills(stage: Stage) -> None:
    """Far ridges that dissolve into the sky's colour."""
    canvas, palette = stage.canvas, stage.palette
    for index in range(3):
        rng = stage.detail(f"hills{index}")
        base = stage.layout.horizon + canvas.h * 0.01
        tall = canvas.h * (0.2 - 0.055 * index)
        crest = ground.ridge(stage, rng, base - canvas.h * 0.03, tall, 0.5)
        top = mix(palette.sky[2], palette.far, 0.3 + 0.25 * index)
        canvas.shade(ground.below(canvas, crest), (top, mix(top, palette.horizon, 0.75)), (base - tall, base))


def _flank(edge: list[Point], spine: list[Point]) -> list[Point]:
    return [*edge, *reversed(spine)]


def _cap(rng: random.Random, edge: list[Point], spine: list[Point], depth: int) -> list[Point]:
    """Snow down to a ragged line between an edge and the spine."""
    start, end = edge[depth], spine[depth + 1]
    teeth: list[Point] = []
    for tooth in range(1, 5):
        t = tooth / 5
        drop = (edge[depth + 2][1] - edge[depth][1]) * (0.8 if tooth % 2 else -0.15) * rng.uniform(0.5, 1.1)
        teeth.append((start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t + drop))
    return [*edge[: depth + 1], *teeth, *reversed(spine[: depth + 2])]


def _peak(stage: Stage, rng: random.Random, apex: Point, base: float, tone: float) -> None:
    canvas, palette = stage.canvas, stage.palette
    tall = base - apex[1]
    parts, wobble = 12, tall * 0.03
    left = jag(rng, apex, (apex[0] - tall * rng.uniform(0.85, 1.25), base), parts, wobble)
    right = jag(rng, apex, (apex[0] + tall * rng.uniform(0.85, 1.25), base), parts, wobble)
    spine = jag(rng, apex, (apex[0] + tall * rng.uniform(-0.15, 0.15), base), parts, tall * 0.06)
    sunny = stage.layout.sun[0] < apex[0]
    body = mix(palette.far, palette.near, tone)
    lit, shaded = mix(body, palette.light, 0.32), darken(body, 0.14)
    haze = mix(body, palette.horizon, 0.75)
    for edge, colour in ((left, lit if sunny else shaded), (right, shaded if sunny else lit)):
        canvas.shade(_flank(edge, spine), (colour, mix(colour, haze, 0.5), haze), (apex[1], base))
    if tall > canvas.h * 0.13:
        snow = mix(WHITE, palette.light, 0.35)
        shadow = mix(snow, mix(palette.sky[1], palette.far, 0.5), 0.5)
        depth = rng.randint(3, 4)
        for edge, colour in ((left, snow if sunny else shadow), (right, shadow if sunny else snow)):
            canvas.poly(_cap(rng, edge, spine, depth), colour)


def range_(stage: Stage) -> None:
    """The main range: each peak has a lit and a shaded flank."""
    canvas = stage.canvas
    rng = stage.detail("range")
    place = stage.dice.of_layout("range")
    base = stage.layout.horizon + canvas.h * 0.02
    count = max(3, round(4.6 * canvas.w / canvas.u))
    crown = place.uniform(0.25, 0.75)
    peaks = []
    for index in range(count):
        x = (index + 0.5 + place.uniform(-0.3, 0.3)) / count
        central = math.exp(-(((x - crown) / 0.28) ** 2))
        tall = min(canvas.h * 0.42, canvas.u * 0.55) * (0.3 + 0.55 * central + place.uniform(0, 0.15))
        peaks.append((tall, x * canvas.w))
    for rank, (tall, x) in enumerate(sorted(peaks, reverse=True)):
        _peak(stage, rng, (x, base - tall * rng.uniform(0.94, 1.06)), base, 0.22 + 0.35 * rank / count)


def shore(stage: Stage) -> None:
    """Woods along the far shore, in mist."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("shore")
    line = stage.layout.horizon + canvas.h * 0.015
    canvas.mist(line - canvas.h * 0.13, line, palette.horizon, 0.5)
    colour = palette.land(0.72)
    crest = ground.ridge(stage, rng, line, canvas.h * 0.022, 0.6)
    canvas.poly(ground.below(canvas, crest), colour)
    for _ in range(int(95 * canvas.w / canvas.u)):
        x = rng.uniform(0, canvas.w)
        tall = canvas.u * rng.uniform(0.02, 0.052)
        foot = ground.height_at(crest, x) + tall * 0.15
        ground.pine(canvas, rng, (x, foot), tall, mix(colour, palette.near, rng.uniform(0, 0.5)))


def lake(stage: Stage) -> None:
    """The mirror below."""
    canvas, palette = stage.canvas, stage.palette
    line = stage.layout.horizon + canvas.h * 0.02
    ground.water(stage, line, mix(palette.sky[1], palette.near, 0.25), 0.74)
    canvas.rect((0, line - canvas.u * 0.0015, canvas.w, line + canvas.u * 0.0015), lighten(palette.horizon, 0.3), 0.6)
    ground.glitter(stage, stage.detail("glitter"), line)


def bank(stage: Stage) -> None:
    """The near bank with grass and a few pines to frame the view."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("bank")
    crest = ground.hill(stage, "bank")
    top = ground.covered(stage, mix(palette.near, palette.far, 0.12))
    pines = []
    for side in (0.0, 1.0):
        for _ in range(rng.randint(1, 4)):
            x = canvas.w * abs(side - rng.uniform(0.0, 0.2))
            pines.append((canvas.u * rng.uniform(0.16, 0.42), x))
    for tall, x in sorted(pines):
        foot = ground.height_at(crest, x) + canvas.u * 0.012
        ground.pine(canvas, rng, (x, foot), tall, mix(palette.near, palette.far, rng.uniform(0.0, 0.12)))
    canvas.shade(ground.below(canvas, crest), (top, ground.covered(stage, darken(palette.near, 0.35))))
    ground.grass(stage, rng, crest, top, 0.022)
    if "flowers" in stage.plan.traits or stage.plan.subject == "flower":
        ground.flowers(stage, rng, crest, 90)
