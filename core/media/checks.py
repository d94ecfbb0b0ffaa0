"""Is this really a picture that can be shown? Nothing else is stored, whoever sent it."""

import io
from dataclasses import dataclass

from core.errors import MediaError

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 64_000_000
MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


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


def checked(data: bytes) -> Checked:
    """Open a picture in full. Raises NotAPicture. Slow: call it in a thread."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # Pillow is loaded only where pictures are

    if not data or len(data) > MAX_BYTES:
        raise NotAPicture(f"This file has {len(data):,} bytes; pictures may have up to {MAX_BYTES:,}.")
    try:
        with Image.open(io.BytesIO(data), formats=list(MIMES)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPicture("This picture has too many pixels.")
            picture.load()
            return Checked(data, MIMES[str(picture.format)], picture.width, picture.height)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture("This file is not a picture that can be opened.") from error
