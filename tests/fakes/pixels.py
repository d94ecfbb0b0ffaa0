"""Small real pictures."""

import io
from functools import cache

from PIL import Image


@cache
def png(width: int = 64, height: int = 64, shade: int = 0, kind: str = "PNG") -> bytes:
    """A picture of one colour; another shade is another picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (shade % 256, 80, 160)).save(buffer, kind)
    return buffer.getvalue()
