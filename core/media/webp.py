"""Take a WebP apart: keep what makes its pixels and colours.

https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator
from dataclasses import replace

from core.media.parts import MAX_ICC, Broken, Parts

START = b"RIFF"
KIND = b"WEBP"
HEADER = 12
PIXELS = frozenset({b"VP8 ", b"VP8L"})
FRAMES = frozenset({b"ANIM", b"ANMF"})
KEPT = PIXELS | FRAMES | {b"VP8X", b"ALPH", b"ICCP"}
MANIFEST = b"C2PA"
HAS_ICC, HAS_ALPHA, MOVES = 0x20, 0x10, 0x02
"""Flags of the extended header; those of EXIF and XMP (0x08, 0x04) never stay."""
MAX_CHUNKS = 65_536
EXTENDED_SIZE = 10
KEY_FRAME = b"\x9d\x01\x2a"
LOSSLESS = 0x2F

Chunk = tuple[bytes, bytes]


def dissect(data: bytes) -> Parts:
    """Raises Broken."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Broken("This WebP ends in the middle.")
    chunks = list(_chunks(data, end))
    if not chunks or not (PIXELS | {b"ANMF"}) & {kind for kind, _ in chunks}:
        raise Broken("This WebP has no picture.")
    width, height = _size(*chunks[0])
    kept = [chunk for chunk in chunks if _is_kept(*chunk)]
    kinds = {kind for kind, _ in kept}
    body = b"".join(_chunk(kind, _extended(body, kinds) if kind == b"VP8X" else body) for kind, body in kept)
    parts = Parts(
        mime="image/webp",
        width=width,
        height=height,
        plain=START + (len(KIND) + len(body)).to_bytes(4, "little") + KIND + body,
        signed=any(kind == MANIFEST for kind, _ in chunks),
        moving=bool(FRAMES & kinds),
        intact=end == len(data) and not FRAMES & kinds,
        lossless=b"VP8L" in kinds,
    )
    exif = next((body for kind, body in chunks if kind == b"EXIF"), b"")
    return replace(parts, exif=exif.removeprefix(b"Exif\0\0"))


def _chunks(data: bytes, end: int) -> Iterator[Chunk]:
    at = HEADER
    for _ in range(MAX_CHUNKS):
        if at >= end:
            return
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise Broken("This WebP ends in the middle.")
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise Broken("This WebP is in too many pieces.")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _is_kept(kind: bytes, body: bytes) -> bool:
    return kind in KEPT and not (kind == b"ICCP" and len(body) > MAX_ICC)


def _extended(body: bytes, kinds: set[bytes]) -> bytes:
    """The extended header, with flags for what is still there."""
    flags = body[0] & (HAS_ALPHA | MOVES) | (HAS_ICC if b"ICCP" in kinds else 0)
    return bytes((flags,)) + b"\0\0\0" + body[4:EXTENDED_SIZE]


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X" and len(body) >= EXTENDED_SIZE:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and len(body) >= 5 and body[0] == LOSSLESS:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == KEY_FRAME:
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise Broken("This WebP lacks its header.")
