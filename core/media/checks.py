"""Is this really a picture that can be shown, and safe to keep? Nothing else is stored, whoever sent it.

A file is taken apart, what is no part of its picture is left out (EXIF with its places, XMP, texts, comments,
thumbnails, whatever hides behind its end), and the rest is decoded in full by Pillow. Pixels are encoded anew only
when the picture would otherwise lie on its side (EXIF orientation) or moves (an animated WebP stands still then).

Pictures that their provider signed (C2PA) are kept byte for byte, as the signature covers every byte around it, other
metadata too: without those it would say that somebody tampered with the picture. Not so if they tell a place or if
something follows their end: then the signature goes with the rest.
"""

import io
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import MediaError
from core.media import jpeg, png, webp
from core.media.exif import UPRIGHT, orientation, tells_place
from core.media.parts import Broken, Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image as Pixels

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 64_000_000
MIN_SIDE = 16
MAX_SIDE = 16_383
"""What a WebP can have, the narrowest of the three formats (https://developers.google.com/speed/webp/faq)."""
ENCODED_QUALITY = 95


class NotAPicture(MediaError):
    """The bytes are no PNG, JPEG or WebP picture of a sane size."""

    code = "not_a_picture"
    retryable = False
    http_status = 422


@dataclass(frozen=True, slots=True)
class Checked:
    """A picture that was opened: its bytes to keep, its true type, and its size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def checked(data: bytes, *, keep_provenance: bool = True) -> Checked:
    """Open a picture in full and strip it. Raises NotAPicture. Slow: call it in a thread."""
    parts = taken_apart(data)
    turned = orientation(parts.exif)
    with opened(parts) as picture:
        if turned != UPRIGHT or parts.moving:
            return encoded(upright(picture, turned), parts.mime, lossless=parts.lossless)
    stays = keep_provenance and parts.signed and parts.intact and not tells_place(parts.exif)
    return Checked(data if stays else parts.plain, parts.mime, parts.width, parts.height)


def taken_apart(data: bytes) -> Parts:
    """The parts of a picture of a sane size, not yet decoded. Raises NotAPicture."""
    if not data or len(data) > MAX_BYTES:
        raise NotAPicture(f"This file has {len(data):,} bytes; pictures may have up to {MAX_BYTES:,}.")
    try:
        parts = _dissector(data)(data)
    except Broken as error:
        raise NotAPicture(str(error)) from error
    small, large = sorted((parts.width, parts.height))
    if small < MIN_SIDE or large > MAX_SIDE or small * large > MAX_PIXELS:
        raise NotAPicture(
            f"This picture has {parts.width:,} x {parts.height:,} pixels; sides may have {MIN_SIDE} to {MAX_SIDE:,}, "
            f"and the whole up to {MAX_PIXELS:,}."
        )
    return parts


def _dissector(data: bytes) -> Callable[[bytes], Parts]:
    if data.startswith(png.SIGNATURE):
        return png.dissect
    if data.startswith(jpeg.START):
        return jpeg.dissect
    if data.startswith(webp.START) and data[8:12] == webp.KIND:
        return webp.dissect
    raise NotAPicture("This file is no PNG, JPEG or WebP picture.")


@contextmanager
def opened(parts: Parts, draft: int | None = None) -> "Iterator[Pixels]":
    """The decoded picture; a large JPEG only as finely as `draft` pixels a side need. Raises NotAPicture."""
    from PIL import Image  # noqa: PLC0415  # Pillow is loaded only where pictures are

    try:
        with Image.open(io.BytesIO(parts.plain), formats=[parts.mime.removeprefix("image/")]) as picture:
            if picture.size != (parts.width, parts.height):
                raise Broken("This picture has two sizes.")
            if draft is not None:
                picture.draft("RGB", (draft, draft))
            picture.load()
    except Exception as error:  # decoders raise whatever they stumble over
        raise NotAPicture("This file is not a picture that can be opened.") from error
    yield picture


def upright(picture: "Pixels", turned: int) -> "Pixels":
    """Turned and mirrored as EXIF orientation 1 to 8 says, and still."""
    from PIL.Image import Transpose  # noqa: PLC0415  # Pillow is loaded only where pictures are

    ways = (
        Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM, Transpose.TRANSPOSE,
        Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90,
    )  # fmt: skip
    return picture.copy() if turned == UPRIGHT else picture.transpose(ways[turned - 2])


def encoded(picture: "Pixels", mime: str, *, quality: int = ENCODED_QUALITY, lossless: bool = False) -> Checked:
    """The picture as a file of this type, without metadata, but with its colour profile."""
    file = io.BytesIO()
    profile = picture.info.get("icc_profile")
    picture.save(
        file, mime.removeprefix("image/"), quality=quality, lossless=lossless, icc_profile=profile, exif=b"",
        xmp=b"", optimize=mime == "image/jpeg",
    )  # fmt: skip
    return Checked(file.getvalue(), mime, picture.width, picture.height)
