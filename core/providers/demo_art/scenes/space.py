"""Deep space: a nebula, stars, a banded planet with rings, moons and a comet."""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from core.providers.demo_art import noise
from core.providers.demo_art.canvas import radial
from core.providers.demo_art.colour import RGB, darken, lighten, mix, ramp
from core.providers.demo_art.curves import Point
from core.providers.demo_art.stage import Stage


def _planet_at(stage: Stage) -> tuple[Point, float]:
    canvas, rng = stage.canvas, stage.dice.of_layout("planet")
    radius = min(canvas.u * rng.uniform(0.19, 0.3), canvas.w * 0.34)
    if stage.plan.subject is None:
        return (canvas.w * rng.uniform(0.36, 0.64), canvas.h * rng.uniform(0.4, 0.6)), radius
    # Somebody floats in the middle, so the planet keeps to a corner opposite.
    side = 0.16 if stage.layout.stand[0] > canvas.w / 2 else 0.84
    return (canvas.w * side, canvas.h * rng.uniform(0.22, 0.32)), radius * 0.85


def deep(stage: Stage) -> None:
    """Nearly black, a little lighter across the middle."""
    sky = stage.palette.sky
    dusk = tuple(darken(colour, 0.55) if not stage.palette.dark else colour for colour in sky[:3])
    stage.canvas.fill((dusk[0], dusk[1], dusk[2], dusk[1], dusk[0]))


def nebula(stage: Stage) -> None:
    """Three veils of coloured gas with dark lanes between."""
    canvas, palette = stage.canvas, stage.palette
    place = stage.dice.of_layout("nebula")
    size = (320, 320)
    aspect = canvas.w / canvas.h
    columns = max(2, round(3 * min(2.0, aspect)))
    rows = max(2, round(3 / max(0.5, aspect)))
    for index, colour in enumerate((palette.sky[3], palette.accent, palette.pops[1])):
        rng = stage.detail(f"nebula{index}")
        gas = noise.contrast(noise.cloud(rng, size, columns, rows, 6), 0.46, 0.78, 0.85 - 0.2 * index)
        band = radial().resize(size)
        shifted = ImageChops.offset(band, round(place.uniform(-40, 40)), round(place.uniform(-40, 40)))
        veil = ImageChops.multiply(gas, shifted)
        canvas.stamp(veil, (0, 0, canvas.w, canvas.h), lighten(colour, 0.1 * index))
    core = noise.contrast(noise.cloud(stage.detail("core"), size, columns * 2, rows * 2, 6), 0.62, 0.9, 0.5)
    canvas.stamp(core, (0, 0, canvas.w, canvas.h), palette.light)


def _surface(stage: Stage, size: int) -> Image.Image:
    """Bands of storm around a ball, lit from the sun's side."""
    palette, rng = stage.palette, stage.detail("surface")
    base = palette.accent
    stops = (
        lighten(base, 0.55),
        base,
        mix(base, palette.sky[3], 0.5),
        lighten(base, 0.3),
        darken(base, 0.35),
    )
    bands = noise.cloud(rng, (size, size), 2, 9, 3)
    swirl = noise.cloud(rng, (size, size), 6, 24, 3)
    grey = Image.blend(bands, swirl, 0.3)
    reds, greens, blues = zip(*(ramp(stops, (value - 60) / 135) for value in range(256)), strict=True)
    ball = Image.merge("RGB", (grey.point(list(reds)), grey.point(list(greens)), grey.point(list(blues))))
    tilt = ball.rotate(-14, Image.Resampling.BILINEAR, expand=False)
    side = -1 if stage.layout.mirrored else 1
    light = Image.radial_gradient("L").resize((size * 2, size * 2), Image.Resampling.BILINEAR)
    left = size // 2 + side * round(size * 0.27)
    shade = light.crop((left, round(size * 0.7), left + size, round(size * 0.7) + size))
    night = shade.point([round(min(255, max(0, (value - 40) * 2.1))) for value in range(256)])
    tilt.paste(darken(palette.sky[0], 0.3), (0, 0), night)
    return tilt


def _ring(stage: Stage, centre: Point, radius: float, front: bool) -> None:
    """Half of the rings: the far half goes behind the planet, the near half before it."""
    canvas, palette = stage.canvas, stage.palette
    rng = stage.detail("rings")
    size = round(radius * 5)
    sheet = Image.new("L", (size, size))
    pen = ImageDraw.Draw(sheet)
    middle = size / 2
    flat = 0.26
    gap = radius * 0.018
    reach = radius * 1.32
    while reach < radius * 2.15:
        box = (middle - reach, middle - reach * flat, middle + reach, middle + reach * flat)
        start, end = (0, 180) if front else (180, 360)
        value = round(255 * rng.choice((0.15, 0.4, 0.65, 0.85, 0.75)))
        pen.arc(box, start, end, fill=value, width=max(2, round(gap * 1.5)))
        reach += gap
    turned = sheet.rotate(16 if stage.layout.mirrored else -16, Image.Resampling.BILINEAR)
    x, y = centre
    canvas.stamp(turned, (x - middle, y - middle, x + middle, y + middle), mix(palette.light, palette.accent, 0.35))


def planet(stage: Stage) -> None:
    """The planet, mostly with rings."""
    canvas = stage.canvas
    (x, y), radius = _planet_at(stage)
    ringed = stage.dice.of_layout("ringed").random() < 0.75
    canvas.glow(x, y, radius * 1.8, mix(stage.palette.accent, stage.palette.sky[3], 0.4), 0.7, power=1.2)
    if ringed:
        _ring(stage, (x, y), radius, front=False)
    size = round(radius * 2)
    mask = Image.new("L", (size, size))
    ImageDraw.Draw(mask).ellipse((0, 0, size - 1, size - 1), fill=255)
    canvas.image.paste(_surface(stage, size), (round(x - radius), round(y - radius)), mask)
    if ringed:
        _ring(stage, (x, y), radius, front=True)


def _moon(stage: Stage, rng: random.Random, at: Point, radius: float, colour: RGB) -> None:
    canvas = stage.canvas
    size = max(4, round(radius * 2))
    mask = Image.new("L", (size, size))
    ImageDraw.Draw(mask).ellipse((0, 0, size - 1, size - 1), fill=255)
    side = -1 if stage.layout.mirrored else 1
    away = ImageChops.offset(mask, side * round(radius * 0.45), round(radius * 0.3))
    lit = ImageChops.subtract(mask, away).filter(ImageFilter.GaussianBlur(radius * 0.12))
    x, y = at
    canvas.disc(x, y, radius, darken(colour, 0.5))
    canvas.stamp(ImageChops.multiply(lit, mask), (x - radius, y - radius, x + radius, y + radius), lighten(colour, 0.4))
    if rng.random() < 0.5:
        canvas.glow(x, y, radius * 2.2, colour, 0.25)


def moons(stage: Stage) -> None:
    """One to three moons around the planet."""
    canvas, rng = stage.canvas, stage.detail("moons")
    (x, y), radius = _planet_at(stage)
    for index in range(rng.randint(1, 3)):
        angle = rng.uniform(0, math.tau)
        away = radius * rng.uniform(1.7, 2.4)
        at = (x + math.cos(angle) * away, y + math.sin(angle) * away * 0.8)
        size = canvas.u * rng.uniform(0.012, 0.04)
        _moon(stage, rng, at, size, lighten(stage.palette.pops[index * 2], 0.25))


def comet(stage: Stage) -> None:
    """A shooting star or two."""
    canvas, rng = stage.canvas, stage.detail("comet")
    for _ in range(rng.randint(1, 2)):
        x, y = canvas.w * rng.uniform(0.1, 0.9), canvas.h * rng.uniform(0.06, 0.35)
        length, half = canvas.u * rng.uniform(0.1, 0.24), canvas.u * 0.0018
        for share in (1.0, 0.7, 0.4, 0.2):
            tail = (x - length * share, y - length * share * 0.42)
            canvas.poly([(x - half, y + half), tail, (x + half, y - half)], stage.palette.light, 0.35)
        canvas.glow(x, y, canvas.u * 0.014, stage.palette.light, 1.0, power=1.6)
