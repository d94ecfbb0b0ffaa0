"""Below the surface: shafts of light, a reef, weeds, a shoal and bubbles."""

import math

from PIL import Image, ImageDraw, ImageFilter

from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.colour import RGB, darken, lighten, mix
from core.providers.demo_art.curves import Point, open_curve
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage


def _water(stage: Stage) -> tuple[RGB, ...]:
    palette = stage.palette
    return (
        mix(palette.sky[2], palette.light, 0.25),
        palette.sky[1],
        palette.sky[0],
        darken(palette.near, 0.1),
    )


def deep(stage: Stage) -> None:
    """Bright above, dark below."""
    stage.canvas.fill(_water(stage))
    stage.canvas.glow(stage.layout.sun[0], 0, stage.canvas.u * 0.75, stage.palette.light, 0.75, power=2.0)


def rays(stage: Stage) -> None:
    """Shafts fanning down from the surface."""
    canvas, rng = stage.canvas, stage.detail("rays")
    size = 192
    mask = Image.new("L", (size, size))
    pen = ImageDraw.Draw(mask)
    x = stage.layout.sun[0] / canvas.w * size
    for _ in range(10):
        start, wide = x + rng.uniform(-30, 30), rng.uniform(4, 13)
        land = start + (start - x) * 2.4 + rng.uniform(-16, 16)
        shaft = [(start - wide * 0.3, 0), (start + wide * 0.3, 0), (land + wide, size), (land - wide, size)]
        pen.polygon(shaft, fill=round(rng.uniform(35, 105)))
    fade = Image.linear_gradient("L").point([round(255 - value * 0.92) for value in range(256)]).resize((size, size))
    mask = Image.composite(mask, Image.new("L", mask.size), fade).filter(ImageFilter.GaussianBlur(2.2))
    canvas.stamp(mask, (0, 0, canvas.w, canvas.h), lighten(stage.palette.light, 0.4))


def rocks(stage: Stage) -> None:
    """Reef ridges in the blue distance."""
    canvas = stage.canvas
    stops = _water(stage)
    for row in range(3):
        rng = stage.detail(f"rocks{row}")
        crest = ground.ridge(stage, rng, canvas.h * (0.82 + 0.07 * row), canvas.h * (0.18 - 0.03 * row), 0.52)
        colour = mix(stops[1], stops[3], 0.35 + 0.3 * row)
        canvas.shade(ground.below(canvas, crest), (colour, darken(colour, 0.3)))
        for _ in range(int(8 * canvas.w / canvas.u)):
            x = rng.uniform(0, canvas.w)
            coral = mix(stage.palette.pops[rng.randint(0, 3)], colour, 0.75 - 0.22 * row)
            foot = (x, ground.height_at(crest, x) + 3)
            _coral(canvas, foot, (canvas.u * rng.uniform(0.03, 0.09), -math.pi / 2), coral, 4)


def _coral(canvas: Canvas, foot: Point, growth: tuple[float, float], colour: RGB, levels: int) -> None:
    """A branch of a length and angle, and its two children."""
    length, angle = growth
    tip = (foot[0] + math.cos(angle) * length, foot[1] + math.sin(angle) * length)
    wide = length * 0.24
    canvas.line([foot, tip], colour, wide)
    canvas.disc(*tip, wide / 2, colour)
    if levels > 1:
        for turn in (-0.5, 0.45):
            _coral(canvas, tip, (length * 0.68, angle + turn), colour, levels - 1)


def shoal(stage: Stage) -> None:
    """Small fish swimming the same way."""
    canvas, rng = stage.canvas, stage.detail("shoal")
    x0, y0 = canvas.w * rng.uniform(0.2, 0.8), canvas.h * rng.uniform(0.2, 0.45)
    way = -1 if stage.layout.mirrored else 1
    tone = mix(stage.palette.accent, _water(stage)[1], 0.35)
    for _ in range(26):
        x, y = x0 + rng.gauss(0, canvas.u * 0.16), y0 + rng.gauss(0, canvas.u * 0.06)
        size = canvas.u * rng.uniform(0.009, 0.018)
        canvas.disc(x, y, size, tone, 0.9, ry=size * 0.45)
        tail = x - way * size * 0.8
        canvas.poly(
            [(tail, y), (tail - way * size * 0.7, y - size * 0.5), (tail - way * size * 0.7, y + size * 0.5)],
            tone,
            0.9,
        )


def weeds(stage: Stage) -> None:
    """Kelp at the edges, in front of whoever swims."""
    canvas, rng = stage.canvas, stage.detail("weeds")
    dark = darken(mix(stage.palette.near, (30, 90, 70), 0.35), 0.15)
    for _ in range(int(16 * canvas.w / canvas.u)):
        side = rng.random() ** 2 * 0.3
        x = canvas.w * (side if rng.random() < 0.5 else 1 - side)
        tall, phase = canvas.u * rng.uniform(0.14, 0.45), rng.uniform(0, math.tau)
        spine = [(x + math.sin(phase + i * 0.9) * canvas.u * 0.014 * i / 3, canvas.h - tall * i / 7) for i in range(8)]
        curve = open_curve(spine, 5)
        half = canvas.u * rng.uniform(0.005, 0.011)
        last = len(curve) - 1
        left = [(px - half * (1 - i / last), py) for i, (px, py) in enumerate(curve)]
        right = [(px + half * (1 - i / last), py) for i, (px, py) in enumerate(curve)]
        canvas.poly([*left, *reversed(right)], mix(dark, stage.palette.sky[1], rng.uniform(0, 0.25)))


def bubbles(stage: Stage) -> None:
    """Strings of bubbles rising."""
    canvas, rng = stage.canvas, stage.detail("bubbles")
    for _ in range(5):
        x, y = rng.uniform(0, canvas.w), canvas.h * rng.uniform(0.5, 0.95)
        for step in range(rng.randint(3, 9)):
            size = canvas.u * rng.uniform(0.003, 0.011)
            bx, by = x + rng.gauss(0, canvas.u * 0.014), y - step * canvas.u * 0.04
            canvas.disc(bx, by, size, lighten(stage.palette.sky[2], 0.5), 0.35)
            canvas.disc(bx - size * 0.3, by - size * 0.3, size * 0.3, (255, 255, 255), 0.8)
