"""What the three kinds of picture file have in common once they are taken apart, byte by byte, without decoding."""

from dataclasses import dataclass

MAX_ICC = 64 * 1024
"""Bytes of a colour profile that is kept: those of screens and cameras have 0.5 to 20 KB."""


class Broken(ValueError):
    """The file is not made as its format demands."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A picture file taken apart. `plain` is the same picture without metadata; its coded pixels are untouched.

    `exif` is the TIFF structure of its EXIF data. `signed`: it has a C2PA manifest. `intact`: it is one still picture
    with nothing behind its end. `moving`: `plain` still moves, and has to be encoded anew to stand still.
    """

    mime: str
    width: int
    height: int
    plain: bytes
    exif: bytes = b""
    signed: bool = False
    intact: bool = True
    moving: bool = False
    lossless: bool = False
