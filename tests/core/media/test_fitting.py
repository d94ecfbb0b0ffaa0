"""Pictures that fit: into a platform's limits, and as what a provider starts from."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.media.checks import NotAPicture, checked
from core.media.fitting import INPUT_SIDE, as_input, fit_for_upload
from tests.core.media.files import FORMATS, SECRET, TRACES, art, encode, exif, near, pixels, signed, with_exif


def shown(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def noise(width: int, height: int, mode: str = "RGB") -> bytes:
    """A picture that no format makes small without loss."""
    return encode(Image.effect_noise((width, height), 90).convert(mode), "png", compress_level=1)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("turned", [1, 6])
def test_what_a_person_gives_becomes_a_plain_upright_jpeg(kind: str, turned: int) -> None:
    given_file = with_exif(signed(encode(art(), kind)), exif(turned, place=True))
    ready = as_input(given_file)
    picture = shown(ready.data)
    assert (picture.format, picture.mode, ready.mime) == ("JPEG", "RGB", "image/jpeg")
    assert picture.size == (ready.width, ready.height) == ((40, 24) if turned == 1 else (24, 40))
    assert [trace for trace in TRACES if trace in ready.data] == []


@pytest.mark.parametrize(("width", "height", "fitting"), [(4096, 2048, (2048, 1024)), (1500, 6000, (512, 2048))])
@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_large_picture_becomes_as_large_as_providers_take(
    kind: str, width: int, height: int, fitting: tuple[int, int]
) -> None:
    ready = as_input(encode(Image.new("RGB", (width, height), (10, 200, 30)), kind))
    assert (ready.width, ready.height) == fitting
    assert max(fitting) == INPUT_SIDE
    assert near(shown(ready.data), (10, 200, 30))


def test_a_picture_is_not_made_larger() -> None:
    assert (as_input(encode(art(), "png")).width, as_input(encode(art(), "png")).height) == (40, 24)


def see_through(mode: str) -> Image.Image:
    clear = Image.new("RGBA", (40, 24), (255, 0, 0, 0))
    if mode != "P":
        return clear.convert(mode)
    palette = Image.new("P", (40, 24), 0)
    palette.putpalette([255, 0, 0])
    return palette


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_see_through_becomes_white(mode: str) -> None:
    picture = see_through(mode)
    file = encode(picture, "png", transparency=0) if mode == "P" else encode(picture, "png")
    assert near(shown(as_input(file).data), (255, 255, 255))


def test_grey_in_sixteen_bits_stays_grey() -> None:
    assert near(shown(as_input(encode(Image.new("I;16", (40, 24), 40_000), "png")).data), (156, 156, 156))


def test_print_colours_become_those_of_screens() -> None:
    assert near(shown(as_input(encode(Image.new("CMYK", (40, 24), (0, 255, 255, 0)), "jpeg")).data), (254, 0, 0))


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
RED_IS_GREEN = SRGB.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")


@pytest.mark.parametrize(
    ("profile", "seen"),
    [(SRGB, (200, 40, 90)), (RED_IS_GREEN, (40, 200, 90)), (LAB, (200, 40, 90)), (b"none at all", (200, 40, 90))],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_with_a_profile_look_the_same_without_it(profile: bytes, seen: tuple[int, int, int], mode: str) -> None:
    picture = Image.new("RGB", (40, 24), (200, 40, 90)).convert(mode)
    ready = shown(as_input(encode(picture, "png", icc_profile=profile)).data)
    assert near(ready, seen)
    assert "icc_profile" not in ready.info


def test_a_picture_too_thin_to_be_made_smaller_is_refused() -> None:
    with pytest.raises(NotAPicture, match="long and thin"):
        as_input(encode(Image.new("L", (16, 8000)), "png"))


@pytest.mark.parametrize("make", [as_input, lambda data: fit_for_upload(data, 10, 10)])
@pytest.mark.parametrize("data", [b"", b"<svg/>", encode(art(), "gif"), encode(art(), "png")[:-20]])
def test_what_is_no_picture_does_not_fit_anywhere(make: object, data: bytes) -> None:
    with pytest.raises(NotAPicture):
        make(data)  # type: ignore[operator]  # both take bytes


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_fits_is_not_touched(kind: str) -> None:
    data = signed(encode(art(), kind))
    same = fit_for_upload(data, len(data), 40)
    assert same.data == data
    assert (same.mime, same.width, same.height) == (f"image/{kind}", 40, 24)


@given(st.integers(8_000, 400_000), st.integers(16, 400), st.sampled_from(["RGB", "RGBA"]))
def test_a_picture_is_made_to_fit_both_limits(max_bytes: int, max_side: int, mode: str) -> None:
    made = fit_for_upload(noise(300, 200, mode), max_bytes, max_side)
    assert len(made.data) <= max_bytes
    assert max(made.width, made.height) <= max_side
    assert shown(made.data).size == (made.width, made.height)
    assert shown(made.data).width * 2 // 3 - made.height in (-1, 0, 1)


def test_a_picture_that_is_see_through_stays_so() -> None:
    clear = encode(see_through("RGBA").resize((400, 240)), "png")
    made = fit_for_upload(clear, 10_000, 100)
    picture = shown(made.data)
    assert (made.mime, picture.mode, picture.getchannel("A").getextrema()) == ("image/webp", "RGBA", (0, 0))


def test_the_fewest_pixels_are_lost() -> None:
    data = noise(300, 200)
    assert fit_for_upload(data, len(data) - 1, 300).width == 300
    assert fit_for_upload(data, 2**20, 299).width == 299


def test_what_cannot_be_made_small_enough_is_refused() -> None:
    with pytest.raises(NotAPicture, match="as small as 100 bytes"):
        fit_for_upload(noise(300, 200), 100, 300)


def test_a_made_picture_tells_nothing() -> None:
    made = fit_for_upload(with_exif(noise(300, 200), exif(1, place=True)), 10_000, 100)
    assert SECRET not in made.data
    assert checked(made.data).data == made.data
    assert pixels(made.data)[1] == (100, 67)
