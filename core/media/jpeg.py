"""Take a JPEG apart (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B): keep what makes its pixels and colours.

Pictures behind the end are dropped, such as the second one of phones (MPF) and the film of "motion photos".
"""

import re
from collections.abc import Iterator

from core.media.parts import MAX_ICC, Broken, Parts

START = b"\xff\xd8"
END = b"\xff\xd9"
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""The next marker; inside pixels 0xFF is followed by 0x00, or by a restart (D0 to D7), which belongs to them."""

SOI, EOI, SOS, TEM, APP0, APP1, APP2, APP11, APP14 = 0xD8, 0xD9, 0xDA, 0x01, 0xE0, 0xE1, 0xE2, 0xEB, 0xEE
TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
"""Huffman and arithmetic tables, quantisation, restart interval."""
FRAMES = frozenset(range(0xC0, 0xD0)) - TABLES - {0xC8}
MAX_SCANS = 100
"""A progressive picture has about ten; each is a walk over all pixels, so thousands are an attack."""
ICC = b"ICC_PROFILE\x00"
JFIF_SIZE = 12
ADOBE_SIZE = 12

Segment = tuple[int, bytes, bytes]
"""Marker, body, and the coded pixels that follow it."""


def dissect(data: bytes) -> Parts:
    """Raises Broken."""
    segments, end = _segments(data)
    frames = [body for marker, body, _ in segments if marker in FRAMES]
    scans = sum(marker == SOS for marker, _, _ in segments)
    if len(frames) != 1 or len(frames[0]) < 6 or not 0 < scans <= MAX_SCANS:
        raise Broken("This JPEG has no picture, or several.")
    icc = [body for marker, body, _ in segments if marker == APP2 and body.startswith(ICC)]
    keeps_icc = sum(map(len, icc)) <= MAX_ICC
    return Parts(
        mime="image/jpeg",
        width=int.from_bytes(frames[0][3:5]),
        height=int.from_bytes(frames[0][1:3]),
        plain=START + b"".join(_kept(segments, keeps_icc)) + END,
        exif=next((body[6:] for marker, body, _ in segments if marker == APP1 and body.startswith(b"Exif\0\0")), b""),
        signed=any(marker == APP11 and _is_manifest(body) for marker, body, _ in segments),
        intact=end == len(data),
    )


def _segments(data: bytes) -> tuple[list[Segment], int]:
    """All segments up to the end of the picture, and where that is."""
    found: list[Segment] = []
    for marker, start, end, following in _walk(data):
        if marker == EOI:
            return found, end
        found.append((marker, data[start:end], data[end:following] if marker == SOS else b""))
    raise Broken("This JPEG ends in the middle.")


def _walk(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Of each segment: marker, where its body starts and ends, where the next marker is."""
    match = MARKER.search(data, len(START))
    while match is not None:
        marker, start = match[1][0], match.end()
        if marker == SOI:
            raise Broken("This JPEG starts twice.")
        if marker in (EOI, TEM):
            end = start
        else:
            size = int.from_bytes(data[start : start + 2])
            start, end = start + 2, start + size
            if size < 2 or end > len(data):
                raise Broken("This JPEG ends in the middle.")
        match = MARKER.search(data, end)
        yield marker, start, end, match.start() if match else len(data)


def _kept(segments: list[Segment], keeps_icc: bool) -> Iterator[bytes]:
    has_jfif = False
    for marker, body, pixels in segments:
        if marker in TABLES or marker in FRAMES or marker == SOS:
            yield _segment(marker, body) + pixels
        elif marker == APP0 and body.startswith(b"JFIF\0") and len(body) >= JFIF_SIZE and not has_jfif:
            has_jfif = True
            yield _segment(APP0, body[:JFIF_SIZE] + b"\0\0")  # a thumbnail of no size
        elif marker == APP14 and body.startswith(b"Adobe") and len(body) >= ADOBE_SIZE:
            yield _segment(APP14, body[:ADOBE_SIZE])  # says which colours the numbers mean
        elif marker == APP2 and body.startswith(ICC) and keeps_icc:
            yield _segment(APP2, body)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def _is_manifest(body: bytes) -> bool:
    """C2PA is a JUMBF box in segments that start with `JP` (ISO/IEC 19566-5, annex D)."""
    return body.startswith(b"JP") and b"jumb" in body[:32] and b"c2pa" in body
