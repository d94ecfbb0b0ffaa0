"""Paints shapes, gradients and light on one oversized picture, which shrinking later makes smooth."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.providers.demo_art.colour import RGB, ramp
from core.providers.demo_art.curves import Point

_STRIP = 192

Box = tuple[float, float, float, float]


def radial() -> Image.Image:
    """White in the middle, black from the inscribed circle outwards, so that no square edge shows."""
    # Pillow's gradient is white in the corners only; 178 is its value where the circle touches the sides.
    return Image.radial_gradient("L").point([max(0, 255 - round(value * 255 / 178)) for value in range(256)])


def _column(stops: tuple[RGB, ...]) -> Image.Image:
    strip = Image.new("RGB", (1, _STRIP))
    strip.putdata([ramp(stops, row / (_STRIP - 1)) for row in range(_STRIP)])
    return strip


class Canvas:
    """One working picture; u is the length that details are measured by at any aspect."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height))
        self.w = float(width)
        self.h = float(height)
        short, long = min(width, height), max(width, height)
        self.u = short * (long / short) ** 0.3
        self._solid = ImageDraw.Draw(self.image)
        self._glaze = ImageDraw.Draw(self.image, "RGBA")

    def fill(self, stops: tuple[RGB, ...], top: float = 0.0, bottom: float | None = None) -> None:
        """Cover the full width with a vertical gradient."""
        first, last = round(top), round(self.h if bottom is None else bottom)
        if last > first:
            strip = _column(stops).resize((self.image.width, last - first), Image.Resampling.BICUBIC)
            self.image.paste(strip, (0, first))

    def poly(self, points: Sequence[Point], colour: RGB, alpha: float = 1.0) -> None:
        """Fill an outline with one colour."""
        if alpha >= 1:
            self._solid.polygon(points, fill=colour)
        else:
            self._glaze.polygon(points, fill=(*colour, round(alpha * 255)))

    def disc(self, x: float, y: float, rx: float, colour: RGB, alpha: float = 1.0, *, ry: float = 0.0) -> None:
        """Fill a circle, or an ellipse where ry is given."""
        tall = ry or rx
        box = (x - rx, y - tall, x + rx, y + tall)
        if alpha >= 1:
            self._solid.ellipse(box, fill=colour)
        else:
            self._glaze.ellipse(box, fill=(*colour, round(alpha * 255)))

    def rect(self, box: Box, colour: RGB, alpha: float = 1.0) -> None:
        """Fill a rectangle."""
        if alpha >= 1:
            self._solid.rectangle(box, fill=colour)
        else:
            self._glaze.rectangle(box, fill=(*colour, round(alpha * 255)))

    def line(self, points: Sequence[Point], colour: RGB, width: float, alpha: float = 1.0) -> None:
        """Stroke a line."""
        thick = max(1, round(width))
        if alpha >= 1:
            self._solid.line(points, fill=colour, width=thick, joint="curve")
        else:
            self._glaze.line(points, fill=(*colour, round(alpha * 255)), width=thick)

    def shade(self, points: Sequence[Point], stops: tuple[RGB, ...], span: tuple[float, float] | None = None) -> None:
        """Fill an outline with a vertical gradient over its own height, or over span."""
        rows = [point[1] for point in points]
        columns = [point[0] for point in points]
        top, bottom = span or (min(rows), max(rows))
        box = self._clip((min(columns), min(rows), max(columns), max(rows)))
        if box is None:
            return
        left, high, right, low = box
        mask = Image.new("L", (right - left, low - high))
        ImageDraw.Draw(mask).polygon([(x - left, y - high) for x, y in points], fill=255)
        reach = (bottom - top) or 1.0
        steps = 24
        seen = tuple(ramp(stops, (high + (low - high) * i / steps - top) / reach) for i in range(steps + 1))
        self.image.paste(_column(seen).resize(mask.size, Image.Resampling.BILINEAR), (left, high), mask)

    def glow(self, x: float, y: float, radius: float, colour: RGB, strength: float, *, power: float = 1.6) -> None:
        """Add a round light that fades outwards."""
        lut = [round(255 * strength * (value / 255) ** power) for value in range(256)]
        self.stamp(radial().point(lut), (x - radius, y - radius, x + radius, y + radius), colour)

    def stamp(self, mask: Image.Image, box: Box, paint: RGB) -> None:
        """Stretch a small soft mask over box and paint through it."""
        clip = self._clip(box)
        if clip is None:
            return
        left, high, right, low = clip
        sx, sy = mask.width / (box[2] - box[0]), mask.height / (box[3] - box[1])
        part = (
            max(0.0, (left - box[0]) * sx),
            max(0.0, (high - box[1]) * sy),
            min(float(mask.width), (right - box[0]) * sx),
            min(float(mask.height), (low - box[1]) * sy),
        )
        if part[2] <= part[0] or part[3] <= part[1]:
            return
        soft = mask.resize((right - left, low - high), Image.Resampling.BILINEAR, box=part)
        self.image.paste(paint, clip, soft)

    def mist(self, top: float, bottom: float, colour: RGB, strength: float, rising: bool = True) -> None:
        """Lay a veil that is thickest at the bottom (rising) or at the top."""
        fade = [round(255 * strength * (row / 63) ** 1.6) for row in range(64)]
        mask = Image.new("L", (1, 64))
        mask.putdata(fade if rising else fade[::-1])
        self.stamp(mask, (0.0, top, self.w, bottom), colour)

    def _clip(self, box: Box) -> tuple[int, int, int, int] | None:
        left, high = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
        right, low = min(self.image.width, math.ceil(box[2])), min(self.image.height, math.ceil(box[3]))
        return (left, high, right, low) if right > left and low > high else None
