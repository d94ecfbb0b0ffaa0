"""Rolling fields with round trees and flowers, where animals and houses feel at home."""

import math

from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.colour import RGB, darken, mix
from core.providers.demo_art.curves import Point, open_curve
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage


def _field(stage: Stage, row: int) -> list[Point]:
    canvas, rng = stage.canvas, stage.detail(f"field{row}")
    y = stage.layout.horizon + canvas.h * (0.01 + 0.075 * row)
    swell = canvas.u * (0.03 + 0.014 * row)
    points = [(canvas.w * (-0.05 + 1.1 * i / 5), y + rng.uniform(-swell, swell)) for i in range(6)]
    return open_curve(points, 12)


def fields(stage: Stage) -> None:
    """Four hills, each with rows that follow its curve."""
    canvas, palette = stage.canvas, stage.palette
    for row in range(4):
        crest = _field(stage, row)
        depth = (row + 1) / 5
        colour = ground.covered(stage, mix(palette.far, palette.near, depth * 0.75))
        bright = mix(colour, palette.light, 0.3)
        top = min(point[1] for point in crest)
        canvas.shade(ground.below(canvas, crest), (bright, colour), (top, top + canvas.h * 0.16))
        for furrow in range(1, 6 if row % 2 else 1):
            low = canvas.u * 0.011 * furrow * (1 + 0.4 * furrow)
            canvas.line([(x, y + low) for x, y in crest], darken(colour, 0.1), canvas.u * 0.0022 * furrow, 0.35)
        canvas.mist(top - canvas.h * 0.02, top + canvas.h * 0.07, palette.horizon, 0.2 * (1 - depth), rising=False)


def round_tree(canvas: Canvas, foot: Point, tall: float, tones: tuple[RGB, RGB], side: float) -> None:
    """A broadleaf tree: a trunk and overlapping puffs, lit from one side."""
    (x, y), (colour, light) = foot, tones
    trunk = tall * 0.05
    canvas.poly(
        [
            (x - trunk, y),
            (x - trunk * 0.6, y - tall * 0.5),
            (x + trunk * 0.6, y - tall * 0.5),
            (x + trunk, y),
        ],
        darken(colour, 0.45),
    )
    puffs = [(math.cos(i * 2.4) * 0.2 * (i / 9) ** 0.5, math.sin(i * 2.4) * 0.2 * (i / 9) ** 0.5) for i in range(10)]
    for tone, shift, size in (
        (darken(colour, 0.18), 0.0, 0.2),
        (colour, 0.05, 0.16),
        (mix(colour, light, 0.3), 0.1, 0.09),
    ):
        for px, py in puffs:
            centre = (x + (px + side * shift) * tall, y - tall * 0.66 + (py - shift * 0.7) * tall)
            canvas.disc(*centre, tall * size, tone)


def trees(stage: Stage) -> None:
    """Clumps on the hills, smaller the farther away."""
    canvas, palette = stage.canvas, stage.palette
    side = 1.0 if stage.layout.sun[0] > canvas.w / 2 else -1.0
    for row in range(3):
        rng, crest = stage.detail(f"trees{row}"), _field(stage, row)
        colour = mix(palette.far, palette.near, 0.35 + 0.2 * row)
        bloom = 0.6 if "flowers" in stage.plan.traits else 0.14
        for _ in range(rng.randint(2, 4)):
            middle = rng.uniform(0, canvas.w)
            for _ in range(rng.randint(1, 5)):
                x = middle + rng.gauss(0, canvas.u * 0.04)
                tall = canvas.u * rng.uniform(0.04, 0.07) * (1 + 0.55 * row)
                foot = (x, ground.height_at(crest, x) + tall * 0.04)
                leaves = mix(colour, palette.accent, rng.uniform(0.4, 1) * bloom)
                round_tree(canvas, foot, tall, (leaves, palette.light), side)


def front(stage: Stage) -> None:
    """Long grass and flowers under the subject's feet."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("front")
    crest = ground.hill(stage, "front", 0.035)
    top = ground.covered(stage, mix(palette.near, palette.far, 0.28))
    canvas.shade(
        ground.below(canvas, crest),
        (mix(top, palette.light, 0.12), ground.covered(stage, darken(palette.near, 0.15))),
    )
    ground.grass(stage, rng, crest, mix(top, palette.light, 0.08), 0.03)
    busy = "flowers" in stage.plan.traits or stage.plan.subject == "flower"
    ground.flowers(stage, rng, crest, int((150 if busy else 45) * canvas.w / canvas.u))
