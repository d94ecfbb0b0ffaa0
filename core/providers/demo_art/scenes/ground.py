"""Paints what is underfoot or shared by several places: foreground hills, grass, flowers, trees, water."""

import math
import random
from itertools import pairwise

from PIL import Image, ImageChops

from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.colour import RGB, darken, lighten, mix
from core.providers.demo_art.curves import Point, fractal, open_curve
from core.providers.demo_art.stage import Stage


def hill(stage: Stage, name: str, swell: float = 0.05) -> list[Point]:
    """The crest of the nearest ground, always passing where the subject stands."""
    canvas, rng = stage.canvas, stage.dice.of_layout(name)
    x, y = stage.layout.stand
    rise = canvas.h * swell
    crest = [
        (-canvas.w * 0.02, y + rng.uniform(-rise, rise)),
        (x * 0.5, y + rng.uniform(-rise, rise) * 0.5),
        (x, y),
        ((x + canvas.w) / 2, y + rng.uniform(-rise, rise) * 0.5),
        (canvas.w * 1.02, y + rng.uniform(-rise, rise)),
    ]
    return open_curve(crest, 16)


def below(canvas: Canvas, crest: list[Point]) -> list[Point]:
    """Close a crest line down to the bottom edge."""
    return [*crest, (crest[-1][0], canvas.h + 2), (crest[0][0], canvas.h + 2)]


def covered(stage: Stage, colour: RGB) -> RGB:
    """The ground's colour, under snow if it snows."""
    if "snow" not in stage.plan.traits:
        return colour
    return mix(colour, mix((238, 243, 250), stage.palette.horizon, 0.25), 0.45 if stage.palette.dark else 0.72)


def ridge(stage: Stage, rng: random.Random, base: float, height: float, rough: float = 0.5) -> list[Point]:
    """A fractal crest across the whole width."""
    heights = fractal(rng, 7, rough)
    step = stage.canvas.w * 1.02 / (len(heights) - 1)
    return [(i * step - stage.canvas.w * 0.01, base - value * height) for i, value in enumerate(heights)]


def height_at(crest: list[Point], x: float) -> float:
    """How high a crest lies at x."""
    for left, right in pairwise(crest):
        if left[0] <= x <= right[0]:
            share = (x - left[0]) / ((right[0] - left[0]) or 1.0)
            return left[1] + (right[1] - left[1]) * share
    return crest[-1][1]


def pine(canvas: Canvas, rng: random.Random, foot: Point, height: float, colour: RGB) -> None:
    """A conifer with ragged tiers."""
    x, y = foot
    tiers = 6
    half = height * rng.uniform(0.17, 0.23)
    left: list[Point] = []
    right: list[Point] = []
    for tier in range(tiers):
        low = y - height * 0.07 - height * 0.93 * (1 - (tier + 1) / tiers) * 0.98
        wide = half * ((tier + 1) / tiers) ** 0.85
        droop = height * 0.02
        left += [(x - wide * rng.uniform(0.85, 1.08), low + droop), (x - wide * 0.5, low - droop)]
        right += [(x + wide * rng.uniform(0.85, 1.08), low + droop), (x + wide * 0.5, low - droop)]
    canvas.rect((x - height * 0.018, y - height * 0.12, x + height * 0.018, y), darken(colour, 0.25))
    canvas.poly([(x, y - height), *left, *reversed(right)], colour)


def grass(stage: Stage, rng: random.Random, crest: list[Point], colour: RGB, tall: float) -> None:
    """Blades along a crest, so that its edge is not cut with scissors."""
    canvas = stage.canvas
    blades = int(150 * canvas.w / canvas.u)
    for _ in range(blades):
        x = rng.uniform(0, canvas.w)
        y = height_at(crest, x)
        high = canvas.u * tall * rng.uniform(0.35, 1.0)
        lean, half = rng.uniform(-0.5, 0.5) * high, canvas.u * 0.0022
        tone = mix(colour, stage.palette.light, rng.uniform(0, 0.12))
        canvas.poly([(x - half, y + half * 3), (x + lean, y - high), (x + half, y + half * 3)], tone)


def flowers(stage: Stage, rng: random.Random, crest: list[Point], count: int) -> None:
    """A drift of blossoms, larger towards the viewer."""
    canvas, palette = stage.canvas, stage.palette
    if "snow" in stage.plan.traits:
        return
    choices = [palette.accent, lighten(palette.accent, 0.4), palette.light, lighten(palette.pops[1], 0.25)]
    spots = sorted((rng.random() ** 1.5, rng.uniform(0, canvas.w)) for _ in range(count))
    for deep, x in spots:
        top = height_at(crest, x)
        y = top + (canvas.h * 1.01 - top) * deep
        size = canvas.u * (0.004 + 0.011 * deep) * rng.uniform(0.7, 1.25)
        colour = rng.choice(choices)
        canvas.line([(x, y), (x, y + size * 3)], darken(palette.near, 0.2), size * 0.3)
        for petal in range(5):
            angle = petal * math.tau / 5 + x
            canvas.disc(x + math.cos(angle) * size * 0.75, y + math.sin(angle) * size * 0.6, size * 0.6, colour)
        canvas.disc(x, y, size * 0.45, mix(palette.light, (240, 180, 60), 0.6))


def water(stage: Stage, shore: float, depth_colour: RGB, clarity: float) -> None:
    """A mirror of everything above the shore line, broken by ripples."""
    canvas = stage.canvas
    top, bottom = round(shore), canvas.image.height
    tall = bottom - top
    if tall <= 0:
        return
    seen = canvas.image.crop((0, max(0, top - round(tall * 1.5)), canvas.image.width, top))
    mirror = seen.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((canvas.image.width, tall))
    mirror = Image.blend(Image.new("RGB", mirror.size, depth_colour), mirror, clarity)
    row = 0
    while row < tall:
        far = row / tall
        thick = max(2, round(canvas.u * (0.002 + 0.006 * far)))
        phase = row / (canvas.u * (0.006 + 0.02 * far))
        shift = round(canvas.u * (0.0015 + 0.012 * far) * math.sin(phase))
        strip = mirror.crop((0, row, canvas.image.width, min(tall, row + thick)))
        canvas.image.paste(ImageChops.offset(strip, shift, 0), (0, top + row))
        row += thick
    canvas.mist(shore, canvas.h, darken(depth_colour, 0.35), 0.55)


def glitter(stage: Stage, rng: random.Random, shore: float, strength: float = 0.75) -> None:
    """The sun's path on the water."""
    canvas = stage.canvas
    x = stage.layout.sun[0]
    tone = lighten(stage.palette.light, 0.25)
    for _ in range(240):
        far = rng.random() ** 1.35
        y = shore + (canvas.h - shore) * far
        spread = stage.layout.sun_radius * (0.35 + 1.5 * far)
        wide = canvas.u * rng.uniform(0.006, 0.024) * (0.5 + 1.3 * far)
        alpha = strength * (1 - far * 0.8) * rng.uniform(0.3, 1)
        canvas.disc(x + rng.gauss(0, spread * 0.55), y, wide, tone, alpha, ry=canvas.u * (0.0011 + 0.002 * far))
