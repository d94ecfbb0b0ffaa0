"""What the demo does with a picture it is given: lay a new one over it, or enlarge it. Both are marked as demo."""

import io

from PIL import Image

from core.providers.demo_art import label

_SHARE = 0.45
"""How much of the new picture shows; enough to see both."""


def blended(under: bytes, over: bytes) -> bytes:
    """The first picture, in the size of the second, with the second laid over it. PNG."""
    top = _opened(over)
    bottom = _opened(under).resize(top.size, Image.Resampling.LANCZOS)
    return _png(label.stamp(Image.blend(bottom, top, _SHARE)))


def enlarged(data: bytes, width: int, height: int) -> bytes:
    """The picture in this size. PNG."""
    return _png(label.stamp(_opened(data).resize((width, height), Image.Resampling.LANCZOS)))


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB")


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
