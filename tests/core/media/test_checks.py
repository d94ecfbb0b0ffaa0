"""Only pictures are kept, without anything that is no part of them."""

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from core.media.checks import MAX_BYTES, MAX_PIXELS, MAX_SIDE, NotAPicture, checked
from tests.core.media.files import (
    FORMATS,
    HIDDEN,
    MANIFEST,
    SECRET,
    TRACES,
    art,
    encode,
    exif,
    in_jpeg,
    in_png,
    near,
    pixels,
    png_chunk,
    signed,
    with_exif,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MIMES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
OPTIONS: dict[str, dict[str, object]] = {"png": {}, "jpeg": {"quality": 80}, "webp": {"lossless": True}}
kinds = pytest.mark.parametrize("kind", FORMATS)


def plain(kind: str, mode: str = "RGB") -> bytes:
    return encode(art(mode), kind, **OPTIONS[kind])


@kinds
def test_a_picture_is_kept_with_its_type_and_size(kind: str) -> None:
    data = plain(kind)
    good = checked(data)
    assert (good.mime, good.width, good.height) == (MIMES[kind], 40, 24)
    assert pixels(good.data) == pixels(data)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("png", "1"), ("png", "L"), ("png", "LA"), ("png", "P"), ("png", "RGBA"), ("png", "I;16"), ("jpeg", "L"),
     ("jpeg", "CMYK"), ("webp", "RGBA")],
)  # fmt: skip
def test_every_kind_of_pixels_is_kept_as_it_is(kind: str, mode: str) -> None:
    picture = Image.new("I;16", (40, 24), 40_000) if mode == "I;16" else art("RGB").convert(mode)
    data = encode(picture, kind, **OPTIONS[kind])
    assert pixels(checked(data).data) == pixels(data)


@given(st.data(), st.sampled_from(FORMATS))
def test_whatever_hides_in_a_picture_goes_and_its_pixels_stay(data: st.DataObject, kind: str) -> None:
    file = clean = plain(kind, data.draw(st.sampled_from(["RGB", "L"])))
    for hide in data.draw(st.lists(st.sampled_from(HIDDEN[kind]), min_size=1, max_size=5)):
        file = hide(file)
    good = checked(file, keep_provenance=False)
    assert pixels(good.data) == pixels(clean)
    assert [trace for trace in TRACES if trace in good.data] == []
    assert checked(good.data).data == good.data


@given(st.sampled_from(FORMATS), st.integers(1, 8), st.booleans(), st.sampled_from(["little", "big"]))
def test_no_picture_keeps_its_exif_and_each_lies_as_it_is_seen(kind: str, turned: int, place: bool, order: str) -> None:
    file = with_exif(plain(kind), exif(turned, place=place, order=order))
    good = checked(file)
    assert SECRET not in good.data
    with Image.open(io.BytesIO(good.data)) as picture:
        assert picture.getexif() == {}
        assert picture.size == (good.width, good.height) == ((40, 24) if turned < 5 else (24, 40))
    if kind != "jpeg":
        with Image.open(io.BytesIO(file)) as seen:
            seen.load()
            assert pixels(good.data)[2] == ImageOps.exif_transpose(seen).tobytes()


def test_a_photo_that_is_turned_keeps_nearly_its_colours() -> None:
    photo = encode(Image.new("RGB", (64, 32), (200, 40, 90)), "jpeg")
    with Image.open(io.BytesIO(checked(with_exif(photo, exif(6))).data)) as picture:
        assert picture.size == (32, 64)
        assert near(picture, (200, 40, 90))


@kinds
@pytest.mark.parametrize("size", [0, 1, 7, 30])
def test_exif_data_that_ends_in_the_middle_counts_as_none(kind: str, size: int) -> None:
    data = plain(kind)
    assert pixels(checked(with_exif(data, exif(6)[:size])).data) == pixels(data)


@kinds
def test_a_small_colour_profile_is_kept_and_a_large_one_is_not(kind: str) -> None:
    good = checked(encode(art(), kind, icc_profile=SRGB))
    large = SRGB[:128] + b"".join(zlib.crc32(bytes([n % 251, n % 241])).to_bytes(4) for n in range(40_000))
    bare = checked(encode(art(), kind, icc_profile=large))
    with Image.open(io.BytesIO(good.data)) as one, Image.open(io.BytesIO(bare.data)) as other:
        assert one.info["icc_profile"] == SRGB
        assert "icc_profile" not in other.info
        other.load()


@kinds
def test_a_signed_picture_is_kept_byte_for_byte_if_wished(kind: str) -> None:
    file = HIDDEN[kind][1](signed(plain(kind)))
    assert checked(file).data == file
    without = checked(file, keep_provenance=False)
    assert MANIFEST not in without.data
    assert pixels(without.data) == pixels(file)


@kinds
def test_a_signature_does_not_keep_places_or_what_follows_the_end(kind: str) -> None:
    told = with_exif(signed(plain(kind)), exif(1, place=True))
    assert MANIFEST not in checked(told).data
    longer = signed(plain(kind)) + b"<script>alert(1)</script>"
    assert MANIFEST not in checked(longer).data
    assert b"script" not in checked(longer).data


def test_other_boxes_in_a_jpeg_are_no_signature() -> None:
    assert b"jumb" not in checked(in_jpeg(plain("jpeg"), 0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb else")).data


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_moving_picture_stands_still(kind: str) -> None:
    frames = [Image.new("RGB", (40, 24), colour) for colour in ("red", "lime", "blue")]
    file = encode(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    with Image.open(io.BytesIO(checked(signed(file)).data)) as picture:
        assert getattr(picture, "n_frames", 1) == 1
        assert near(picture, (255, 0, 0))


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>1</script></svg>'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"hello", SVG, b"<!doctype html><html><body>Bad gateway</body></html>", b'{"error": "nothing"}',
        encode(art(), "gif"), encode(art(), "bmp"), encode(art(), "tiff"), encode(art(), "ico", sizes=[(32, 24)]),
        encode(art(), "avif"), b"GIF89a" + plain("png"), b" " + plain("png"), b"%PDF-1.7\n" + plain("jpeg"),
        b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff", b"RIFF\x04\0\0\0WEBP", b"RIFF\xff\xff\xff\xffWEBP",
    ],
)  # fmt: skip
def test_what_is_no_picture_of_a_known_type_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        checked(data)


@given(st.sampled_from(FORMATS), st.floats(0, 1, exclude_max=True))
def test_a_picture_that_ends_in_the_middle_is_refused(kind: str, part: float) -> None:
    data = plain(kind)
    with pytest.raises(NotAPicture):
        checked(data[: int(len(data) * part)])


@given(st.sampled_from(FORMATS), st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_damaged_pictures_are_refused_or_can_be_shown(kind: str, at: int, noise: bytes) -> None:
    data = plain(kind)
    at %= len(data)
    try:
        good = checked(data[:at] + noise + data[at + len(noise) :])
    except NotAPicture:
        return
    assert pixels(good.data)[1] == (good.width, good.height)


def test_a_png_with_changed_pixels_is_refused() -> None:
    data = bytearray(plain("png"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(NotAPicture, match="damaged"):
        checked(bytes(data))


def test_a_png_with_a_part_that_every_viewer_must_know_is_refused() -> None:
    with pytest.raises(NotAPicture, match="no viewer"):
        checked(in_png(plain("png"), b"EVIL", b"x"))


def header(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and is not."""
    said = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    pieces = [png_chunk(b"IHDR", said), png_chunk(b"IDAT", zlib.compress(b"\0" * 1000)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


@pytest.mark.parametrize(
    ("width", "height"),
    [(0, 0), (15, 400), (400, 15), (MAX_SIDE + 1, 16), (16, MAX_SIDE + 1), (8001, MAX_PIXELS // 8000), (2**31, 2**31)],
)
def test_a_picture_of_no_sane_size_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(NotAPicture, match=f"{width:,} x {height:,} pixels"):
        checked(header(width, height))


def test_a_png_that_says_two_sizes_is_refused() -> None:
    small = encode(Image.new("L", (20, 16)), "png")
    with pytest.raises(NotAPicture):
        checked(small[:8] + plain("png", "L")[8:33] + small[8:])


def test_a_file_that_is_too_long_is_refused_unseen() -> None:
    with pytest.raises(NotAPicture, match="104,857,600 bytes"):
        checked(b"\x89PNG\r\n\x1a\n" + bytes(2 * MAX_BYTES - 8))


def test_a_small_png_that_unfolds_to_a_hundred_megabytes_is_refused() -> None:
    bomb = in_png(plain("png"), b"iCCP", b"x\0\0" + zlib.compress(bytes(100 * 2**20), 9)[:60_000])
    with pytest.raises(NotAPicture):
        checked(bomb)


def test_a_jpeg_with_a_thousand_scans_is_refused() -> None:
    data = encode(art("L"), "jpeg", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", first + 2)
    scan = data[first:second]
    with pytest.raises(NotAPicture, match="several"):
        checked(data[:second] + scan * 1000 + data[second:])


def test_a_jpeg_keeps_its_tables_between_scans_and_loses_the_comments_there() -> None:
    data = encode(art(), "jpeg", progressive=True)
    between = data.index(b"\xff\xc4", data.index(b"\xff\xda"))
    file = data[:between] + b"\xff\xfe" + (len(SECRET) + 2).to_bytes(2) + SECRET + data[between:]
    good = checked(file)
    assert SECRET not in good.data
    assert pixels(good.data) == pixels(data)


def test_the_thumbnail_of_a_jpeg_goes() -> None:
    data = encode(art(), "jpeg")
    thumbnail = SECRET + b"\0" * (3 * 16 - len(SECRET))
    jfif = b"JFIF\0\1\1\0\0\1\0\1\4\4" + thumbnail
    file = b"\xff\xd8\xff\xe0" + (len(jfif) + 2).to_bytes(2) + jfif + data[20:]
    good = checked(file)
    assert SECRET not in good.data
    assert good.data == checked(data).data
