"""Treats the finished picture so that it looks photographed, painted, drawn, or like a game."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from core.providers.demo_art import noise
from core.providers.demo_art.colour import RGB, mix

_PAPER: RGB = (250, 246, 236)
_INK: RGB = (38, 34, 46)

Treatment = Callable[[Image.Image, random.Random], Image.Image]


def _unit(image: Image.Image) -> float:
    """How many pixels a detail has that is one pixel wide on a 1024 picture."""
    return math.sqrt(image.width * image.height) / 1024


def _blur(image: Image.Image, radius: float) -> Image.Image:
    """A wide blur, done small because nobody sees the difference."""
    small = image.reduce(4) if min(image.size) >= 64 else image
    shrink = 4 if small is not image else 1
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(image.size, Image.Resampling.BICUBIC)


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    lut = [round(255 * strength * max(0.0, (value / 255 - 0.45) / 0.55) ** 1.7) for value in range(256)]
    mask = Image.radial_gradient("L").point(lut).resize(image.size, Image.Resampling.BILINEAR)
    image.paste((8, 6, 18), (0, 0), mask)
    return image


def _bloom(image: Image.Image, strength: float) -> Image.Image:
    bright = image.point([max(0, value - 150) * 2 for value in range(256)] * 3)
    return Image.blend(image, ImageChops.screen(image, _blur(bright, 16 * _unit(image))), strength)


def plain(image: Image.Image, rng: random.Random) -> Image.Image:
    """No style asked: only a little grain."""
    return noise.add_grain(_vignette(_bloom(image, 0.3), 0.18), rng, 1.6)


def photo(image: Image.Image, rng: random.Random) -> Image.Image:
    """Lens and film: shallow focus, bloom, contrast, vignette, grain."""
    soft = _blur(image, 5 * _unit(image))
    focus = Image.linear_gradient("L").point([round(150 * abs(value / 255 - 0.66) ** 1.2) for value in range(256)])
    shot = Image.composite(soft, image, focus.resize(image.size))
    shot = ImageEnhance.Contrast(_bloom(shot, 0.35)).enhance(1.14)
    shot = ImageEnhance.Color(shot).enhance(0.9)
    return noise.add_grain(_vignette(shot, 0.62), rng, 4.2)


def _wobble(image: Image.Image, rng: random.Random, reach: float) -> Image.Image:
    """Shift a grid of patches a little, so that straight edges look painted by hand."""
    columns, rows = 22, 22
    xs = [round(image.width * c / columns) for c in range(columns + 1)]
    ys = [round(image.height * r / rows) for r in range(rows + 1)]
    moved = [
        [
            (
                x + rng.uniform(-reach, reach) * (0 < c < columns),
                y + rng.uniform(-reach, reach) * (0 < r < rows),
            )
            for c, x in enumerate(xs)
        ]
        for r, y in enumerate(ys)
    ]
    mesh = [
        (
            (xs[c], ys[r], xs[c + 1], ys[r + 1]),
            (*moved[r][c], *moved[r + 1][c], *moved[r + 1][c + 1], *moved[r][c + 1]),
        )
        for r in range(rows)
        for c in range(columns)
        if xs[c + 1] > xs[c] and ys[r + 1] > ys[r]
    ]
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def watercolor(image: Image.Image, rng: random.Random) -> Image.Image:
    """Wet edges, pooled pigment, rough paper, and a border the brush did not reach."""
    unit, size = _unit(image), image.size
    small = image.resize((max(1, size[0] // 2), max(1, size[1] // 2)), Image.Resampling.BOX)
    small = _wobble(small, rng, 2.2 * unit).filter(ImageFilter.MedianFilter(5 if unit > 0.8 else 3))
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(0.9 * unit + 0.3))
    edges = edges.crop((2, 2, edges.width - 2, edges.height - 2)).point([min(150, value * 3) for value in range(256)])
    wash = ImageEnhance.Color(small.resize(size, Image.Resampling.BICUBIC)).enhance(1.3)
    wash = Image.blend(wash, Image.new("RGB", size, _PAPER), 0.17)
    pooled = ImageEnhance.Brightness(wash).enhance(0.62)
    wash.paste(pooled, (0, 0), edges.resize(size, Image.Resampling.BICUBIC))
    blotch = noise.cloud(rng, (256, 256), 5, 5, 5)
    pale = noise.contrast(blotch, 0.35, 0.85, 0.26).resize(size, Image.Resampling.BICUBIC)
    wash.paste(_PAPER, (0, 0), pale)
    return _on_paper(wash, rng)


def _on_paper(wash: Image.Image, rng: random.Random) -> Image.Image:
    size = wash.size
    ragged = noise.cloud(rng, (256, 256), 22, 22, 4)
    inside = Image.new("L", (256, 256))
    ImageDraw.Draw(inside).rounded_rectangle((11, 11, 244, 244), 6, fill=255)
    soft = inside.filter(ImageFilter.GaussianBlur(4))
    brush = noise.contrast(ImageChops.add(soft, ragged, scale=2), 0.47, 0.56).resize(size, Image.Resampling.BICUBIC)
    sheet = Image.composite(wash, Image.new("RGB", size, _PAPER), brush)
    fibre = noise.tiled(noise.grain_tile(rng, 14).filter(ImageFilter.GaussianBlur(0.9)), size)
    tooth = ImageChops.add(fibre, Image.new("L", size, 118))
    return ImageChops.multiply(sheet, Image.merge("RGB", (tooth, tooth, tooth)))


def _hatch(size: tuple[int, int], pitch: int, rising: bool) -> Image.Image:
    """A sheet of slanting strokes."""
    tile = Image.new("L", (pitch * 8, pitch * 8), 0)
    pen = ImageDraw.Draw(tile)
    for offset in range(-8, 17):
        start = offset * pitch
        ends = ((start, 0), (start + pitch * 8, pitch * 8)) if rising else ((start, pitch * 8), (start + pitch * 8, 0))
        pen.line(ends, fill=255, width=max(1, pitch // 5))
    return noise.tiled(tile, size)


def _strokes(image: Image.Image, unit: float) -> Image.Image:
    """Ink where neighbouring colours differ, by comparing a narrow blur with a wide one."""
    fine = image.filter(ImageFilter.GaussianBlur(0.5 * unit + 0.15))
    broad = image.filter(ImageFilter.GaussianBlur(1.5 * unit + 0.15))
    red, green, blue = ImageChops.difference(broad, fine).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([min(255, max(0, (value - 3) * 22)) for value in range(256)])


def line_art(image: Image.Image, rng: random.Random) -> Image.Image:
    """Ink lines and hatching on cream paper."""
    unit = _unit(image)
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    sheet = Image.new("RGB", image.size, _PAPER)
    pitch = max(4, round(6 * unit))
    calm = grey.filter(ImageFilter.GaussianBlur(1.2 * unit))
    for limit, rising in ((112, True), (62, False)):
        dark = calm.point([min(255, max(0, (limit - value) * 9)) for value in range(256)])
        ink = ImageChops.multiply(_hatch(image.size, pitch, rising), dark)
        sheet.paste(mix(_INK, _PAPER, 0.35), (0, 0), ink)
    sheet.paste(_INK, (0, 0), _strokes(image, unit))
    return noise.add_grain(sheet, rng, 1.4)


def pixel(image: Image.Image, rng: random.Random) -> Image.Image:
    """Square blocks in few colours, as on an old console."""
    block = max(2, round(max(image.size) / 144))
    small = (max(1, -(-image.width // block)), max(1, -(-image.height // block)))
    tiny = image.resize(small, Image.Resampling.BOX)
    tiny = ImageEnhance.Color(ImageEnhance.Contrast(tiny).enhance(1.1)).enhance(1.15)
    few = tiny.quantize(40, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    tiny = tiny.quantize(palette=few, dither=Image.Dither.NONE).convert("RGB")
    large = tiny.resize((small[0] * block, small[1] * block), Image.Resampling.NEAREST)
    return large.crop((0, 0, image.width, image.height))


def three_d(image: Image.Image, rng: random.Random) -> Image.Image:
    """Shapes raised like clay under a lamp, in a dark room."""
    unit = _unit(image)
    step = max(1, round(3 * unit))
    height = image.convert("L").filter(ImageFilter.GaussianBlur(2.2 * unit + 0.3))
    behind = height.copy()
    behind.paste(height, (step, step))
    bump = ImageChops.subtract(height, behind, scale=0.5, offset=128)
    # Small steps are the sky's 256 levels, not shapes.
    bump = bump.point([128 + (v - 128 - (7 if v > 128 else -7)) if abs(v - 128) > 7 else 128 for v in range(256)])
    relief = Image.merge("RGB", (bump, bump, bump))
    vivid = ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(1.35)).enhance(1.08)
    clay = ImageChops.hard_light(vivid, relief)
    lamp = (
        ImageOps.invert(Image.radial_gradient("L")).crop((40, 60, 220, 240)).point([v * 46 // 255 for v in range(256)])
    )
    clay.paste((255, 246, 230), (0, 0), lamp.resize(image.size, Image.Resampling.BILINEAR))
    return noise.add_grain(_vignette(_bloom(clay, 0.25), 0.7), rng, 1.2)


def anime(image: Image.Image, rng: random.Random) -> Image.Image:
    """Flat cel colours, clean outlines, and air full of light."""
    unit = _unit(image)
    vivid = ImageEnhance.Brightness(ImageEnhance.Color(image).enhance(1.38)).enhance(1.06)
    calm = vivid.filter(ImageFilter.GaussianBlur(1.0 * unit))
    few = calm.resize((200, 200), Image.Resampling.BOX).quantize(44, Image.Quantize.MEDIANCUT, kmeans=1)
    flat = calm.quantize(palette=few, dither=Image.Dither.NONE).convert("RGB")
    flat = Image.blend(flat, vivid, 0.12)
    ink = _strokes(image, unit).point([value * 190 // 255 for value in range(256)])
    flat.paste((44, 30, 62), (0, 0), ink)
    return _bloom(flat, 0.75)


TREATMENTS: dict[str, Treatment] = {
    "photo": photo,
    "watercolor": watercolor,
    "line-art": line_art,
    "pixel": pixel,
    "3d": three_d,
    "anime": anime,
}


def treat(image: Image.Image, style: str | None, rng: random.Random) -> Image.Image:
    """Apply a style by name; an unknown one counts as none."""
    return TREATMENTS.get(style or "", plain)(image, rng)
