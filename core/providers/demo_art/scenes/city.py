"""A skyline with lit windows, over water or a promenade."""

import random

from core.providers.demo_art.colour import RGB, darken, lighten, mix
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage

_ROOFS = ("flat", "flat", "step", "spire", "slant", "mast", "dome")


def _roof(stage: Stage, rng: random.Random, walls: tuple[float, float], top: float, colour: RGB) -> None:
    canvas, (left, right) = stage.canvas, walls
    wide, middle = right - left, (left + right) / 2
    kind = rng.choice(_ROOFS)
    if kind == "step":
        canvas.rect((left + wide * 0.2, top - wide * 0.35, right - wide * 0.2, top + 2), colour)
        canvas.rect((left + wide * 0.38, top - wide * 0.6, right - wide * 0.38, top), colour)
    elif kind == "spire":
        tip = [
            (left + wide * 0.15, top + 1),
            (middle, top - wide * rng.uniform(0.7, 1.3)),
            (right - wide * 0.15, top + 1),
        ]
        canvas.poly(tip, colour)
    elif kind == "slant":
        canvas.poly([(left, top + 1), (left, top - wide * 0.4), (right, top + 1)], colour)
    elif kind == "dome":
        canvas.disc(middle, top, wide * 0.38, colour)
    elif kind == "mast":
        high = top - wide * rng.uniform(0.6, 1.2)
        canvas.line([(middle, top), (middle, high)], colour, canvas.u * 0.003)
        canvas.glow(middle, high, canvas.u * 0.012, (255, 90, 70), 0.9)


def _windows(stage: Stage, rng: random.Random, box: tuple[float, float, float, float], lit: float) -> None:
    canvas, palette = stage.canvas, stage.palette
    left, top, right, bottom = box
    pitch = canvas.u * 0.0135
    columns = int((right - left - pitch * 0.6) / pitch)
    if columns < 1:
        return
    margin = (right - left - columns * pitch) / 2
    warm = mix(palette.light, (255, 196, 94), 0.6)
    choices = (warm, warm, lighten(warm, 0.3), mix(warm, palette.accent, 0.55))
    # Lights come on floor by floor more often than one by one.
    y = top + pitch
    while y < bottom:
        floor = lit * rng.uniform(0.3, 1.6)
        for column in range(columns):
            if rng.random() < floor:
                x = left + margin + column * pitch
                glass = (x + pitch * 0.22, y, x + pitch * 0.78, y + pitch * 0.62)
                canvas.rect(glass, rng.choice(choices), rng.uniform(0.55, 1.0))
        y += pitch * 1.35


def _row(stage: Stage, name: str, depth: float, tall: tuple[float, float], lit: float) -> None:
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail(name)
    place = stage.dice.of_layout(name)
    base = _line(stage)
    colour = mix(mix(palette.far, palette.horizon, 0.35), palette.near, depth)
    crown = place.uniform(0.2, 0.8)
    x = -canvas.u * 0.02
    while x < canvas.w:
        wide = canvas.u * place.uniform(0.05, 0.115) * (0.7 + 0.4 * depth)
        central = max(0.0, 1 - abs(x / canvas.w - crown) * 1.9)
        high = min(canvas.h * 0.5, canvas.u * 0.62) * place.uniform(*tall) * (0.55 + 0.65 * central)
        top = base - high * rng.uniform(0.93, 1.07)
        tone = mix(colour, palette.sky[1], rng.uniform(0, 0.16))
        _roof(stage, rng, (x, x + wide), top, tone)
        block = [(x, top), (x + wide, top), (x + wide, base), (x, base)]
        canvas.shade(block, (tone, mix(tone, palette.horizon, 0.3 * (1 - depth) + 0.08)))
        sunny = x + wide * (0.0 if stage.layout.sun[0] < x else 0.8)
        canvas.rect((sunny, top, sunny + wide * 0.2, base), palette.light, 0.1)
        if lit > 0:
            _windows(stage, rng, (x, top, x + wide, base - canvas.u * 0.02), lit)
        x += wide + canvas.u * place.choice((0.0, 0.0, 0.006, 0.02))


def _line(stage: Stage) -> float:
    return stage.layout.horizon + stage.canvas.h * 0.1


def _lit(stage: Stage) -> float:
    return 0.42 if stage.palette.dark else 0.14


def far(stage: Stage) -> None:
    """Towers in the haze."""
    _row(stage, "far", 0.1, (0.55, 1.0), 0.0)
    stage.canvas.mist(_line(stage) - stage.canvas.h * 0.3, _line(stage), stage.palette.horizon, 0.45)


def middle(stage: Stage) -> None:
    """Towers with a few lights on."""
    _row(stage, "middle", 0.5, (0.4, 0.95), _lit(stage) * 0.6)
    stage.canvas.mist(_line(stage) - stage.canvas.h * 0.22, _line(stage), stage.palette.horizon, 0.35)


def near(stage: Stage) -> None:
    """The front row, dark and full of windows."""
    _row(stage, "near", 0.92, (0.2, 0.62), _lit(stage))


def street(stage: Stage) -> None:
    """The river in front, and a promenade to stand on."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("street")
    line = _line(stage)
    ground.water(stage, line, mix(palette.near, palette.sky[1], 0.3), 0.62)
    ground.glitter(stage, rng, line, 0.5)
    canvas.rect((0, line - canvas.u * 0.006, canvas.w, line + canvas.u * 0.003), darken(palette.near, 0.25))
    if stage.plan.subject is None:
        return
    top = stage.layout.stand[1] - canvas.u * 0.012
    canvas.fill((mix(palette.near, palette.far, 0.3), darken(palette.near, 0.3)), top)
    canvas.rect((0, top, canvas.w, top + canvas.u * 0.006), mix(palette.far, palette.light, 0.4))
    step = canvas.u * 0.3
    x = step * rng.uniform(0.2, 0.8)
    while x < canvas.w:
        _lamp(stage, x, top)
        x += step


def _lamp(stage: Stage, x: float, foot: float) -> None:
    canvas = stage.canvas
    head = foot - canvas.u * 0.17
    canvas.line([(x, foot), (x, head)], darken(stage.palette.near, 0.35), canvas.u * 0.005)
    warm = mix(stage.palette.light, (255, 205, 120), 0.5)
    canvas.glow(x, head, canvas.u * 0.07, warm, 0.6 if stage.palette.dark else 0.3)
    canvas.disc(x, head, canvas.u * 0.009, lighten(warm, 0.4))
