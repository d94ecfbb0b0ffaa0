"""Marks every picture as a demo, so nobody takes it for the work of a model."""

import math

from PIL import Image, ImageDraw, ImageFont

TEXT = "demo · not AI"

_SMALLEST, _LARGEST = 12.0, 44.0
_SHARE = 0.021
_WIDEST = 0.78
# Drawn larger and shrunk: at small sizes the font's hinting would close the gaps between the words.
_SCALE = 4
_PILL, _LETTERS = 165, 240


def _size(width: int, height: int) -> float:
    """Grow with the picture, but always fit across it."""
    per_point = ImageFont.load_default(size=100).getlength(TEXT) / 100
    wanted = min(_LARGEST, max(_SMALLEST, math.sqrt(width * height) * _SHARE))
    return max(1.0, min(wanted, width * _WIDEST / per_point))


def stamp(image: Image.Image) -> Image.Image:
    """Put the label on its own dark pill, which keeps it legible over any picture."""
    font = ImageFont.load_default(size=_size(*image.size) * _SCALE)
    left, top, right, bottom = font.getbbox(TEXT)
    high = (bottom - top) / _SCALE
    wide, tall = round((right - left) / _SCALE + 1.5 * high), round(2.1 * high)
    box = (max(1, wide) * _SCALE, max(1, tall) * _SCALE)
    pill, letters = Image.new("L", box), Image.new("L", box)
    ImageDraw.Draw(pill).rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), box[1] / 2, fill=_PILL)
    spot = ((box[0] - right + left) / 2 - left, (box[1] - bottom + top) / 2 - top)
    ImageDraw.Draw(letters).text(spot, TEXT, font=font, fill=_LETTERS)
    margin = round(0.7 * high)
    corner = (max(0, image.width - wide - margin), max(0, image.height - tall - margin))
    image.paste((14, 14, 20), corner, pill.reduce(_SCALE))
    image.paste((255, 255, 255), corner, letters.reduce(_SCALE))
    return image
