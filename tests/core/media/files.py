"""Picture files for tests, and what hides in them: metadata, signatures, other files."""

import io
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image

FORMATS = ("png", "jpeg", "webp")
SECRET = b"52.5200N 13.4050E of Alice's flat"
MANIFEST = b"\0\0\0\x40jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0 claim and signature"
"""Starts as a C2PA manifest store does."""
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def art(mode: str = "RGB", width: int = 40, height: int = 24) -> Image.Image:
    """Every pixel differs from its neighbours, so that a turned picture is another one."""
    ramp = Image.linear_gradient("L")
    bands = [ramp.resize((width, height)), ramp.rotate(90).resize((width, height)), ramp.rotate(180)]
    bands = [band.resize((width, height)) for band in bands]
    picture = Image.merge("RGB", bands)
    if mode == "RGBA":
        picture.putalpha(ramp.rotate(270).resize((width, height)))
    return picture.convert(mode) if picture.mode != mode else picture


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.mode, picture.size, picture.tobytes()


def near(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    """Whether the picture is about of this colour in a corner."""
    found = picture.convert("RGB").getpixel((5, 5))
    assert isinstance(found, tuple)
    return all(abs(one - other) < 6 for one, other in zip(found, colour, strict=True))


def exif(orientation: int | None = None, *, place: bool = False, order: str = "little") -> bytes:
    """A TIFF structure such as cameras write."""
    tags = Image.Exif()
    tags.endian = "<" if order == "little" else ">"
    tags[0x010E] = SECRET.decode()
    if orientation is not None:
        tags[0x0112] = orientation
    if place:
        tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return tags.tobytes().removeprefix(b"Exif\0\0")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def in_png(data: bytes, kind: bytes, body: bytes) -> bytes:
    """With one more chunk, after the header."""
    return data[:33] + png_chunk(kind, body) + data[33:]


def in_jpeg(data: bytes, marker: int, body: bytes) -> bytes:
    """With one more segment, at the start."""
    return data[:2] + bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body + data[2:]


def in_webp(data: bytes, kind: bytes, body: bytes) -> bytes:
    """With one more chunk, at the end, in the extended form."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if data[12:16] != b"VP8X":
        with Image.open(io.BytesIO(data)) as picture:
            size = b"".join((side - 1).to_bytes(3, "little") for side in picture.size)
            flags = 0x10 if picture.mode == "RGBA" else 0
        flags |= {b"EXIF": 0x08, b"XMP ": 0x04}.get(kind, 0)
        data, end = data[:12] + _riff(b"VP8X", bytes((flags, 0, 0, 0)) + size) + data[12:], end + 18
    whole = data[8:end] + _riff(kind, body)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole + data[end:]


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def with_exif(data: bytes, tiff: bytes) -> bytes:
    if data.startswith(b"\x89PNG"):
        return in_png(data, b"eXIf", tiff)
    if data.startswith(b"RIFF"):
        return in_webp(data, b"EXIF", tiff)
    return in_jpeg(data, 0xE1, b"Exif\0\0" + tiff)


def signed(data: bytes, manifest: bytes = MANIFEST) -> bytes:
    if data.startswith(b"\x89PNG"):
        return in_png(data, b"caBX", manifest)
    if data.startswith(b"RIFF"):
        return in_webp(data, b"C2PA", manifest)
    return in_jpeg(data, 0xEB, b"JP\0\1\0\0\0\1" + manifest)


Hide = Callable[[bytes], bytes]
HIDDEN: dict[str, list[Hide]] = {
    "png": [
        lambda data: in_png(data, b"tEXt", b"prompt\0" + SECRET),
        lambda data: in_png(data, b"zTXt", b"parameters\0\0" + zlib.compress(SECRET)),
        lambda data: in_png(data, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        lambda data: in_png(data, b"eXIf", exif(1, place=True)),
        lambda data: in_png(data, b"tIME", b"\x07\xea\x0b\x17\x0c\0\0"),
        lambda data: in_png(data, b"vpAg", SECRET),
        lambda data: in_png(data, b"caBX", MANIFEST),
        lambda data: data + b"PK\x03\x04" + SECRET,
    ],
    "jpeg": [
        lambda data: in_jpeg(data, 0xE1, b"Exif\0\0" + exif(1, place=True, order="big")),
        lambda data: in_jpeg(data, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        lambda data: in_jpeg(data, 0xED, b"Photoshop 3.0\0" + SECRET),
        lambda data: in_jpeg(data, 0xFE, SECRET),
        lambda data: in_jpeg(data, 0xE0, b"JFXX\0\x10" + SECRET),
        lambda data: in_jpeg(data, 0xE2, b"MPF\0" + SECRET),
        lambda data: in_jpeg(data, 0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET),
        lambda data: in_jpeg(data, 0xEB, b"JP\0\1\0\0\0\1" + MANIFEST),
        lambda data: data + data,
        lambda data: data[:-2] + b"\xff\xfe" + (len(SECRET) + 2).to_bytes(2) + SECRET + b"\xff\xd9",
    ],
    "webp": [
        lambda data: in_webp(data, b"EXIF", exif(1, place=True)),
        lambda data: in_webp(data, b"XMP ", XMP),
        lambda data: in_webp(data, b"JUNK", SECRET),
        lambda data: in_webp(data, b"C2PA", MANIFEST),
        lambda data: data + SECRET,
    ],
}  # fmt: skip
"""Ways to hide something in a file that shows the same picture."""
TRACES = (SECRET, b"Exif", b"eXIf", b"EXIF", b"xmpmeta", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"jumb", b"C2PA", b"JFXX")
