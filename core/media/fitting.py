"""Make a picture fit: into what a platform takes as a file, or into what a provider takes to start from."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.media.checks import MIN_SIDE, Checked, NotAPicture, encoded, opened, taken_apart, upright
from core.media.exif import orientation

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

INPUT_SIDE = 2048
INPUT_QUALITY = 92
QUALITIES = (90, 80, 65, 50)
SHRINK = 0.75
WHOLE = ("RGB", "RGBA", "L")
"""Modes of pixels that can be made fewer as they are."""
DEEP = "I;16"
"""Grey in 16 bits, which converts to white instead of to 8 bits."""


def as_input(data: bytes) -> Checked:
    """A person's picture as a provider's input: JPEG, sRGB on white, upright, at most 2048 pixels a side, stripped.

    Raises NotAPicture. Slow: call it in a thread.
    """
    parts = taken_apart(data)
    with opened(parts, draft=INPUT_SIDE) as picture:
        if picture.mode in WHOLE:  # first of all, so that each further step takes a small copy and no huge one
            picture.thumbnail((INPUT_SIDE, INPUT_SIDE))
        plain = _on_white(_in_srgb(picture))
    plain.thumbnail((INPUT_SIDE, INPUT_SIDE))
    if min(plain.size) < MIN_SIDE:
        raise NotAPicture("This picture is too long and thin.")
    return encoded(upright(plain, orientation(parts.exif)), "image/jpeg", quality=INPUT_QUALITY)


def fit_for_upload(data: bytes, max_bytes: int, max_side: int) -> Checked:
    """A stored picture within a platform's limits: as it is if it fits, else a smaller JPEG, or WebP if see-through.

    First finer, then coarser, then with fewer pixels. Raises NotAPicture. Slow: call it in a thread.
    """
    parts = taken_apart(data)
    if len(data) <= max_bytes and max(parts.width, parts.height) <= max_side:
        return Checked(data, parts.mime, parts.width, parts.height)
    with opened(parts, draft=max_side) as picture:
        see_through = picture.has_transparency_data
        whole = _in_srgb(picture).convert("RGBA" if see_through else "RGB")
    mime = "image/webp" if see_through else "image/jpeg"
    for smaller in _smaller(whole, max_side):
        for quality in QUALITIES:
            if len((made := encoded(smaller, mime, quality=quality)).data) <= max_bytes:
                return made
    raise NotAPicture(f"This picture cannot be made as small as {max_bytes:,} bytes.")


def _smaller(picture: "Pixels", side: int) -> Iterator["Pixels"]:
    """The picture with at most so many pixels a side, and then with fewer and fewer."""
    side = min(side, max(picture.size))
    while side >= MIN_SIDE:
        copy = picture.copy()
        copy.thumbnail((side, side))
        yield copy
        side = int(side * SHRINK)


def _in_srgb(picture: "Pixels") -> "Pixels":
    """Colours in 8 bits as screens show them without a profile; unchanged when the profile makes no sense."""
    from PIL import ImageCms  # noqa: PLC0415  # Pillow is loaded only where pictures are

    if picture.mode == DEEP:
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    profile = picture.info.pop("icc_profile", None)
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        shown = ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return picture
    if shown is None:
        return picture
    shown.info.pop("icc_profile", None)
    return shown


def _on_white(picture: "Pixels") -> "Pixels":
    from PIL import Image  # noqa: PLC0415  # Pillow is loaded only where pictures are

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
