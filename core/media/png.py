"""Take a PNG apart (https://www.w3.org/TR/png-3/): keep the chunks that make its pixels and colours, drop others."""

import zlib
from collections.abc import Iterator

from core.media.parts import MAX_ICC, Broken, Parts

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"cICP", b"iCCP"})
MANIFEST = b"caBX"
"""The chunk of a C2PA manifest (https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html)."""
MAX_CHUNKS = 65_536
HEADER_SIZE = 13
ANCILLARY = 0x20

Chunk = tuple[bytes, int, int]
"""Kind, and where its body starts and ends."""


def dissect(data: bytes) -> Parts:
    """Raises Broken. Animated ones (APNG) become their still picture, as every viewer without APNG shows them."""
    chunks = list(_chunks(data))
    kinds = {kind for kind, _, _ in chunks}
    _, start, end = chunks[0]
    if chunks[0][0] != b"IHDR" or end - start != HEADER_SIZE or b"IDAT" not in kinds:
        raise Broken("This PNG lacks its header or its pixels.")
    kept = [(first, last) for kind, first, last in chunks if _is_kept(kind, last - first)]
    exif = next((data[first:last] for kind, first, last in chunks if kind == b"eXIf"), b"")
    return Parts(
        mime="image/png",
        width=int.from_bytes(data[start : start + 4]),
        height=int.from_bytes(data[start + 4 : start + 8]),
        plain=SIGNATURE + b"".join(_checked(data, first, last) for first, last in kept),
        exif=exif,
        signed=MANIFEST in kinds,
        intact=chunks[-1][2] + 4 == len(data) and b"acTL" not in kinds,
        lossless=True,
    )


def _chunks(data: bytes) -> Iterator[Chunk]:
    """From the header to the first end; what follows is no part of the picture."""
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        start, end = at + 8, at + 8 + size
        if end + 4 > len(data):
            raise Broken("This PNG ends in the middle.")
        if kind not in KEPT and not (kind.isalpha() and kind[0] & ANCILLARY):
            raise Broken("This PNG has a part that no viewer knows.")
        yield kind, start, end
        if kind == b"IEND":
            return
        at = end + 4
    raise Broken("This PNG is in too many pieces.")


def _is_kept(kind: bytes, size: int) -> bool:
    return kind in KEPT and not (kind == b"iCCP" and size > MAX_ICC)


def _checked(data: bytes, start: int, end: int) -> bytes:
    """The whole chunk. Pillow does not look at the checksums of pixels."""
    if zlib.crc32(data[start - 4 : end]) != int.from_bytes(data[end : end + 4]):
        raise Broken("This PNG is damaged.")
    return data[start - 8 : end + 4]
