"""Runs one drawing from request to PNG bytes; the only module that others need."""

import io
import math
from collections.abc import Callable

from PIL import Image, PngImagePlugin

from core.providers.demo_art import label, plan, stage, styles
from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.dice import Dice
from core.providers.demo_art.scenes import SCENES
from core.providers.demo_art.subjects import compose

STYLES: tuple[str, ...] = tuple(styles.TREATMENTS)

_LONGEST = 4096
# Below this there is no room for a scene or a brush; such a picture is a stretched thumbnail.
_SHORTEST = 64
# Work is bounded, so that a large picture takes seconds and never a minute.
_WORK_PIXELS = 9_500_000
_SMALL = 300_000
_PAINTED = 0.72


def _check(width: int, height: int) -> None:
    for name, value in (("width", width), ("height", height)):
        if not 0 < value <= _LONGEST:
            raise ValueError(f"The {name} must be between 1 and {_LONGEST} pixels, not {value}.")


def _work_scale(width: int, height: int) -> float:
    """How much larger to paint than to deliver; shrinking is what smooths the edges."""
    area = width * height
    return min(3.0 if area < _SMALL else 2.0, math.sqrt(_WORK_PIXELS / area))


def _paint(dice: Dice, width: int, height: int, report: Callable[[float], None]) -> Image.Image:
    scale = _work_scale(width, height)
    canvas = Canvas(max(1, round(width * scale)), max(1, round(height * scale)))
    intent = plan.make(dice)
    scene = SCENES[intent.scene]
    shared = stage.Stage(canvas, intent, dice, stage.arrange(canvas, intent, dice))
    layers = [*scene.layers, lambda here: compose.star(here, scene.footing), *scene.front]
    for index, layer in enumerate(layers):
        layer(shared)
        report(_PAINTED * (index + 1) / len(layers))
    if scale == 2.0:
        return canvas.image.reduce(2)
    return canvas.image.resize((width, height), Image.Resampling.LANCZOS)


def _encode(image: Image.Image) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "Easel demo provider")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3, pnginfo=info)
    return buffer.getvalue()


def draw(
    prompt: str,
    *,
    width: int,
    height: int,
    seed: int,
    style: str | None = None,
    variation: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> bytes:
    """Draw a prompt as PNG bytes; the same arguments always give the same bytes."""
    _check(width, height)
    known = style if style in styles.TREATMENTS else None
    dice = Dice(prompt, seed, known or "", variation)

    def report(done: float) -> None:
        if on_progress is not None:
            on_progress(done)

    report(0.0)
    image = _paint(dice, max(width, _SHORTEST), max(height, _SHORTEST), report)
    report(0.78)
    image = styles.treat(image, known, dice.of_style("treatment"))
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    report(0.9)
    data = _encode(label.stamp(image))
    report(1.0)
    return data
