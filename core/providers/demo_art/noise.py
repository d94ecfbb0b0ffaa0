"""Makes cloudy and grainy textures from seeded bytes; Pillow's own noise is not repeatable."""

import random

from PIL import Image, ImageChops

_TILE = 256


def _layer(rng: random.Random, columns: int, rows: int, size: tuple[int, int]) -> Image.Image:
    cells = Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows))
    return cells.resize(size, Image.Resampling.BICUBIC)


def cloud(rng: random.Random, size: tuple[int, int], columns: int, rows: int, octaves: int = 4) -> Image.Image:
    """Soft fractal noise; more columns than rows stretches it upright, fewer stretches it flat."""
    picture = _layer(rng, columns, rows, size)
    weight = 0.5
    for octave in range(1, octaves):
        step = 2**octave
        finer = _layer(rng, min(columns * step, size[0]), min(rows * step, size[1]), size)
        picture = Image.blend(picture, finer, weight / (1 + weight))
        weight *= 0.55
    return picture


def contrast(mask: Image.Image, low: float, high: float, top: float = 1.0) -> Image.Image:
    """Stretch greys between low and high (0 to 1) to the range 0 to top, easing both ends."""

    def level(value: int) -> int:
        t = min(1.0, max(0.0, (value / 255 - low) / (high - low)))
        return round(255 * top * t * t * (3 - 2 * t))

    return mask.point([level(value) for value in range(256)])


def grain_tile(rng: random.Random, strength: float) -> Image.Image:
    """A grey tile around 128 whose values stray by about strength."""
    first = Image.frombytes("L", (_TILE, _TILE), rng.randbytes(_TILE * _TILE))
    second = Image.frombytes("L", (_TILE, _TILE), rng.randbytes(_TILE * _TILE))
    bell = ImageChops.add(first, second, scale=2)
    return bell.point([round(128 + (value - 127.5) * strength / 52) for value in range(256)])


def tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Repeat a tile over a whole picture."""
    sheet = Image.new(tile.mode, size)
    for top in range(0, size[1], tile.height):
        for left in range(0, size[0], tile.width):
            sheet.paste(tile, (left, top))
    return sheet


def add_grain(image: Image.Image, rng: random.Random, strength: float) -> Image.Image:
    """Film grain; it also hides the steps that 8-bit skies would show."""
    sheet = tiled(grain_tile(rng, strength), image.size)
    return ImageChops.add(image, Image.merge("RGB", (sheet, sheet, sheet)), offset=-128)
