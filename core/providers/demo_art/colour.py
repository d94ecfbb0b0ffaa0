"""Mixes colours in OKLab, because plain RGB mixing turns skies grey halfway."""

import math

RGB = tuple[int, int, int]
Lab = tuple[float, float, float]

WHITE: RGB = (255, 255, 255)


def parse(text: str) -> RGB:
    """Read "#rrggbb"."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def parse_all(text: str) -> tuple[RGB, ...]:
    """Read several "#rrggbb" separated by spaces."""
    return tuple(parse(word) for word in text.split())


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _channel(value: float) -> int:
    value = min(1.0, max(0.0, value))
    curved = value * 12.92 if value <= 0.0031308 else 1.055 * float(value ** (1 / 2.4)) - 0.055
    return round(curved * 255)


def to_lab(colour: RGB) -> Lab:
    """Convert to OKLab."""
    r, g, b = (_linear(channel) for channel in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_lab(lab: Lab) -> RGB:
    """Convert from OKLab, clipping what a screen cannot show."""
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _channel(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def mix(first: RGB, second: RGB, amount: float) -> RGB:
    """Go from first (0) to second (1)."""
    one, two = to_lab(first), to_lab(second)
    return from_lab(
        (
            one[0] + (two[0] - one[0]) * amount,
            one[1] + (two[1] - one[1]) * amount,
            one[2] + (two[2] - one[2]) * amount,
        )
    )


def ramp(stops: tuple[RGB, ...], position: float) -> RGB:
    """Read a colour at a position from 0 to 1 along evenly spaced stops."""
    if len(stops) == 1:
        return stops[0]
    place = min(1.0, max(0.0, position)) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index)


def lighten(colour: RGB, amount: float) -> RGB:
    """Go towards white."""
    return mix(colour, WHITE, amount)


def darken(colour: RGB, amount: float) -> RGB:
    """Go towards black, keeping some of the hue's strength."""
    light, a, b = to_lab(colour)
    keep = 1 - amount
    return from_lab((light * keep, a * math.sqrt(keep), b * math.sqrt(keep)))


def turn(colour: RGB, degrees: float) -> RGB:
    """Rotate the hue."""
    light, a, b = to_lab(colour)
    angle = math.radians(degrees)
    return from_lab((light, a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)))


def tint(colour: RGB, towards: RGB, amount: float) -> RGB:
    """Take on another colour's hue while keeping this one's lightness."""
    light, a, b = to_lab(colour)
    _, other_a, other_b = to_lab(towards)
    return from_lab((light, a + (other_a - a) * amount, b + (other_b - b) * amount))


def lightness(colour: RGB) -> float:
    """How light it looks, 0 to 1."""
    return to_lab(colour)[0]
