"""Make a body with the CRC-32 of another one, which is all of it that PayPal's signature covers."""

import zlib

ROOM = 64
"""Letters that may be one or the other: more than the 32 bits that have to come out right."""


def with_crc_of(genuine: bytes, before: bytes, after: bytes) -> bytes:
    """`before`, some letters, and `after`, with the CRC-32 of `genuine`.

    A CRC is affine: each letter that is changed from `a` to `b` changes the same bits, whatever the others are.
    """
    plain = zlib.crc32(before + b"a" * ROOM + after)
    wanted = plain ^ zlib.crc32(genuine)
    known: dict[int, tuple[int, int]] = {}  # by its highest bit: what changes, and which letters do it
    for place in range(ROOM):
        changed = b"a" * place + b"b" + b"a" * (ROOM - place - 1)
        bits, letters = _reduced(zlib.crc32(before + changed + after) ^ plain, 1 << place, known)
        if bits:
            known[bits.bit_length()] = (bits, letters)
    rest, chosen = _reduced(wanted, 0, known)
    assert rest == 0
    return before + bytes(b"ab"[chosen >> place & 1] for place in range(ROOM)) + after


def _reduced(bits: int, letters: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    while bits and bits.bit_length() in known:
        more, whose = known[bits.bit_length()]
        bits, letters = bits ^ more, letters ^ whose
    return bits, letters
