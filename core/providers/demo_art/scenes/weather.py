"""Adds the weather that the prompt names, in front of everything else."""

import math

from PIL import Image, ImageChops

from core.providers.demo_art import noise
from core.providers.demo_art.colour import WHITE, lighten, mix
from core.providers.demo_art.curves import jag
from core.providers.demo_art.stage import Stage


def _lens(size: tuple[int, int]) -> Image.Image:
    """Full in the middle rows and nothing at the top and bottom."""
    column = Image.linear_gradient("L").point([round(255 * math.sin(math.pi * v / 255) ** 1.3) for v in range(256)])
    return column.resize(size, Image.Resampling.BILINEAR)


def fog(stage: Stage) -> None:
    """Drifting banks of mist."""
    if "fog" not in stage.plan.traits:
        return
    canvas, palette = stage.canvas, stage.palette
    for index in range(2):
        bank = noise.cloud(stage.detail(f"fog{index}"), (256, 128), 4, 3, 4)
        mask = ImageChops.multiply(noise.contrast(bank, 0.36, 0.85, 0.8), _lens(bank.size))
        top = stage.layout.horizon - canvas.h * (0.26 - 0.18 * index)
        canvas.stamp(mask, (0, top, canvas.w, top + canvas.h * 0.46), lighten(palette.horizon, 0.25))


def _rain(stage: Stage) -> None:
    """Slanting streaks in three depths."""
    if "rain" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("rain")
    slant = stage.dice.of_layout("wind").uniform(-0.3, 0.3)
    tone = lighten(stage.palette.horizon, 0.55)
    for _ in range(int(520 * canvas.w * canvas.h / (canvas.u * canvas.u))):
        near = rng.random()
        x, y = rng.uniform(-0.1, 1.1) * canvas.w, rng.uniform(-0.1, 1) * canvas.h
        length = canvas.u * (0.015 + 0.055 * near)
        canvas.line(
            [(x, y), (x + slant * length, y + length)],
            tone,
            canvas.u * (0.0008 + 0.0014 * near),
            0.15 + 0.3 * near,
        )


def _snow(stage: Stage) -> None:
    """Flakes, the near ones large and soft."""
    if "snow" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("snow")
    for _ in range(int(330 * canvas.w * canvas.h / (canvas.u * canvas.u))):
        near = rng.random() ** 3
        x, y = rng.uniform(0, canvas.w), rng.uniform(0, canvas.h)
        canvas.disc(x, y, canvas.u * (0.0016 + 0.008 * near), WHITE, 0.9 - 0.45 * near)


def falling(stage: Stage) -> None:
    """Whatever falls; both at once make sleet."""
    _rain(stage)
    _snow(stage)


def bolt(stage: Stage) -> None:
    """One fork of lightning behind the land."""
    if "bolt" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("bolt")
    x = canvas.w * rng.uniform(0.2, 0.8)
    end = (x + rng.uniform(-0.12, 0.12) * canvas.w, stage.layout.horizon)
    tone = mix(WHITE, stage.palette.light, 0.4)
    canvas.glow(x, stage.layout.horizon * 0.3, canvas.u * 0.6, tone, 0.45)
    path = jag(rng, (x, 0), end, 14, canvas.u * 0.035)
    for wide, alpha in ((0.02, 0.15), (0.009, 0.35), (0.0035, 1.0)):
        canvas.line(path, tone, canvas.u * wide, alpha)
    fork = jag(rng, path[6], (path[6][0] + canvas.u * rng.choice((-0.2, 0.2)), end[1] * 0.85), 7, canvas.u * 0.02)
    canvas.line(fork, tone, canvas.u * 0.002, 0.9)


def fireflies(stage: Stage) -> None:
    """Points of light for magical prompts."""
    if "fireflies" not in stage.plan.traits:
        return
    canvas, rng = stage.canvas, stage.detail("fireflies")
    tone = mix(stage.palette.light, (255, 226, 120), 0.5)
    for _ in range(int(38 * canvas.w / canvas.u)):
        x, y = rng.uniform(0, canvas.w), canvas.h * rng.uniform(0.45, 0.97)
        size = canvas.u * rng.uniform(0.006, 0.022)
        canvas.glow(x, y, size, tone, rng.uniform(0.5, 1.0), power=2.4)
        canvas.disc(x, y, size * 0.13, lighten(tone, 0.6))
