"""Paints what is overhead in most scenes: sky, sun or moon, stars, clouds, birds."""

import math

from PIL import ImageChops

from core.providers.demo_art import noise
from core.providers.demo_art.colour import WHITE, darken, lighten, mix
from core.providers.demo_art.stage import Stage


def sky(stage: Stage) -> None:
    """The gradient, warmest at the horizon around the sun."""
    canvas, palette, layout = stage.canvas, stage.palette, stage.layout
    canvas.fill(palette.sky, 0, layout.horizon + canvas.h * 0.03)
    canvas.fill((palette.horizon, palette.near), layout.horizon + canvas.h * 0.03)
    canvas.glow(*layout.sun, canvas.u * 1.1, palette.light, 0.5 if palette.dark else 0.75, power=1.8)


def stars(stage: Stage) -> None:
    """Only where the sky is dark enough to see them."""
    if not stage.palette.night or "dull" in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("stars")
    deep = canvas.h if stage.plan.scene == "space" else stage.layout.horizon
    unit = canvas.u / 1000
    for _ in range(int(170 * canvas.w * deep / (canvas.u * canvas.u))):
        x, y = rng.uniform(0, canvas.w), rng.uniform(0, deep)
        fade = 1 - 0.75 * (y / deep) if deep < canvas.h else 1.0
        big = rng.random() ** 6
        canvas.disc(x, y, unit * (0.7 + 2.2 * big), WHITE, (0.25 + 0.7 * rng.random()) * fade)
        if big > 0.55:
            canvas.glow(x, y, unit * 16 * big, stage.palette.light, 0.6 * fade, power=3)


def sun(stage: Stage) -> None:
    """A sun, or by night a moon with its seas."""
    canvas, palette = stage.canvas, stage.palette
    (x, y), radius = stage.layout.sun, stage.layout.sun_radius
    if "dull" in stage.plan.traits:
        # Behind rain or cloud there is brightness but no disc.
        canvas.glow(x, y, radius * 5, palette.light, 0.6, power=2.0)
        return
    if not palette.night and "moon" not in stage.plan.traits:
        canvas.glow(x, y, radius * 3.2, lighten(palette.light, 0.3), 0.75, power=1.7)
        canvas.disc(x, y, radius, lighten(palette.light, 0.45))
        return
    canvas.glow(x, y, radius * 3.4, palette.light, 0.5, power=1.5)
    face = lighten(palette.light, 0.2)
    canvas.disc(x, y, radius, face)
    rng = stage.dice.of_layout("moon")
    for _ in range(9):
        angle, away = rng.uniform(0, math.tau), rng.random() ** 0.5 * 0.72
        spot = radius * rng.uniform(0.08, 0.24)
        reach = min(away, 0.94 - spot / radius) * radius
        canvas.disc(x + math.cos(angle) * reach, y + math.sin(angle) * reach, spot, darken(face, 0.12), 0.5)


def clouds(stage: Stage) -> None:
    """Flat banks of cloud, lit from below near the horizon."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("clouds")
    stormy = "dull" in stage.plan.traits
    amount = 0.85 if stormy else rng.uniform(0.35, 0.75)
    aspect = canvas.w / stage.layout.horizon
    size = (384, 256)
    shape = noise.cloud(rng, size, max(2, round(2.2 * aspect)), 6, 5)
    mask = noise.contrast(shape, 0.36 if stormy else 0.47, 0.86, amount)
    colour = mix(palette.sky[0], palette.far, 0.4) if stormy else mix(palette.light, palette.horizon, 0.45)
    if palette.night and not stormy:
        colour = mix(palette.sky[2], palette.horizon, 0.6)
    box = (0.0, -canvas.h * 0.02, canvas.w, stage.layout.horizon * 0.98)
    canvas.stamp(mask, box, colour)
    under = ImageChops.subtract(mask, ImageChops.offset(mask, 0, -4), scale=1.6)
    canvas.stamp(under, box, palette.sky[1])


def birds(stage: Stage) -> None:
    """A small flock, which gives the distance a scale."""
    if stage.palette.night or {"rain", "snow"} & stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("birds")
    home_x = canvas.w * rng.uniform(0.15, 0.75)
    home_y = stage.layout.horizon * rng.uniform(0.25, 0.6)
    for _ in range(rng.randint(3, 8)):
        x, y = home_x + rng.gauss(0, canvas.u * 0.09), home_y + rng.gauss(0, canvas.u * 0.04)
        span, dip = canvas.u * rng.uniform(0.01, 0.019), rng.uniform(0.2, 0.55)
        wing = [(x - span, y - span * dip), (x - span * 0.45, y - span * 0.42), (x, y)]
        wing += [(x + span * 0.45, y - span * 0.42), (x + span, y - span * dip), (x, y + span * 0.22)]
        canvas.poly(wing, mix(stage.palette.near, stage.palette.far, 0.35), 0.85)


def aurora(stage: Stage) -> None:
    """Curtains of light, when the prompt asks for them."""
    if "aurora" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("aurora")
    for colour, top in (((90, 240, 170), 0.05), ((120, 160, 255), 0.0), ((220, 110, 220), -0.05)):
        rays = noise.contrast(noise.cloud(rng, (256, 64), 9, 1, 4), 0.4, 0.85, 0.75)
        fade = [round(255 * math.sin(math.pi * (row / 63) ** 1.8)) for row in range(64)]
        veil = rays.copy()
        for row in range(64):
            slipped = ImageChops.offset(rays, round(14 * math.sin(row / 17)), 0).crop((0, row, 256, row + 1))
            veil.paste(slipped.point([value * fade[row] // 255 for value in range(256)]), (0, row))
        high = stage.layout.horizon * top
        canvas.stamp(veil, (0.0, high, canvas.w, high + stage.layout.horizon * 0.85), colour)
